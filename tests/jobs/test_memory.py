"""What a run and its end cost in memory, on the paths that a person takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.document import work
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Cancelled, Progress
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.engine.tiles import Part
from restorer.engine.trajectory import Quantity, Trajectory
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs
from restorer.jobs.background import go_on
from tests.fakes import FakeEngine

#: Prints, in megabytes, the most that a process has held after a small picture and a larger one.
CHILD = """
import json, sys, tempfile
from pathlib import Path
from benchmarks import memory

way, kind, *sizes = sys.argv[1:]
peaks = []
with tempfile.TemporaryDirectory() as folder, memory.quick_network():
    for size in map(float, sizes):
        path = memory.noisy_file(Path(folder), size, kind)
        if way == "window":
            memory.by_window(path, path.with_suffix(".out.png"), stops=0, steps=1)
        else:
            memory.by_command(path, path.with_suffix(".out.png"), ["--steps", "1", "--camera"])
        peaks.append(memory.peak())
print(json.dumps(peaks))
"""


@pytest.mark.parametrize(
    ("way", "kind", "most"),
    [("window", "noise", 75), ("window", "grey", 84), ("cli", "camera", 60)],
)
def test_a_megapixel_costs_a_few_copies_of_itself(way: str, kind: str, most: float) -> None:
    """One copy in float32 is 12 MB a megapixel; one more than a run needs now is too many.

    Who names the noise has no scratches looked for, which takes more than a small picture.
    """
    command = [sys.executable, "-c", CHILD, way, kind, "1", "2"]
    plain = os.environ | {"MALLOC_MMAP_THRESHOLD_": "1000000"}  # what is freed goes back at once
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=plain)
    small, large = json.loads(told.stdout.splitlines()[-1])
    assert 20 < large - small < most


def test_stopping_takes_no_more_than_one_frame_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restorer.imaging.bands.PIXELS", 20_000)
    rng = np.random.default_rng(0)
    picture = Picture(rng.random((900, 1000, 3), np.float32))
    task = RestorationTask(start=70.0, steps=1)
    run, part = Run(1, task, Inputs(picture), Trajectory(task)), Part(picture, 1)
    tile = rng.random((500, 600, 3), np.float32)
    part.put(Progress(0, 1, 1, 4, 9.0, (100, 50, 700, 550), lambda: tile))
    tracemalloc.start()
    run.keep_part(part, 1.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1.2 * picture.pixels.nbytes  # x_t and x0 in half precision, and bands
    expected = picture.pixels.copy()
    expected[50:550, 100:700] = tile
    np.testing.assert_array_equal(run.trajectory.result, expected)
    np.testing.assert_allclose(run.trajectory.view(0, Quantity.X0), expected, atol=1e-3)
    a = float(run.schedule.alpha_bar(70.0) ** 0.5)
    came = a * (2 * picture.pixels - 1)
    np.testing.assert_allclose(run.trajectory.read(0, Quantity.X_T), came, atol=1e-3)
    assert run.part == (1, 4)
    assert len(run.thumbnails) == 1


def test_closing_the_window_ends_work_that_is_under_way(qtbot: QtBot) -> None:
    jobs = Jobs(FakeEngine)
    begun, gone_on = threading.Event(), []

    def long() -> None:
        begun.set()
        for _ in range(2000):
            go_on()
            time.sleep(0.005)
        gone_on.append(True)

    jobs.files.run(long, lambda _: None, lambda _: None)
    assert begun.wait(10)
    jobs.shutdown()
    assert not gone_on


def test_reading_covering_and_measuring_look_whether_the_window_closes(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    picture = Picture(np.random.default_rng(0).random((80, 70, 3), np.float32))
    covered = work.cover_with_static(picture, 20.0)
    monkeypatch.setattr("restorer.imaging.bands.PIXELS", 700)
    np.testing.assert_array_equal(work.cover_with_static(picture, 20.0).pixels, covered.pixels)

    from restorer.imaging.write import write_picture

    write_picture(picture, tmp_path / "a.png")

    def closes() -> None:
        raise Cancelled

    monkeypatch.setattr(work, "go_on", closes)
    for job in (
        lambda: work.read(tmp_path / "a.png"),
        lambda: work.cover_with_static(picture, 20.0),
        lambda: work.measure(picture),
    ):
        with pytest.raises(Cancelled):
            job()
