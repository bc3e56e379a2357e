"""Models in one file: read as the folder would be, and the known shapes are the published ones."""

import numpy as np
import pytest
import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from restorer.engine import library, trial
from restorer.engine import models as model_list
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.inputs import Inputs
from restorer.engine.models import find_model
from restorer.engine.progress import CancelToken
from restorer.engine.runners.latent import LatentRun
from restorer.engine.task import RestorationTask
from restorer.errors import ModelRefused
from restorer.latent import headers, load, standard_shapes
from restorer.latent.load import load_folder
from tests.latent import tiny
from tests.latent.original import save_original

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def file(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("single") / "model.safetensors"
    save_original(models("sd")[1], path)
    return path


def test_one_file_is_the_folder(models, file):
    folder = models("sd")[0]
    model = load.load_single(file, CPU, torch.float32, config=folder)
    same = load_folder(folder, CPU, torch.float32)
    others = [part for part in same.parts if part is not same.controlnet]
    for mine, other in zip(model.parts, others, strict=True):
        weights, expected = mine.state_dict(), other.state_dict()
        assert weights.keys() == expected.keys()
        assert all(torch.equal(weights[name], expected[name]) for name in weights)


@pytest.mark.parametrize("family", ["sd2", "xl"])
def test_files_of_other_families_are_their_folders(family, picture, tmp_path):
    """All weights, and the picture that diffusers' own pipeline makes of them, to 1e-4."""
    folder, path = tmp_path / "folder", tmp_path / "model.safetensors"
    if family == "sd2":
        network = tiny.unet(use_linear_projection=True)
        pipeline = tiny.stable_diffusion(folder, prediction="v_prediction", unet=network)
    else:  # the two encoders are told apart by their widths
        pipeline = tiny.stable_diffusion_xl(folder, second=24)
    save_original(pipeline, path)
    model = load.load_single(path, CPU, torch.float32, config=folder)
    same = load_folder(folder, CPU, torch.float32)
    for mine, other in zip(model.parts, same.parts, strict=True):
        weights, expected = mine.state_dict(), other.state_dict()
        assert weights.keys() == expected.keys()
        assert all(torch.equal(weights[name], expected[name]) for name in weights)
    assert model.prediction == same.prediction
    assert model.zero_negative == same.zero_negative
    task = RestorationTask(
        start=999.0, steps=3, sampler="ddim", eta=0.0, seed=7, prompt="a cat", negative_prompt="fog"
    )
    *_, last = LatentRun(model, BranchSegments(task, Inputs(picture))).frames(
        CancelToken(), lambda _: None
    )
    config = pipeline.scheduler.config
    pipeline.scheduler = DDIMScheduler.from_config(config, timestep_spacing="trailing")
    other = pipeline(
        "a cat",
        negative_prompt="fog",
        num_inference_steps=3,
        guidance_scale=7.5,
        height=64,
        width=64,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images[0]
    np.testing.assert_allclose(np.clip(last.x0 / 2 + 0.5, 0, 1), other, atol=1e-4)


def test_a_file_says_what_it_is(file):
    info = find_model(str(file))
    assert (info.kind, info.name, info.title) == ("latent", "model.safetensors", "model")
    seen = headers.inspect(file)
    assert (seen.width, seen.channels, seen.prediction) == (16, 4, "epsilon")
    with pytest.raises(ModelRefused, match="not Stable Diffusion 1, 2 or XL"):
        load.load_single(file, CPU, torch.float32)


def test_a_file_is_taken_into_the_library_with_what_stands_beside_it(file, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "models_folder", lambda: tmp_path)
    monkeypatch.setattr(model_list, "models_folder", lambda: tmp_path)
    # so small a model has shapes that only a folder beside it would tell
    monkeypatch.setattr(trial, "load_once", lambda info: None)
    beside = file.with_suffix(".yaml")
    beside.write_text('parameterization: "v"')
    info = library.add(file, "mine")
    beside.unlink()
    assert (info.kind, info.name) == ("latent", "mine")
    assert library.verify("mine") == 1
    assert headers.inspect(tmp_path / "mine" / file.name).prediction == "v_prediction"
    assert find_model("mine").parameters == find_model(str(file)).parameters


def test_what_is_predicted_may_stand_beside(file):
    beside = file.with_suffix(".yaml")
    beside.write_text("model:\n  params:\n    parameterization: 'v'\n")
    assert headers.inspect(file).prediction == "v_prediction"
    beside.unlink()


@pytest.mark.parametrize(
    ("family", "counts"),
    [
        ("sd1", [859_520_964, 123_060_480]),
        ("sd2", [865_910_724, 340_387_840]),
        ("xl", [2_567_463_684, 123_060_480, 694_659_840]),
    ],
)
def test_known_shapes_have_as_many_numbers_as_the_published_weights(family, counts):
    with init_empty_weights():
        networks = [UNet2DConditionModel.from_config(standard_shapes.unet(family))]
        for n, config in enumerate(standard_shapes.texts(family)):
            kind = CLIPTextModelWithProjection if n else CLIPTextModel
            networks.append(kind(CLIPTextConfig(**config)))
        vae = AutoencoderKL.from_config(standard_shapes.vae(family))
    assert [sum(p.numel() for p in net.parameters()) for net in networks] == counts
    assert sum(p.numel() for p in vae.parameters()) == 83_653_863


def test_the_vocabulary_is_clips(tmp_path):
    standard_shapes.write_tokenizer(tmp_path, "!")
    tokenizer = CLIPTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert len(tokenizer) == 49408
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer.pad_token_id == 0


def test_a_written_folder_lacks_nothing_but_weights(tmp_path):
    standard_shapes.write_folder(tmp_path, "xl", 9, "epsilon")
    found = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*config.json")}
    assert found >= {
        "unet/config.json",
        "vae/config.json",
        "text_encoder_2/config.json",
        "scheduler/scheduler_config.json",
    }
    assert np.isclose(standard_shapes.vae("xl")["scaling_factor"], 0.13025)
