"""Going on from a recorded step with other settings, and the tree of what came of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from restorer.document import Status, work
from restorer.document.stored_runs import NEWEST, inputs_of, maps_of, worth_keeping
from restorer.engine.branch import make_branch
from restorer.engine.inputs import Inputs
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, PICTURE, FakeEngine


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With a picture that has been restored in four steps, by chance; the second is on view."""
    window = empty_window
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    opened = window.document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    window.document.planner.change("x", steps=4, faithfulness=0.0, sampler="ddpm")
    window.document.runs.restore()
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    window.document.display.set_playhead(1)
    return window


def go_on(qtbot: QtBot, window: MainWindow, results: int) -> None:
    opened = window.document.pictures.current
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(opened.results) == results and opened.status is Status.RESTORED)


def names(window: MainWindow) -> list[str]:
    return [made.accessibleName() for made in window.runs.branches.tree.buttons]


def test_a_changed_setting_offers_to_go_on_from_the_step_on_view(window: MainWindow) -> None:
    offer = window.panel.branch
    assert not offer.isVisible()
    window.document.planner.change("x", seed=8)
    assert offer.isVisible()
    assert offer.text() == "Go on from step 2"
    assert "seed 8" in offer.toolTip()
    window.document.display.set_playhead(2)
    assert offer.text() == "Go on from step 3"
    window.undo.undo()
    assert not offer.isVisible()
    said: list[str] = []
    window.document.notices.hint.connect(said.append)
    window.actions_["branch"].trigger()  # that would be the same run again
    assert said[0].startswith("Change something first: seed, eta")
    window.document.display.set_playhead(window.document.pictures.current.results.frames - 1)
    window.document.planner.change("x", seed=9)
    assert not offer.isVisible()  # the last step puts no noise back
    window.actions_["branch"].trigger()
    assert "nothing is left to chance" in said[1]
    assert len(window.document.pictures.current.results) == 1


def test_branches_are_results_and_a_tree(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    tree, opened = window.runs.branches.tree, window.document.pictures.current
    first = opened.results.newest
    assert not tree.isVisible()
    window.document.planner.change("x", seed=8)
    go_on(qtbot, window, 2)
    assert (engine.runs[-1].after, engine.runs[-1].trunk) == (1, first.task)
    assert engine.inputs[-1].trunk is first.inputs
    assert tree.isVisible()
    window.document.display.set_playhead(2)
    window.document.planner.change("x", sampler="ddim", eta=0.5)
    go_on(qtbot, window, 3)
    assert names(window) == [
        "Result 1",
        "Result 2: from step 2 with seed 8",
        "Result 3: from step 3 with DDIM, eta 0.5",
    ]
    assert [made.isChecked() for made in tree.buttons] == [False, False, True]
    assert window.undo.undoText() == "Go on from step 3"

    high = tree.window().height()
    area = tree.parentWidget().parentWidget()
    window.resize(window.width(), 600)  # there is room for fewer rows
    qtbot.waitUntil(lambda: area.height() < 3 * tree.row_height)
    window.resize(window.width(), high)

    QTest.mouseClick(tree.buttons[0], Qt.MouseButton.LeftButton)  # versions as any others
    assert opened.results.shown is first
    show, compare = window.runs.branches.menu(2).actions()
    compare.trigger()
    assert opened.compared is opened.results.newest
    show.trigger()
    assert opened.results.shown is opened.results.newest

    QTest.mouseClick(tree.buttons[1], Qt.MouseButton.LeftButton)
    window.document.versions.delete()  # what branches from it stands alone then
    assert names(window) == []
    window.document.versions.show(first)
    assert not tree.isVisible()


def test_while_a_run_is_under_way_none_goes_on_from_it(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = True
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.runs.stoppable)
    assert window.document.branches.step is None
    assert window.document.branches.obstacle.startswith("One can go on from a step once")
    window.document.runs.stop()
    engine.let_go(100)
    qtbot.waitUntil(lambda: not window.document.runs.busy)


def test_why_none_goes_on_is_said(qtbot: QtBot, window: MainWindow) -> None:
    said: list[str] = []
    window.document.notices.hint.connect(said.append)
    opened = window.document.pictures.current
    (run,) = opened.results
    recovered = window.jobs.ended_run(run.task, run.inputs)
    recovered.keep_result(run.trajectory.result, 1.0)
    opened.results.keep(recovered)
    window.document.versions.show(recovered)
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert said[-1].startswith("Of this result only the end was kept")
    window.document.planner.change("x", steps=1)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: len(opened.results) == 3 and opened.status is Status.RESTORED)
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert said[-1].startswith("This run has one step only")


def test_what_a_crash_leaves_of_branches_is_led_by_the_same_maps() -> None:
    strength, hole = np.full((4, 4), 0.5, np.float32), np.ones((4, 4), bool)
    picture = Picture(np.zeros((4, 4, 3), np.float32))
    trunk = RestorationTask(start=40.0, steps=4)
    task = make_branch(make_branch(trunk, 1, replace(trunk, seed=1)), 2, replace(trunk, seed=2))
    first = Inputs(picture, hole)
    inputs = Inputs(picture, strength=strength, trunk=Inputs(picture, hole, strength, trunk=first))
    maps = maps_of(inputs)
    assert len(maps) == 4
    again = inputs_of(picture, task, maps)
    assert again.hole is None and again.strength is strength
    assert again.trunk.hole is hole and again.trunk.strength is strength
    assert again.trunk.trunk.hole is hole and again.trunk.trunk.strength is None
    assert again.trunk.trunk.trunk is None


def test_the_run_that_a_branch_goes_on_from_is_kept_however_old(
    qtbot: QtBot, window: MainWindow
) -> None:
    opened = window.document.pictures.current
    (trunk,) = opened.results
    for seed in range(NEWEST):
        window.document.versions.show(trunk)
        window.document.display.set_playhead(1)
        window.document.planner.change("x", seed=8 + seed)
        go_on(qtbot, window, 2 + seed)
    assert worth_keeping(opened) == list(opened.results)
    for run in list(opened.results)[1:]:
        opened.results.saved_runs.add(run.number)
    assert worth_keeping(opened) == [trunk]
