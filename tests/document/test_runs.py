"""Runs of several pictures, and several results of one; with a scriptable engine.

What a key or a button does with them is in tests/ui/test_window_queue.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Document, Layer, OpenPicture, Status, work
from restorer.document.masks.edits import Edit
from restorer.document.masks.painted import FULL, box_index
from restorer.engine.trajectory import Quantity
from restorer.engine.views import CLEAN, DOUBT
from restorer.imaging import scratch
from restorer.imaging.write import write_picture
from tests.fakes import PICTURE, FakeEngine, prediction

Open = Callable[[str], OpenPicture]


def finish(qtbot: QtBot, document: Document, steps: int) -> OpenPicture:
    """Restore the picture on view in so many steps."""
    opened = document.pictures.current
    assert opened is not None
    document.planner.change("Steps", steps=steps)
    document.runs.restore()
    qtbot.waitUntil(lambda: opened.results.making is None and opened.results.frames == steps)
    return opened


def steps_on_view(document: Document) -> int:
    assert document.pictures.current is not None
    return document.pictures.current.results.frames


# A queue.


def test_restoring_a_second_picture_waits_for_the_first(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first = open_it("a")
    document.runs.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: first.results.frames == 1)
    second = open_it("b")
    document.runs.restore()
    third = open_it("c")
    document.runs.restore()
    assert [e.status for e in (first, second, third)] == [
        Status.RESTORING,
        Status.WAITING,
        Status.WAITING,
    ]
    assert [document.runs.ahead(e) for e in (first, second, third)] == [0, 1, 2]
    assert document.runs.elsewhere == [first, second]
    engine.let_go(14)  # the rest of the first
    qtbot.waitUntil(lambda: second.status is Status.RESTORING)
    assert document.runs.ahead(third) == 1
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert [e.status for e in (first, second, third)] == [Status.RESTORED] * 3
    assert [e.results.frames for e in (first, second, third)] == [8, 8, 8]


def test_restore_while_waiting_takes_the_new_settings_and_keeps_the_place(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    open_it("a")
    document.runs.restore()
    second = open_it("b")
    document.runs.restore()
    third = open_it("c")
    document.runs.restore()
    document.pictures.show(second)
    document.planner.change("Steps", steps=2)
    document.runs.restore()
    assert [document.runs.ahead(e) for e in (second, third)] == [1, 2]
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert second.results.frames == 2
    assert [task.steps for task in engine.runs] == [8, 2, 8]


def test_restore_in_mid_run_changes_nothing_and_says_so(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it("a")
    document.runs.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: opened.results.frames == 1)
    run = opened.results.shown
    with qtbot.waitSignal(document.notices.hint) as told:
        document.runs.restore()
    assert "before you start again" in told.args[0]
    assert opened.results.shown is run and opened.results.making is run
    engine.let_go(100)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert len(engine.runs) == 1


def test_restore_while_a_run_is_being_stopped_begins_it_anew(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it("a")
    document.restore()
    qtbot.waitUntil(lambda: len(engine.runs) == 1)
    document.runs.stop()
    assert opened.status is Status.STOPPING
    document.restore()
    engine.let_go(100)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert len(engine.runs) == 2 and len(opened.results) == 1


def test_a_failure_names_its_picture_and_the_others_go_on(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated, engine.error, engine.fail_at = True, MemoryError(), 2
    first = open_it("a")
    document.runs.restore()
    second = open_it("b")
    document.planner.change("Steps", steps=1)
    document.runs.restore()
    engine.let_go(100)
    qtbot.waitUntil(lambda: second.status is Status.RESTORED)
    sentence = "There is not enough memory for this picture."
    assert [error.sentence for error in document.notices.errors] == [f"a: {sentence}"]
    assert first.results.failure is not None and first.results.failure.sentence == sentence
    assert (first.status, first.results.frames) == (Status.STOPPED, 2)
    assert second.results.failure is None


def test_a_wish_that_is_not_prepared_yet_survives_a_look_at_another_picture(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    document.pictures.show(first)
    document.planner.change("Task", task="upscale")
    document.runs.restore()
    assert first.plan.begins_soon
    document.pictures.show(second)
    qtbot.waitUntil(lambda: first.status is Status.RESTORED)
    assert engine.runs[0].damage.kind == "upscale"
    assert document.pictures.current is second


def test_what_was_made_before_one_looked_away_is_seen_when_one_comes_back(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    first, second = open_it("a"), open_it("b")
    document.pictures.show(first)
    document.runs.restore()
    document.pictures.show(second)
    engine.let_go(1)
    qtbot.waitUntil(lambda: first.results.progress is not None)
    with qtbot.waitSignal(document.display.tiles_made) as made:
        document.pictures.show(first)
    assert [tile.tile for tile in made.args[0]] == [1]


def test_closing_a_picture_takes_its_run_out_of_the_queue(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    open_it("a")
    document.runs.restore()
    second = open_it("b")
    document.runs.restore()
    third = open_it("c")
    document.runs.restore()
    document.pictures.close(second)
    assert document.runs.ahead(third) == 1
    engine.let_go(100)
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    assert len(engine.runs) == 2


def test_closing_the_only_picture_that_was_held_holds_no_other(
    document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it("a")
    document.runs.restore()
    document.queue.pause(True)
    document.pictures.close(opened)
    assert not document.queue.paused


def test_who_asks_for_something_else_while_a_restore_waits_does_not_get_it(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    opened = open_it("a")
    document.planner.change("Task", task="upscale")
    document.runs.restore()  # once the repair has been prepared
    assert opened.plan.begins_soon and document.runs.stoppable
    document.planner.change("Seed", seed=5)
    assert not opened.plan.begins_soon
    qtbot.waitUntil(lambda: opened.plan.complete)
    assert opened.plan.awaited is None and opened.results.making is None
    assert engine.runs == []


# Doubt takes its turn, too.


def test_a_run_does_not_end_the_measuring_of_a_doubt(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    document.pictures.show(first)
    finish(qtbot, document, steps=1)
    engine.gated = True
    document.display.set_view(DOUBT)
    document.pictures.show(second)
    document.runs.restore()
    assert second.status is Status.WAITING
    engine.gated = False
    qtbot.waitUntil(lambda: second.status is Status.RESTORED)
    assert first.results.shown is not None and first.results.shown.spread is not None


def test_each_doubt_is_stopped_by_itself(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    pictures = [open_it("a"), open_it("b")]
    for opened in pictures:
        document.pictures.show(opened)
        finish(qtbot, document, steps=1)
    engine.gated = True
    for opened in pictures:
        document.pictures.show(opened)
        document.display.set_view(DOUBT)
    assert [document.doubts.ahead(opened.results.shown) for opened in pictures] == [0, 1]
    document.runs.stop()  # the second, which waits
    assert [document.doubts.ahead(opened.results.shown) for opened in pictures] == [0, None]
    assert document.display.view is CLEAN
    engine.gated = False
    qtbot.waitUntil(lambda: document.doubts.measuring is None)
    spreads = [
        opened.results.shown.spread is not None for opened in pictures if opened.results.shown
    ]
    assert spreads == [True, False]


# The former result.


def test_the_former_result_comes_back_by_undo_and_the_newer_by_redo(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    open_it("a")
    finish(qtbot, document, steps=3)
    undoable = document.pictures.undo_group.activeStack().count()
    opened = finish(qtbot, document, steps=2)
    assert (
        document.pictures.undo_group.activeStack().count() == undoable + 2
    )  # the steps, the result
    assert document.pictures.undo_group.undoText() == "Restore again"
    document.pictures.undo_group.undo()
    assert steps_on_view(document) == 3
    assert opened.results.playhead == 2
    assert opened.status is Status.RESTORED
    expected = prediction(PICTURE, 2)
    qtbot.waitUntil(lambda: document.display.shown is not None)
    qtbot.waitUntil(lambda: np.allclose(document.display.shown, expected, atol=1e-3))
    assert opened.result is not None
    np.testing.assert_allclose(opened.result.pixels, expected, atol=1e-6)
    assert opened.plan.parameters.steps == 2
    document.pictures.undo_group.undo()  # as it was before: now the setting
    assert opened.plan.parameters.steps == 3
    document.pictures.undo_group.redo()
    document.pictures.undo_group.redo()
    assert steps_on_view(document) == 2


def test_results_are_gone_through_and_none_is_lost_by_what_one_does_meanwhile(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    open_it("a")
    for steps in (3, 2, 1):
        opened = finish(qtbot, document, steps)
    document.versions.step(-1)
    document.versions.step(-1)
    assert steps_on_view(document) == 3
    document.versions.step(-1)
    assert opened.results.shown is None  # the original
    document.versions.step(-1)  # there is none before
    document.pictures.undo_group.undo()
    assert steps_on_view(document) == 3
    document.pictures.undo_group.undo()
    assert steps_on_view(document) == 2
    document.planner.change(
        "Seed", seed=9
    )  # what could be redone is gone, the newest result is not
    document.versions.step(1)
    assert steps_on_view(document) == 1
    assert len(opened.results) == 3


def test_each_result_is_saved_for_itself(
    qtbot: QtBot, document: Document, open_it: Open, tmp_path: Path
) -> None:
    open_it("a")
    finish(qtbot, document, steps=3)
    with qtbot.waitSignal(document.saver.saved):
        document.saver.save(tmp_path / "first.png", force=False)
    opened = finish(qtbot, document, steps=2)
    assert opened.unsaved
    document.pictures.undo_group.undo()
    assert not opened.unsaved
    document.pictures.undo_group.redo()
    assert opened.unsaved


def test_the_former_result_can_be_looked_at_and_saved_in_mid_run(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open, tmp_path: Path
) -> None:
    open_it("a")
    opened = finish(qtbot, document, steps=3)
    engine.gated = True
    document.planner.change("Steps", steps=2)
    document.runs.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: opened.results.frames == 1)
    assert not document.saver.may_keep()
    document.versions.step(-1)
    assert steps_on_view(document) == 3
    assert opened.status is Status.RESTORING
    with qtbot.waitSignal(document.saver.saved):
        document.saver.save(tmp_path / "former.png", force=False)
    document.versions.step(1)
    assert steps_on_view(document) == 1
    document.versions.step(-1)
    engine.let_go(20)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert steps_on_view(document) == 2  # what was asked for is shown when it is done
    document.pictures.undo_group.undo()
    assert steps_on_view(document) == 3


def test_while_it_waits_the_former_result_stays_on_view(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it("a"), open_it("b")
    finish(qtbot, document, steps=3)
    engine.gated = True
    document.pictures.show(first)
    document.runs.restore()
    document.pictures.show(second)
    document.runs.restore()
    assert second.status is Status.WAITING
    assert second.results.frames == 3 and second.unsaved and second.judged
    document.runs.stop()
    assert second.status is Status.RESTORED
    assert second.results.frames == 3


def test_every_result_is_kept(qtbot: QtBot, document: Document, open_it: Open) -> None:
    opened = open_it("a")
    for steps in range(1, 8):
        finish(qtbot, document, steps)
    assert [len(run.trajectory) for run in opened.results] == list(range(1, 8))
    qtbot.waitUntil(lambda: sum(run.trajectory.in_memory > 0 for run in opened.results) == 1)
    while document.pictures.undo_group.undoText() != "Restore":
        document.pictures.undo_group.undo()
    assert steps_on_view(document) == 1
    document.pictures.undo_group.undo()
    assert opened.results.shown is None


def test_results_of_many_pictures_keep_to_a_budget(
    qtbot: QtBot, document: Document, open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = []
    for title in "abc":
        pictures.append(open_it(title))
        finish(qtbot, document, steps=2)
    trajectories = [opened.results.shown.trajectory for opened in pictures]
    size = trajectories[0].in_memory
    assert [t.in_memory for t in trajectories] == [size] * 3
    monkeypatch.setattr(document.runs, "budget", lambda: 2 * size)
    pictures.append(open_it("d"))
    finish(qtbot, document, steps=2)
    qtbot.waitUntil(lambda: [t.in_memory for t in trajectories] == [0, 0, size])
    assert pictures[-1].results.shown.trajectory.in_memory == size
    assert trajectories[0].result is not None


def test_former_results_take_no_memory(qtbot: QtBot, document: Document, open_it: Open) -> None:
    open_it("a")
    opened = finish(qtbot, document, steps=3)
    former = opened.results.shown
    assert former is not None
    before = [former.trajectory.read(i, q) for i in range(3) for q in Quantity]
    finish(qtbot, document, steps=2)
    qtbot.waitUntil(lambda: scratch.is_in_file(former.trajectory.result))
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


def test_of_several_files_the_first_that_can_be_read_is_shown(
    qtbot: QtBot, document: Document, open_it: Open, good: Path, bad: Path
) -> None:
    open_it("a")
    document.pictures.open_files([bad, good])
    qtbot.waitUntil(
        lambda: (
            document.pictures.current is not None and document.pictures.current.source.path == good
        )
    )
    assert [opened.source.title for opened in document.pictures.all] == ["a", "good.png"]


def test_who_looks_at_another_picture_meanwhile_stays_there(
    qtbot: QtBot, document: Document, open_it: Open, good: Path
) -> None:
    first, _second = open_it("a"), open_it("b")
    document.pictures.open_files([good])
    document.pictures.show(first)
    opened = document.pictures.all[-1]
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    assert document.pictures.current is first


@pytest.mark.parametrize("clean", [True, False])
def test_restore_waits_for_a_mark_that_was_made_just_now(
    qtbot: QtBot,
    document: Document,
    engine: FakeEngine,
    open_it: Callable[..., OpenPicture],
    monkeypatch: pytest.MonkeyPatch,
    clean: bool,
) -> None:
    if clean:
        found = DegradationEstimate(noise=0.0, noise_in_file=0.0, clean=True)
        monkeypatch.setattr(work, "measure", lambda picture: found)
    opened = open_it()
    qtbot.waitUntil(lambda: not opened.content.searching)
    mask = document.masks.painted(Layer.MASK)
    assert mask is not None
    qtbot.waitUntil(lambda: not opened.painted.counting)  # of the empty one
    all_of_it = Edit.from_function(mask, lambda box: mask.values[box_index(box)] + FULL)
    document.masks.paint("Brush", Layer.MASK, all_of_it)
    document.restore()
    qtbot.waitUntil(lambda: bool(engine.runs) and not opened.plan.awaited, timeout=10_000)
    qtbot.waitUntil(lambda: opened.results.steps is None, timeout=10_000)
    kinds = [task.damage.kind for task in engine.runs]
    assert kinds == (["inpaint"] if clean else ["denoise", "inpaint"])
