from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.engine.damage import Damage, mask_digest
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Progress
from restorer.engine.run import THUMBNAIL_SIDE
from restorer.engine.task import RestorationTask
from restorer.engine.tiles import TileMailbox
from restorer.engine.trajectory import Quantity
from restorer.errors import BadInput, ErrorKind, ModelRefused
from restorer.imaging.geometry import quick_thumbnail, repeated
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs, Message, MessageKind
from tests.fakes import FakeEngine, prediction

PICTURE = Picture(np.random.default_rng(1).random((40, 30, 3), np.float32))
TASK = RestorationTask(start=70.0, steps=3)


class Desk:
    """Jobs with a fake engine, and all they said."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.jobs = Jobs(lambda: self.engine)
        self.said: list[Message] = []
        self.jobs.message.connect(self.said.append)

    def kinds(self, number: int) -> list[MessageKind]:
        return [
            m.kind for m in self.said if m.number == number and m.kind is not MessageKind.PROGRESS
        ]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.jobs.shutdown()


def test_a_run_yields_its_frames_in_order(qtbot: QtBot, desk: Desk) -> None:
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(run.number))
    loading = [MessageKind.MODEL_LOADING, MessageKind.MODEL_READY]
    frames = [MessageKind.FRAME] * 3
    assert desk.kinds(run.number) == [MessageKind.STARTED, *loading, *frames, MessageKind.FINISHED]
    assert [info.index for info in run.trajectory.infos] == [0, 1, 2]
    assert len(run.thumbnails) == 3
    expected = prediction(PICTURE, 2)
    np.testing.assert_allclose(run.trajectory.result, expected, atol=1e-6)
    np.testing.assert_allclose(run.trajectory.view(2, Quantity.X0), expected, atol=1e-3)


def test_the_engine_works_in_another_thread_and_messages_come_in_this_one(
    qtbot: QtBot, desk: Desk
) -> None:
    heard: set[int] = set()
    desk.jobs.message.connect(lambda _: heard.add(threading.get_ident()))
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(run.number))
    assert heard == {threading.get_ident()}
    assert threading.get_ident() not in desk.engine.threads


def test_the_model_is_loaded_once(qtbot: QtBot, desk: Desk) -> None:
    desk.jobs.preload("builtin")
    for _ in range(2):
        run = desk.jobs.restore(TASK, Inputs(PICTURE))
        qtbot.waitUntil(lambda n=run.number: MessageKind.FINISHED in desk.kinds(n))
    assert desk.engine.loads == ["builtin"]


def test_stop_keeps_the_frames_so_far(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    desk.engine.let_go(3)  # one frame and a half
    qtbot.waitUntil(lambda: len(run.trajectory) == 1)
    desk.jobs.cancel(run)
    qtbot.waitUntil(lambda: MessageKind.STOPPED in desk.kinds(run.number))
    assert len(run.trajectory) == 1
    np.testing.assert_allclose(run.trajectory.result, prediction(PICTURE, 0), atol=1e-6)


def test_a_part_of_a_filling_changes_nothing_outside_the_hole(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    hole = np.zeros((40, 30), bool)
    hole[5:12, 3:20] = True
    task = replace(TASK, damage=Damage("inpaint", mask=mask_digest(hole)))
    run = desk.jobs.restore(task, Inputs(PICTURE, hole))
    desk.engine.let_go(1)
    qtbot.waitUntil(lambda: any(m.kind is MessageKind.PROGRESS for m in desk.said))
    desk.jobs.cancel(run)
    qtbot.waitUntil(lambda: MessageKind.STOPPED in desk.kinds(run.number))
    assert desk.engine.inputs[0].hole is hole
    assert run.trajectory.result is not None
    np.testing.assert_array_equal(run.trajectory.result[~hole], PICTURE.pixels[~hole])
    np.testing.assert_array_equal(run.trajectory.result[hole], prediction(PICTURE, 0)[hole])
    (tile,) = run.partials.take()
    np.testing.assert_array_equal(tile.x0[~hole[:20]], PICTURE.pixels[:20][~hole[:20]])


def test_a_part_of_an_enlarging_is_as_large_as_all_of_it(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    run = desk.jobs.restore(replace(TASK, damage=Damage("upscale", scale=3)), Inputs(PICTURE))
    desk.engine.let_go(1)
    qtbot.waitUntil(lambda: any(m.kind is MessageKind.PROGRESS for m in desk.said))
    desk.jobs.cancel(run)
    qtbot.waitUntil(lambda: MessageKind.STOPPED in desk.kinds(run.number))
    large, fine = (repeated(p, 3) for p in (PICTURE.pixels, prediction(PICTURE, 0)))
    expected = np.concatenate([fine[:60], large[60:]])
    np.testing.assert_array_equal(run.trajectory.result, expected)


def test_runs_wait_for_one_another_and_none_is_stopped(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    runs = [
        desk.jobs.restore(RestorationTask(start=70.0, steps=n), Inputs(PICTURE)) for n in (3, 2, 1)
    ]
    desk.engine.let_go(2)
    qtbot.waitUntil(lambda: len(runs[0].trajectory) == 1)
    assert [desk.jobs.ahead(run) for run in runs] == [0, 1, 2]
    assert desk.kinds(runs[1].number) == []
    desk.engine.let_go(20)
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(runs[2].number))
    assert [len(run.trajectory) for run in runs] == [3, 2, 1]
    assert [desk.kinds(run.number)[-1] for run in runs] == [MessageKind.FINISHED] * 3
    assert [desk.jobs.ahead(run) for run in runs] == [0, 0, 0]


def test_one_run_is_stopped_and_the_others_go_on(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    first, second, third = (desk.jobs.restore(TASK, Inputs(PICTURE)) for _ in range(3))
    qtbot.waitUntil(lambda: MessageKind.STARTED in desk.kinds(first.number))
    desk.jobs.cancel(second)
    assert desk.kinds(second.number) == [MessageKind.STOPPED]  # at once, for it had not begun
    assert desk.jobs.ahead(third) == 1
    desk.jobs.cancel(first)
    desk.engine.let_go(20)
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(third.number))
    assert desk.kinds(first.number)[-1] is MessageKind.STOPPED
    assert (len(first.trajectory), len(second.trajectory), len(third.trajectory)) == (0, 0, 3)


def test_a_run_that_waits_gives_up_its_place(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated = True
    first, old, last = (desk.jobs.restore(TASK, Inputs(PICTURE)) for _ in range(3))
    qtbot.waitUntil(lambda: MessageKind.STARTED in desk.kinds(first.number))
    new = desk.jobs.restore(RestorationTask(start=70.0, steps=1), Inputs(PICTURE), instead_of=old)
    assert desk.kinds(old.number) == [MessageKind.STOPPED]
    assert (desk.jobs.ahead(new), desk.jobs.ahead(last)) == (1, 2)
    late = desk.jobs.restore(
        TASK, Inputs(PICTURE), instead_of=first
    )  # which has begun: it is stopped, and there is no place left
    assert desk.jobs.ahead(late) == 3
    desk.engine.let_go(50)
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(late.number))
    ends = [m.number for m in desk.said if m.kind is MessageKind.FINISHED]
    assert ends == [run.number for run in (new, last, late)]
    assert MessageKind.STOPPED in desk.kinds(first.number)


def test_an_error_leaves_the_runs_that_wait(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.gated, desk.engine.error, desk.engine.fail_at = True, MemoryError(), 1
    first = desk.jobs.restore(TASK, Inputs(PICTURE))
    second = desk.jobs.restore(RestorationTask(start=70.0, steps=1), Inputs(PICTURE))
    desk.engine.let_go(20)
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(second.number))
    assert desk.kinds(first.number)[-1] is MessageKind.FAILED


def test_a_doubt_waits_like_a_run(qtbot: QtBot, desk: Desk) -> None:
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(run.number))
    desk.engine.gated = True
    other = desk.jobs.restore(TASK, Inputs(PICTURE))
    doubt = desk.jobs.doubt(run)
    assert desk.jobs.ahead(doubt) == 1
    desk.engine.gated = False
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(doubt.number))
    assert len(other.trajectory) == 3
    assert run.spread is not None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadInput("No."), ErrorKind.BAD_INPUT),
        (MemoryError(), ErrorKind.OUT_OF_MEMORY),
        (ZeroDivisionError("x"), ErrorKind.INTERNAL),
    ],
)
def test_an_error_comes_as_a_value_and_the_worker_lives_on(
    qtbot: QtBot, desk: Desk, error: Exception, kind: ErrorKind
) -> None:
    desk.engine.error, desk.engine.fail_at = error, 1
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    qtbot.waitUntil(lambda: MessageKind.FAILED in desk.kinds(run.number))
    failed = desk.said[-1].error
    assert failed is not None
    assert failed.kind is kind
    assert failed.sentence.endswith(".")
    assert len(run.trajectory) == 1
    desk.engine.error = None
    again = desk.jobs.restore(TASK, Inputs(PICTURE))
    qtbot.waitUntil(lambda: MessageKind.FINISHED in desk.kinds(again.number))


def test_a_refused_model_is_reported(qtbot: QtBot, desk: Desk) -> None:
    desk.engine.refuse = ModelRefused("There is no such model.")
    number = desk.jobs.preload("nothing")
    qtbot.waitUntil(lambda: MessageKind.FAILED in desk.kinds(number))
    assert desk.said[-1].error is desk.engine.refuse


def test_shutdown_in_mid_run_ends_the_threads(qtbot: QtBot) -> None:
    desk = Desk()
    desk.engine.gated = True
    run = desk.jobs.restore(TASK, Inputs(PICTURE))
    desk.engine.let_go(1)
    qtbot.waitUntil(lambda: any(m.kind is MessageKind.PROGRESS for m in desk.said))
    desk.jobs.restore(TASK, Inputs(PICTURE))
    desk.jobs.shutdown()  # the fixture fails the test if a thread is left
    assert run.cancel.cancelled
    qtbot.wait(20)
    assert MessageKind.FINISHED not in desk.kinds(run.number)


def test_partials_ask_for_one_message_until_they_are_taken() -> None:
    made: list[int] = []

    def tile(number: int) -> Progress:
        def show() -> np.ndarray:
            made.append(number)
            return np.zeros((1, 1, 3), np.float32)

        return Progress(0, 1, number, 4, 0.0, (0, 0, 1, 1), show)

    partials, tiles = TileMailbox(), [tile(number) for number in range(3)]
    assert [partials.put(one) for one in tiles] == [True, False, False]
    assert made == [0, 1, 2]  # and not by who takes them
    assert partials.take() == tiles
    assert partials.take() == []
    assert partials.put(tile(3))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (333, 500), (320, 320), (7, 3)])
def test_thumbnails_fit_and_keep_the_mean(shape: tuple[int, int]) -> None:
    small = quick_thumbnail(np.full((*shape, 3), 0.5, np.float32), THUMBNAIL_SIDE)
    assert max(small.shape[:2]) <= THUMBNAIL_SIDE
    assert min(small.shape[:2]) >= 1
    assert small.dtype == np.uint8
    assert set(np.unique(small)) == {128}
