"""The network that fills, carried out by the engine on the path that a person takes."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.estimate import DegradationEstimate
from restorer.diffusion.metrics import psnr
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.models import all_models
from restorer.engine.plan import plan_repair
from restorer.engine.progress import CancelToken
from restorer.engine.request import Request
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

CLEAN = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)


def planned(noise: float = 0.0, wide: int = 5, **asked) -> RestorationTask:
    hole = np.zeros((64, 64), bool)
    hole[20 : 20 + wide] = True
    grey = Picture(np.full((64, 64, 3), 0.5, np.float32))
    damage = Damage("inpaint", mask=mask_digest(hole), noise=noise)
    return plan_repair(damage, Inputs(grey, hole), CLEAN, **asked)


def test_holes_are_filled_by_it_if_nobody_says_otherwise():
    task = planned()
    assert (task.method, task.model) == ("conditional", "filling")
    assert Request(task="inpaint").conditional(task.damage)
    assert planned(faithfulness=0.5).method == "ddnm"
    assert planned(noise=5).method == "diffpir"
    assert planned(model="mine").method == "ddnm"
    assert planned(method="repaint").model != "filling"


def test_pixels_here_and_there_are_left_to_the_prior_if_nobody_says_otherwise():
    assert [planned(wide=wide).method for wide in (1, 2, 3, 9)] == ["ddnm"] * 2 + [
        "conditional"
    ] * 2
    assert planned(wide=1).model == BUILTIN_MODEL
    asked = planned(wide=1, method="conditional")
    assert asked.model == "filling"
    assert asked.start == planned(wide=9).start


def test_of_a_large_picture_they_are_not_for_the_prior_would_have_too_few_steps():
    hole = np.zeros((1024, 1100), bool)
    hole[::16, ::16] = True
    grey = Picture(np.full((*hole.shape, 3), 0.5, np.float32))
    damage = Damage("inpaint", mask=mask_digest(hole))
    task = plan_repair(damage, Inputs(grey, hole), CLEAN)
    assert (task.method, task.steps) == ("conditional", 4)
    assert plan_repair(damage, Inputs(grey, hole), CLEAN, method="ddnm").steps < 10


def test_what_it_cannot_do_is_refused():
    with pytest.raises(BadInput, match="faithful"):
        planned(method="conditional", faithfulness=0.5)
    with pytest.raises(BadInput, match="holes in pictures without noise"):
        planned(method="conditional", noise=5)
    with pytest.raises(BadInput, match="default model"):
        planned(method="conditional", model="mine")


def test_it_is_no_model_to_choose_but_is_told_of():
    assert {model.name: model.kind for model in all_models()}["filling"] == "filling"
    assert "filling" not in [model.name for model in all_models() if model.role.restores]


@pytest.mark.prior
def test_a_scratch_is_filled_from_what_is_around_it():
    pixels = read_picture(resource_path("samples", "portrait.png")).pixels[100:196, 60:156]
    y, x = np.mgrid[:96, :96]
    hole = abs(x - 20 - y / 3) < 3
    scratched = np.where(hole[..., None], 1, pixels).astype(np.float32)
    inputs = Inputs(Picture(scratched), hole)
    task = plan_repair(Damage("inpaint", mask=mask_digest(hole)), inputs, CLEAN)
    frames = list(Engine().run(task, inputs, CancelToken(), device="cpu"))
    last = frames[-1].picture
    np.testing.assert_array_equal(last[~hole], scratched[~hole])
    assert psnr(last, pixels) > psnr(scratched, pixels) + 14.5
    assert [frame.info.sigma for frame in frames] == sorted(
        (frame.info.sigma for frame in frames), reverse=True
    )
