from __future__ import annotations

import numpy as np
import pytest

from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture
from restorer.jobs.queue import RunQueue

TASK = RestorationTask(start=70.0, steps=1)


@pytest.fixture
def runs() -> list[Run]:
    picture = Picture(np.zeros((2, 2, 3), np.float32))
    return [Run(number, TASK, Inputs(picture), Trajectory(TASK)) for number in range(4)]


def filled(*runs: Run) -> RunQueue:
    queue = RunQueue()
    for run in runs:
        assert queue.put(run) is None
    return queue


def test_first_come_first_served(runs: list[Run]) -> None:
    queue = filled(*runs[:2])
    assert queue.take() is runs[0]
    queue.put(runs[2])
    queue.done()
    assert [queue.take(), queue.take(), queue.take()] == [runs[1], runs[2], None]


def test_the_run_under_way_counts_among_those_ahead_until_it_is_over(runs: list[Run]) -> None:
    queue = filled(*runs[:3])
    assert [queue.ahead(run) for run in runs] == [0, 1, 2, 0]
    queue.take()
    assert [queue.ahead(run) for run in runs] == [0, 1, 2, 0]
    queue.done()
    assert [queue.ahead(run) for run in runs] == [0, 0, 1, 0]


def test_only_a_run_that_waits_gives_up_its_place(runs: list[Run]) -> None:
    queue = filled(*runs[:2])
    queue.take()
    assert queue.put(runs[2], instead_of=runs[1]) is runs[1]
    assert queue.put(runs[3], instead_of=runs[0]) is None
    assert [queue.take(), queue.take(), queue.take()] == [runs[2], runs[3], None]
    assert [run.cancel.cancelled for run in runs] == [True, False, False, False]  # it had begun


def test_cancelling_touches_one_run_only(runs: list[Run]) -> None:
    queue = filled(*runs[:3])
    queue.take()
    assert queue.cancel(runs[1])
    assert not queue.cancel(runs[0])  # under way: it looks at its token
    assert not queue.cancel(runs[1])  # it is gone
    assert [run.cancel.cancelled for run in runs] == [True, True, False, False]
    assert queue.take() is runs[2]


def test_clearing_stops_all(runs: list[Run]) -> None:
    queue = filled(*runs[:3])
    queue.take()
    queue.clear()
    assert [run.cancel.cancelled for run in runs] == [True, True, True, False]
    assert queue.take() is None
