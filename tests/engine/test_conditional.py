"""The network that knows the damage, carried out by the engine on the path that a person takes."""

from __future__ import annotations

import io
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from PIL import Image

from restorer.degradation.estimate import DegradationEstimate
from restorer.degradation.facts import Facts
from restorer.degradation.operators import Downsample
from restorer.diffusion.conditional import from_prior
from restorer.diffusion.denoiser import RotatedDenoiser
from restorer.diffusion.metrics import psnr
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array, as_batch
from restorer.engine.consistency import check
from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.inverse_problem import InverseProblem
from restorer.engine.methods import evaluations_a_step, facts_of
from restorer.engine.models import all_models
from restorer.engine.plan import plan_repair, with_method
from restorer.engine.progress import CancelToken
from restorer.engine.request import Request
from restorer.engine.spread import spread
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.trajectory import Frame, FrameInfo
from restorer.errors import BadInput
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from restorer.training.network import write_model

CLEAN = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)


def jpeg(quality: int, subsampling: str = "4:2:0") -> Damage:
    tables = replace(tables_of_quality(quality), subsampling=subsampling)
    return Damage("dejpeg", **asdict(tables))


def planned(damage: Damage, **asked) -> RestorationTask:
    grey = Picture(np.full((64, 64, 3), 0.5, np.float32))
    return plan_repair(damage, Inputs(grey), CLEAN, method="conditional", **asked)


def test_what_is_told_is_what_the_damage_says():
    assert facts_of(jpeg(30)) == Facts(quality=30, halved=True)
    assert facts_of(jpeg(80, "4:4:4")) == Facts(quality=80)
    assert facts_of(Damage("upscale", scale=3, noise=2)) == Facts(scale=3, noise=2)


@pytest.mark.parametrize(
    "damage",
    [
        Damage("inpaint", mask="0", noise=5),
        Damage("colorize"),
        Damage("deblur", blur="gaussian:9"),
    ],
)
def test_what_it_does_not_know_is_refused(damage):
    with pytest.raises(BadInput, match="trained network"):
        facts_of(damage)


def test_two_evaluations_from_where_it_sees_the_picture():
    task = planned(jpeg(20))
    assert (task.model, task.steps, evaluations_a_step(task)) == ("damage", 2, 1)
    assert LINEAR.sigma(task.start) == pytest.approx(facts_of(task.damage).sigma)
    assert planned(jpeg(20), steps=4).steps == 4
    with pytest.raises(BadInput, match="faithful"):
        planned(jpeg(20), faithfulness=0.5)
    with pytest.raises(BadInput, match="only noise"):
        planned(jpeg(20), model="mine")


@pytest.mark.parametrize(
    ("size", "turned"), [((33, 20), lambda x: x.mT), ((32, 48), lambda x: x.flip(-2))]
)
def test_the_second_side_sees_the_blocks_of_a_jpeg_where_they_lie(size, turned):
    """Mirrored, a picture whose last blocks are cut off would begin within a block."""
    width, height = size
    pixels = np.random.default_rng(1).random((height, width, 3), np.float32)
    task, seen = planned(jpeg(20)), []

    def ask(x_t, sigma):
        seen.append(x_t)
        return x_t

    problem = InverseProblem(task, Inputs(Picture(pixels)))
    steps = list(
        problem.steps([RotatedDenoiser(ask, side) for side in RotatedDenoiser.SIDES], LINEAR)
    )
    assert len(steps) == len(seen) == 2
    assert torch.equal(seen[1], turned(seen[0]))


def test_a_prior_of_ones_own_that_knows_damage_is_asked_in_the_same_way(tmp_path):
    prior = PriorUNet(channels=(16, 16), blocks=1, mid_blocks=1, embedding_dim=16)
    write_model(tmp_path, from_prior(prior, Facts.COUNT), "---\ntitle: Mine\n---\n")
    for method in ("auto", "conditional"):
        request = Request(task="dejpeg", model=str(tmp_path), method=method)
        assert request.conditional(jpeg(20))
        task = with_method(
            RestorationTask(start=4.0, damage=jpeg(20), model=request.model), (64, 64)
        )
        assert (task.method, task.model) == ("conditional", str(tmp_path))


def test_it_is_no_model_to_choose_but_is_told_of():
    assert "damage" not in [model.name for model in all_models() if model.role.restores]
    assert {m.name: m.kind for m in all_models()}["damage"] == "conditional"
    assert BUILTIN_MODEL in [model.name for model in all_models() if model.role.restores]


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    pixels = read_picture(resource_path("samples", "portrait.png")).pixels
    return np.ascontiguousarray(pixels[100:228, 100:228])


def restored(came: Picture, damage: Damage) -> np.ndarray:
    task = plan_repair(damage, Inputs(came), CLEAN, method="conditional")
    *_, last = Engine().run(task, Inputs(came), CancelToken(), device="cpu")
    assert not check(task, Inputs(came), last.picture).alarm
    return last.picture


@pytest.mark.prior
@pytest.mark.parametrize(("quality", "gain"), [(10, 1.9), (30, 1.8), (80, 1.3)])
def test_blocks_go(clean, quality, gain):
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * clean).astype(np.uint8)).save(file, "JPEG", quality=quality)
    came = Picture(np.asarray(Image.open(file), np.float32) / np.float32(255))
    found = restored(came, jpeg(quality))
    assert psnr(found, clean) > psnr(came.pixels, clean) + gain


@pytest.mark.prior
@pytest.mark.parametrize(("scale", "gain"), [(2, 2.7), (4, 2.0)])
def test_enlarged_it_beats_bicubic_and_is_the_input_when_made_smaller(clean, scale, gain):
    image = Image.fromarray(np.rint(255 * clean).astype(np.uint8))
    small = image.resize((128 // scale,) * 2, Image.Resampling.BICUBIC)
    came = Picture(np.asarray(small, np.float32) / np.float32(255))
    found = restored(came, Damage("upscale", scale=scale))
    bicubic = np.asarray(small.resize(image.size, Image.Resampling.BICUBIC)) / 255
    assert psnr(found, clean) > psnr(bicubic.astype(np.float32), clean) + gain


@pytest.mark.prior
def test_the_answer_is_held_to_the_small_picture_as_a_whole():
    """Held to it part by part afterwards, it would show the seams of the parts, 128 pixels each."""
    pixels = read_picture(resource_path("samples", "portrait.png")).pixels[60:204, 80:272]
    image = Image.fromarray(np.rint(255 * pixels).astype(np.uint8))
    came = Picture(np.asarray(image.resize((48, 36), Image.Resampling.BICUBIC), np.float32) / 255)
    task = plan_repair(Damage("upscale", scale=4), Inputs(came), CLEAN)
    assert task.method == "conditional"
    *_, last = Engine().run(task, Inputs(came), CancelToken(), device="cpu")
    again = as_array(Downsample(4).forward(as_batch(last.x0)))
    assert np.abs(again - (2 * came.pixels - 1)).max() < 0.01


def test_its_doubt_is_that_of_the_prior_held_to_the_same_file(clean):
    """The network draws no samples; those of the prior stand in, at their own start and steps."""
    damage = jpeg(20)
    came = Picture(clean[:64, :64])
    task = plan_repair(damage, Inputs(came), CLEAN, seed=7)
    assert task.method == "conditional"
    asked = []

    def run(task, inputs, cancel, on_progress):
        asked.append(task)
        x = 2 * inputs.picture.pixels - 1
        shade = np.float32(0.1 * task.seed)
        info = FrameInfo(index=0, steps=1, t=0.0, sigma=0.1, seconds=0.0)
        yield Frame(info, x_t=x, x0=x + shade)

    *_, found = spread(run, task, Inputs(came), CancelToken(), samples=3)
    assert [one.seed for one in asked] == [7, 8, 9]
    expected = plan_repair(damage, Inputs(came), CLEAN, faithfulness=0.0)
    for one in asked:
        assert (one.method, one.model) == ("ddnm", BUILTIN_MODEL)
        assert (one.start, one.steps) == (expected.start, expected.steps)
    assert found.std.max() > 0.05


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"turned": 6}, {}),
        ({"cut": (0, 3)}, {}),
        ({}, {"faithfulness": 0.5}),
        ({}, {"model": "mine"}),
        ({}, {"method": "ddnm"}),
    ],
)
def test_where_it_did_not_learn_the_prior_is_held_to_the_file(changed, asked):
    damage = replace(jpeg(20), **changed)
    grey = Picture(np.full((64, 64, 3), 0.5, np.float32))
    task = plan_repair(damage, Inputs(grey), CLEAN, **asked)
    assert task.method == "ddnm"
    assert task.model == asked.get("model", BUILTIN_MODEL)
    assert plan_repair(jpeg(20), Inputs(grey), CLEAN).method == "conditional"
