"""The size of tiles changes no result by more than half of one of 255, whatever is undone.

Not of a blur: its inversion makes of the least difference a large one (2 of 255 in two steps).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.engine.damage import Damage, mask_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan import plan_repair, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.task import CAMERA_MODEL, RestorationTask
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

SAMPLE = Path("resources/samples")


def strip(width: int, noise: float = 0.0) -> Picture:
    """A low, wide piece of a photograph, mirrored where that ends, with noise."""
    photo = read_picture(sorted(SAMPLE.glob("*.png"))[0]).pixels
    row = np.concatenate([photo, photo[:, ::-1]], axis=1)
    wide = np.concatenate([row] * (1 + width // row.shape[1]), axis=1)[100:148, :width]
    drawn = np.random.default_rng(0).standard_normal(wide.shape, np.float32)
    return Picture(np.clip(wide + noise / 255 * drawn, 0, 1).astype(np.float32))


ENGINE = Engine(precision="float32")


def differ(task: RestorationTask, inputs: Inputs, tile: int) -> float:
    """The most that tiles of this size differ from one piece, of 255."""
    told, results = [], []
    ENGINE.load(task.model)
    for side in (tile, 1024):
        ENGINE._side = side
        *_, last = ENGINE.run(task, inputs, CancelToken(), told.append)
        results.append((last.x0 + 1) / 2 if last.picture is None else last.picture)
    assert told[0].tiles > told[-1].tiles
    return float(255 * np.abs(results[0] - results[1]).max())


@pytest.mark.prior
@pytest.mark.parametrize(("noise", "tile"), [(8, 192), (25, 256), (60, 384), (150, 480)])
def test_noise(noise: float, tile: int) -> None:
    task = RestorationTask(start=start_for(noise), steps=1)
    assert differ(task, Inputs(strip(tile + 96, noise)), tile) < 0.5


@pytest.mark.prior
def test_noise_in_several_steps_of_a_sampler() -> None:
    task = RestorationTask(start=start_for(12), steps=3, faithfulness=0.0)
    assert differ(task, Inputs(strip(288, 12)), 192) < 0.5


@pytest.mark.prior
def test_noise_of_a_camera() -> None:
    task = RestorationTask(
        start=start_for(8), steps=1, model=CAMERA_MODEL, undo_clipping=False, local=((0.5, 2.0),)
    )
    assert differ(task, Inputs(strip(288, 8)), 192) < 0.5


@pytest.mark.prior
@pytest.mark.parametrize("scale", [2, 4])
def test_enlarging(scale: int) -> None:
    inputs = Inputs(strip(660 // scale))
    task = plan_repair(Damage("upscale", scale=scale), inputs, estimate(inputs.picture.pixels))
    assert task.method == "conditional"
    assert differ(task, inputs, 608) < 0.5


@pytest.mark.prior
@pytest.mark.parametrize("quality", [10, 40])
def test_jpeg(tmp_path: Path, quality: int) -> None:
    from restorer.engine.job import plan
    from restorer.engine.request import Request
    from restorer.engine.sources import file_source

    path = tmp_path / "a.jpg"
    write_picture(strip(480), path, quality=quality)
    job = plan(Request(task="dejpeg"), file_source(read_picture(path), path))
    assert job.task.method == "conditional"
    assert differ(job.task, job.inputs, 416) < 0.5


@pytest.mark.prior
def test_a_filling() -> None:
    picture = strip(352)
    hole = np.zeros(picture.pixels.shape[:2], bool)
    hole[20:24, 10:340] = True
    damage = Damage("inpaint", mask=mask_digest(hole))
    inputs = Inputs(picture, hole)
    task = plan_repair(damage, inputs, estimate(picture.pixels), steps=3)
    assert differ(task, inputs, 256) < 0.5
