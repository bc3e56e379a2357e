"""Runs of several pictures, and several results of one; with a scriptable engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Document, OpenPicture, Settings, Status, work
from restorer.document.results import MOST
from restorer.engine.trajectory import Quantity
from restorer.engine.views import CLEAN, DOUBT
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from tests.fakes import FakeEngine, prediction

PICTURE = Picture(np.random.default_rng(1).random((40, 30, 3), np.float32))
NOISY = DegradationEstimate(noise=31.0, noise_in_file=30.0, clean=False)

Open = Callable[[str], OpenPicture]


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def document(
    qtbot: QtBot, engine: FakeEngine, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    monkeypatch.setattr(work, "count_scratches", lambda picture: 0)
    jobs = Jobs(lambda: engine)
    yield Document(jobs, Settings(settings_file))
    jobs.shutdown()


@pytest.fixture
def open_it(qtbot: QtBot, document: Document) -> Open:
    def open_it(title: str) -> OpenPicture:
        entry = document.open_picture(PICTURE, title)
        qtbot.waitUntil(lambda: entry.status is Status.READY)
        return entry

    return open_it


def finish(qtbot: QtBot, document: Document, steps: int) -> OpenPicture:
    """Restore the picture on view in so many steps."""
    entry = document.current
    assert entry is not None
    document.change("Steps", steps=steps)
    document.restore()
    qtbot.waitUntil(lambda: entry.making is None and entry.frames == steps)
    return entry


def steps_on_view(document: Document) -> int:
    assert document.current is not None
    return document.current.frames


# A queue.


def test_restoring_a_second_picture_waits_for_the_first(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first = open_it("a")
    document.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: first.frames == 1)
    second = open_it("b")
    document.restore()
    third = open_it("c")
    document.restore()
    assert [e.status for e in (first, second, third)] == [
        Status.RESTORING,
        Status.WAITING,
        Status.WAITING,
    ]
    assert [document.runs.ahead(e) for e in (first, second, third)] == [0, 1, 2]
    assert document.elsewhere == [first, second]
    engine.let_go(14)  # the rest of the first
    qtbot.waitUntil(lambda: second.status is Status.RESTORING)
    assert document.runs.ahead(third) == 1
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert [e.status for e in (first, second, third)] == [Status.RESTORED] * 3
    assert [e.frames for e in (first, second, third)] == [8, 8, 8]


def test_stop_ends_the_run_of_the_picture_on_view_only(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first = open_it("a")
    document.restore()
    second = open_it("b")
    assert not document.stoppable
    document.stop()
    document.restore()
    assert document.stoppable
    document.stop()  # out of the queue: at once
    assert second.status is Status.READY and second.making is None
    engine.let_go(100)
    qtbot.waitUntil(lambda: first.status is Status.RESTORED)
    assert (first.frames, second.frames) == (8, 0)
    assert len(engine.runs) == 1


def test_stop_all_stops_what_runs_and_what_waits(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first = open_it("a")
    document.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: first.frames == 1)
    second = open_it("b")
    document.restore()
    document.stop_all()
    qtbot.waitUntil(lambda: not document.runs.busy)
    assert (first.status, second.status) == (Status.STOPPED, Status.READY)
    assert first.result is not None


def test_restore_while_waiting_takes_the_new_settings_and_keeps_the_place(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    open_it("a")
    document.restore()
    second = open_it("b")
    document.restore()
    third = open_it("c")
    document.restore()
    document.show(second)
    document.change("Steps", steps=2)
    document.restore()
    assert [document.runs.ahead(e) for e in (second, third)] == [1, 2]
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert second.frames == 2
    assert [task.steps for task in engine.runs] == [8, 2, 8]


def test_restore_in_mid_run_changes_nothing_and_says_so(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    entry = open_it("a")
    document.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: entry.frames == 1)
    run = entry.run
    with qtbot.waitSignal(document.told) as told:
        document.restore()
    assert "stop it first" in told.args[0]
    assert entry.run is run and entry.making is run
    engine.let_go(100)
    qtbot.waitUntil(lambda: entry.status is Status.RESTORED)
    assert len(engine.runs) == 1


def test_a_failure_names_its_picture_and_the_others_go_on(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated, engine.error, engine.fail_at = True, MemoryError(), 2
    first = open_it("a")
    document.restore()
    second = open_it("b")
    document.change("Steps", steps=1)
    document.restore()
    engine.let_go(100)
    qtbot.waitUntil(lambda: second.status is Status.RESTORED)
    sentence = "There is not enough memory for this picture."
    assert [error.sentence for error in document.errors] == [f"a: {sentence}"]
    assert first.failure is not None and first.failure.sentence == sentence
    assert (first.status, first.frames) == (Status.STOPPED, 2)
    assert second.failure is None


def test_a_wish_that_is_not_prepared_yet_survives_a_look_at_another_picture(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    document.show(first)
    document.change("Task", kind="upscale")
    document.restore()
    assert first.eager
    document.show(second)
    qtbot.waitUntil(lambda: first.status is Status.RESTORED)
    assert engine.runs[0].damage.kind == "upscale"
    assert document.current is second


def test_what_was_made_before_one_looked_away_is_seen_when_one_comes_back(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first, second = open_it("a"), open_it("b")
    document.show(first)
    document.restore()
    document.show(second)
    engine.let_go(1)
    qtbot.waitUntil(lambda: first.progress is not None)
    assert document.progress is None
    with qtbot.waitSignal(document.tiles_made) as made:
        document.show(first)
    assert [tile.tile for tile in made.args[0]] == [1]
    assert document.progress is first.progress


def test_closing_a_picture_takes_its_run_out_of_the_queue(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    open_it("a")
    document.restore()
    second = open_it("b")
    document.restore()
    third = open_it("c")
    document.restore()
    document.close(second)
    assert document.runs.ahead(third) == 1
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert len(engine.runs) == 2


# Doubt takes its turn, too.


def test_a_run_does_not_end_the_measuring_of_a_doubt(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    document.show(first)
    finish(qtbot, document, steps=1)
    engine.gated = True
    document.set_view(DOUBT)
    document.show(second)
    document.restore()
    assert second.status is Status.WAITING
    engine.gated = False
    qtbot.waitUntil(lambda: second.status is Status.RESTORED)
    assert first.run is not None and first.run.spread is not None


def test_each_doubt_is_stopped_by_itself(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    entries = [open_it("a"), open_it("b")]
    for entry in entries:
        document.show(entry)
        finish(qtbot, document, steps=1)
    engine.gated = True
    for entry in entries:
        document.show(entry)
        document.set_view(DOUBT)
    assert [document.doubts.ahead(entry.run) for entry in entries] == [0, 1]
    document.stop()  # the second, which waits
    assert [document.doubts.ahead(entry.run) for entry in entries] == [0, None]
    assert document.view is CLEAN
    engine.gated = False
    qtbot.waitUntil(lambda: document.doubts.measuring is None)
    spreads = [entry.run.spread is not None for entry in entries if entry.run]
    assert spreads == [True, False]


# The former result.


def test_the_former_result_comes_back_by_undo_and_the_newer_by_redo(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    open_it("a")
    finish(qtbot, document, steps=3)
    undoable = document.undo_group.activeStack().count()
    entry = finish(qtbot, document, steps=2)
    assert document.undo_group.activeStack().count() == undoable + 2  # the steps, the result
    assert document.undo_group.undoText() == "Restore again"
    document.undo_group.undo()
    assert steps_on_view(document) == 3
    assert entry.playhead == 2
    assert entry.status is Status.RESTORED
    expected = prediction(PICTURE, 2)
    qtbot.waitUntil(lambda: document.shown is not None)
    qtbot.waitUntil(lambda: np.allclose(document.shown, expected, atol=1e-3))
    assert entry.result is not None
    np.testing.assert_allclose(entry.result.pixels, expected, atol=1e-6)
    assert entry.parameters.steps == 2
    document.undo_group.undo()  # as it was before: now the setting
    assert entry.parameters.steps == 3
    document.undo_group.redo()
    document.undo_group.redo()
    assert steps_on_view(document) == 2


def test_results_are_gone_through_and_none_is_lost_by_what_one_does_meanwhile(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    open_it("a")
    for steps in (3, 2, 1):
        entry = finish(qtbot, document, steps)
    document.show_result(-1)
    document.show_result(-1)
    assert steps_on_view(document) == 3
    document.show_result(-1)  # there is none before
    assert steps_on_view(document) == 3
    document.undo_group.undo()
    assert steps_on_view(document) == 2
    document.change("Seed", seed=9)  # what could be redone is gone, the newest result is not
    document.show_result(1)
    assert steps_on_view(document) == 1
    assert len(entry.results) == 3


def test_each_result_is_saved_for_itself(
    qtbot: QtBot, document: Document, open_it: Open, tmp_path: Path
) -> None:
    open_it("a")
    finish(qtbot, document, steps=3)
    with qtbot.waitSignal(document.saved):
        document.save(tmp_path / "first.png", force=False)
    entry = finish(qtbot, document, steps=2)
    assert entry.unsaved
    document.undo_group.undo()
    assert not entry.unsaved
    document.undo_group.redo()
    assert entry.unsaved


def test_the_former_result_can_be_looked_at_and_saved_in_mid_run(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open, tmp_path: Path
) -> None:
    open_it("a")
    entry = finish(qtbot, document, steps=3)
    engine.gated = True
    document.change("Steps", steps=2)
    document.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: entry.frames == 1)
    assert not document.may_keep()
    document.show_result(-1)
    assert steps_on_view(document) == 3
    assert entry.status is Status.RESTORING
    with qtbot.waitSignal(document.saved):
        document.save(tmp_path / "former.png", force=False)
    document.show_result(1)
    assert steps_on_view(document) == 1
    document.show_result(-1)
    engine.let_go(20)
    qtbot.waitUntil(lambda: entry.status is Status.RESTORED)
    assert steps_on_view(document) == 2  # what was asked for is shown when it is done
    document.undo_group.undo()
    assert steps_on_view(document) == 3


def test_while_it_waits_the_former_result_stays_on_view(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    finish(qtbot, document, steps=3)
    engine.gated = True
    document.show(first)
    document.restore()
    document.show(second)
    document.restore()
    assert second.status is Status.WAITING
    assert second.frames == 3 and second.unsaved and second.judged
    document.stop()
    assert second.status is Status.RESTORED
    assert second.frames == 3


def test_saving_in_mid_run_says_why_it_cannot(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open, tmp_path: Path
) -> None:
    engine.gated = True
    entry = open_it("a")
    document.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: entry.frames == 1)
    with qtbot.waitSignal(document.told) as told:
        document.save(tmp_path / "out.png", force=False)
    assert "still being restored" in told.args[0]
    assert not (tmp_path / "out.png").exists()


def test_of_many_results_the_oldest_is_forgotten(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    entry = open_it("a")
    for steps in range(1, MOST + 2):
        finish(qtbot, document, steps)
    assert [len(run.trajectory) for run in entry.results] == list(range(2, MOST + 2))
    while document.undo_group.canUndo():
        document.undo_group.undo()
    assert steps_on_view(document) == 2


def test_former_results_take_no_memory(qtbot: QtBot, document: Document, open_it: Open) -> None:
    open_it("a")
    entry = finish(qtbot, document, steps=3)
    former = entry.run
    assert former is not None
    before = [former.trajectory.read(i, q) for i in range(3) for q in Quantity]
    finish(qtbot, document, steps=2)
    qtbot.waitUntil(lambda: isinstance(former.trajectory.result, np.memmap))
    after = [former.trajectory.read(i, q) for i in range(3) for q in Quantity]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


# Opening what cannot be read.


@pytest.fixture
def good(tmp_path: Path) -> Path:
    write_picture(PICTURE, tmp_path / "good.png")
    return tmp_path / "good.png"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "bad.png").write_text("this is no picture")
    return tmp_path / "bad.png"


def test_a_file_that_cannot_be_read_leaves_the_picture_on_view(
    qtbot: QtBot, document: Document, open_it: Open, bad: Path
) -> None:
    first, second = open_it("a"), open_it("b")
    document.show(first)
    shown: list[object] = []
    document.current_changed.connect(lambda: shown.append(document.current))
    with qtbot.waitSignal(document.errors_changed):
        document.open_files([bad])
    assert document.current is first
    assert shown == []
    assert document.pictures == [first, second]
    assert isinstance(document.errors[0], BadInput)


def test_of_several_files_the_first_that_can_be_read_is_shown(
    qtbot: QtBot, document: Document, open_it: Open, good: Path, bad: Path
) -> None:
    open_it("a")
    document.open_files([bad, good])
    qtbot.waitUntil(lambda: document.current is not None and document.current.path == good)
    assert [entry.title for entry in document.pictures] == ["a", "good.png"]


def test_who_looks_at_another_picture_meanwhile_stays_there(
    qtbot: QtBot, document: Document, open_it: Open, good: Path
) -> None:
    first, _second = open_it("a"), open_it("b")
    document.open_files([good])
    document.show(first)
    opened = document.pictures[-1]
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    assert document.current is first
