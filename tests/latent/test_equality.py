"""Our loop against diffusers' own pipelines: the same seed, the same picture."""

import diffusers
import numpy as np
import pytest
import torch

from restorer.engine.control import Control
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture

#: Kept, so that a model is loaded once.
ENGINE = Engine()

SCHEDULERS = {
    "ddim": diffusers.DDIMScheduler,
    "ddpm": diffusers.DDPMScheduler,
    "euler": diffusers.EulerDiscreteScheduler,
    "dpmpp": diffusers.DPMSolverMultistepScheduler,
}
WORDS = {"prompt": "an old photo, é", "negative_prompt": "blur", "guidance": 5.0, "seed": 7}


def ours(path, picture, hole=None, shown=None, **values) -> np.ndarray:
    task = RestorationTask(**{"model": str(path), "steps": 4, "eta": 0.0} | WORDS | values)
    trajectory = Trajectory(task)
    for frame in ENGINE.run(
        task, Inputs(picture, hole, control=shown), CancelToken(), device="cpu"
    ):
        trajectory.append(frame)
    return trajectory.result


def theirs(pipeline, sampler="dpmpp", kind=None, **values) -> np.ndarray:
    """A pipeline of the same parts; its times end as ours do."""
    if kind is not None:
        parts = {k: v for k, v in pipeline.components.items() if v is not None}
        extra = {name: values.pop(name) for name in ("controlnet",) if name in values}
        if "XL" not in kind.__name__:
            extra |= {
                "safety_checker": None,
                "feature_extractor": None,
                "requires_safety_checker": False,
            }
        else:
            extra["add_watermarker"] = False
        pipeline = kind(**parts | extra)
        pipeline.set_progress_bar_config(disable=True)
    config = pipeline.scheduler.config
    pipeline.scheduler = SCHEDULERS[sampler].from_config(config, timestep_spacing="trailing")
    words = {
        "prompt": WORDS["prompt"],
        "negative_prompt": WORDS["negative_prompt"],
        "guidance_scale": WORDS["guidance"],
        "num_inference_steps": 4,
    }
    generator = torch.Generator("cpu").manual_seed(WORDS["seed"])
    result = pipeline(**words | values, generator=generator, output_type="np").images[0]
    pipeline.scheduler = diffusers.DDIMScheduler.from_config(config)
    return result


def as_batch(pixels):
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def close(mine, other):
    assert np.isfinite(other).all()
    np.testing.assert_allclose(mine, other, atol=1e-4)


@pytest.mark.parametrize("sampler", SCHEDULERS)
@pytest.mark.parametrize("name", ["sd", "v", "xl"])
def test_text_to_image(models, picture, name, sampler):
    path, pipeline = models(name)
    close(
        ours(path, picture, start=999.0, sampler=sampler),
        theirs(pipeline, sampler, height=64, width=64),
    )


@pytest.mark.parametrize("sampler", SCHEDULERS)
@pytest.mark.parametrize("name", ["sd", "xl"])
def test_image_to_image(models, picture, name, sampler):
    """Start 399 in 4 steps is strength 0.4 of 10."""
    path, pipeline = models(name)
    kind = {
        "sd": diffusers.StableDiffusionImg2ImgPipeline,
        "xl": diffusers.StableDiffusionXLImg2ImgPipeline,
    }[name]
    close(
        ours(path, picture, start=399.0, sampler=sampler),
        theirs(
            pipeline,
            sampler,
            kind,
            image=as_batch(picture.pixels),
            strength=0.4,
            num_inference_steps=10,
        ),
    )


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("start", [999.0, 499.0])
@pytest.mark.parametrize("name", ["sd", "fill", "xl", "xlfill"])
def test_inpainting(models, picture, name, start, eta):
    path, pipeline = models(name)
    hole = np.zeros((64, 64), bool)
    hole[10:40, 20:50] = True
    strength = (start + 1) / 1000
    other = theirs(
        pipeline,
        "ddim",
        diffusers.StableDiffusionXLInpaintPipeline
        if name.startswith("xl")
        else diffusers.StableDiffusionInpaintPipeline,
        image=as_batch(picture.pixels),
        mask_image=torch.from_numpy(hole[None, None].astype(np.float32)),
        height=64,
        width=64,
        strength=strength,
        num_inference_steps=round(4 / strength),
        eta=eta,
    )
    damage = Damage("inpaint", mask=mask_digest(hole))
    mine = ours(path, picture, hole, start=start, sampler="ddim", eta=eta, damage=damage)
    close(mine[hole], other[hole])
    assert np.array_equal(mine[~hole], picture.pixels[~hole])  # to the bit


@pytest.mark.parametrize("name", ["sd", "xl"])
def test_controlnet(models, picture, name):
    path, pipeline = models(name)
    kind = {
        "sd": diffusers.StableDiffusionControlNetPipeline,
        "xl": diffusers.StableDiffusionXLControlNetPipeline,
    }[name]
    controlnet = diffusers.ControlNetModel.from_pretrained(path / "controlnet").eval()
    other = theirs(
        pipeline,
        kind=kind,
        controlnet=controlnet,
        image=as_batch(picture.pixels),
        height=64,
        width=64,
        controlnet_conditioning_scale=0.8,
    )
    control = Control("tile", scale=0.8)
    mine = ours(path, picture, start=999.0, control=control)
    close(mine, other)
    assert np.abs(mine - ours(path, picture, start=999.0)).max() > 1e-3  # it leads


def test_enlarging_four_times(models, picture):
    path, pipeline = models("x4")
    small = Picture(np.ascontiguousarray(picture.pixels[::4, ::4]))
    other = theirs(pipeline, "ddim", image=as_batch(2 * small.pixels - 1))
    damage = Damage("upscale", scale=4)
    close(ours(path, small, start=999.0, sampler="ddim", damage=damage), other)
