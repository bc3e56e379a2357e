"""A part restored alone is what it is in the result of all, to one of 255."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.diffusion.answers import RecentAnswers
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.region import RegionRun, why_no_region
from restorer.engine.strength import strength_digest
from restorer.engine.task import CAMERA_MODEL, RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture
from tests.engine.test_tile_size import strip

ENGINE = Engine(precision="float32", tile=608)
MEMORY = RecentAnswers()
WIDE = 680
BOX = (300, 7, 411, 40)


def part(task: RestorationTask, inputs: Inputs, box=BOX) -> np.ndarray:
    run = RegionRun(1, task, inputs, Trajectory(task), box=box, memory=MEMORY)
    assert [*run.carry_out(ENGINE, lambda: None)] == []
    assert run.made is not None and run.partials.take()
    return run.made


def off(task: RestorationTask, inputs: Inputs, box=BOX) -> float:
    """The most that the part differs from the result of all, of 255."""
    assert why_no_region(task, latent=False) == ""
    *_, last = ENGINE.run(task, inputs, CancelToken())
    whole = (last.x0 + 1) / 2 if last.picture is None else last.picture
    left, top, right, bottom = (task.damage.growth * side for side in box)
    return float(255 * np.abs(part(task, inputs, box) - whole[top:bottom, left:right]).max())


def grey(picture: Picture) -> Picture:
    return replace(picture, pixels=np.repeat(picture.pixels[..., :1], 3, axis=2), grey=True)


@pytest.mark.prior
def test_noise_and_strength_that_changes_as_one_looks() -> None:
    """With a map, a grid of levels and a blend; another amount asks the network for nothing."""
    picture = strip(WIDE, 12)
    map_ = np.linspace(0, 1, WIDE, dtype=np.float32) * np.ones((48, 1), np.float32)
    grid, digest = ((0.5, 1.0, 2.0),), strength_digest(map_)
    task = RestorationTask(start=start_for(12), steps=1, local=grid, amount=0.8, strength=digest)
    inputs = Inputs(picture, strength=map_)
    assert off(task, inputs) < 1
    before = MEMORY.recalled
    other = part(replace(task, amount=0.4), inputs)
    assert MEMORY.recalled == before + 3  # a level each
    left, top, right, bottom = BOX
    came = picture.pixels[top:bottom, left:right]
    np.testing.assert_allclose(other - came, (part(task, inputs) - came) / 2, atol=1e-5)


@pytest.mark.prior
@pytest.mark.parametrize("case", ["grey", "camera"])
def test_what_is_decided_for_the_whole_picture(case: str) -> None:
    """One tone, and the level of a camera's colours."""
    picture, start = strip(WIDE, 10), start_for(10)
    if case == "grey":
        assert off(RestorationTask(start=start, steps=1), Inputs(grey(picture))) < 1
    else:
        task = RestorationTask(start=start, steps=1, model=CAMERA_MODEL, undo_clipping=False)
        assert off(task, Inputs(picture)) < 1


@pytest.mark.prior
def test_an_enlarged_part() -> None:
    inputs = Inputs(strip(WIDE // 2))
    task = plan_repair(Damage("upscale", scale=2), inputs, estimate(inputs.picture.pixels))
    assert off(task, inputs, (150, 7, 200, 30)) < 1


@pytest.mark.prior
def test_a_part_of_a_jpeg(tmp_path: Path) -> None:
    from restorer.engine.job import plan
    from restorer.engine.request import Request
    from restorer.engine.sources import file_source
    from restorer.imaging.read import read_picture
    from restorer.imaging.write import write_picture

    path = tmp_path / "a.jpg"
    write_picture(strip(WIDE), path, quality=30)
    job = plan(Request(task="dejpeg"), file_source(read_picture(path), path))
    assert off(job.task, job.inputs) < 1


@pytest.mark.prior
def test_a_part_of_a_filling() -> None:
    """Also where nothing of it is to be filled."""
    picture = strip(WIDE)
    hole = np.zeros(picture.pixels.shape[:2], bool)
    hole[12:18, 200:400] = hole[30:36, 500:520] = True
    damage = Damage("inpaint", mask=mask_digest(hole), numbers=(("match", 0.0),))
    inputs = Inputs(picture, hole)
    task = plan_repair(damage, inputs, estimate(picture.pixels))
    assert task.method == "conditional"
    assert off(task, inputs) < 1
    run = RegionRun(1, task, inputs, Trajectory(task), box=(0, 0, 16, 40), memory=MEMORY)
    assert [*run.carry_out(ENGINE, lambda: None)] == []
    np.testing.assert_array_equal(run.made, picture.pixels[:40, :16])


def test_what_cannot_be_looked_at_in_part_says_why() -> None:
    noise = RestorationTask(start=50.0, steps=3)
    assert not why_no_region(noise, latent=False)
    assert not why_no_region(replace(noise, faithfulness=0.5), latent=False)
    for task in (
        replace(noise, faithfulness=0.5, sampler="ddpm"),
        replace(noise, grain=0.5, even_grain=True),
        replace(noise, damage=Damage("deblur", blur="gaussian:2"), method="diffpir"),
        replace(noise, damage=Damage("inpaint", mask="x"), method="conditional"),
    ):
        assert why_no_region(task, latent=False).endswith(".")
    assert why_no_region(noise, latent=True)
