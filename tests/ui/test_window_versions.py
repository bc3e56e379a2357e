"""The versions of a picture in the window: chosen, named, deleted and compared."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from restorer.document import OpenPicture, Status, work
from restorer.imaging.picture import Picture
from restorer.ui.canvas import CompareMode
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine, prediction

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PICTURE = Picture(np.random.default_rng(1).random((60, 80, 3), np.float32))


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With a picture that has been restored in one step and then in three."""
    window = empty_window
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    opened = window.document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    for steps in (1, 3):
        window.document.planner.change("Steps", steps=steps)
        QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
        qtbot.waitUntil(lambda n=steps: opened.status is Status.RESTORED and frames(window) == n)
    return window


def current(window: MainWindow) -> OpenPicture:
    assert window.document.pictures.current is not None
    return window.document.pictures.current


def frames(window: MainWindow) -> int:
    return current(window).results.frames


def texts(window: MainWindow) -> list[str]:
    """What the menu of the versions offers, the one on view in brackets."""
    window.panel.results.menu.aboutToShow.emit()
    actions = [action for action in window.panel.results.menu.actions() if action.text()]
    return [f"[{a.text()}]" if a.isChecked() else a.text() for a in actions]


def test_versions_are_chosen_from_a_menu(window: MainWindow) -> None:
    assert texts(window) == [
        "Original",
        "Result 1",
        "[Result 2]",
        "Compare with",
        "Name this result…",
        "Delete this result",
    ]
    window.panel.results.menu.actions()[0].trigger()
    assert current(window).results.shown is None
    assert window.panel.results.text.accessibleName() == "Original"
    assert not window.actions_["name_result"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert frames(window) == 3


def test_a_result_has_the_name_that_it_is_given(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(_: object, title: str, what: str, *__: object) -> tuple[str, bool]:
        asked.append(what)
        return " Soft & clean ", True

    monkeypatch.setattr(QInputDialog, "getText", answer)
    QTest.keyClick(window, Qt.Key.Key_F2)
    assert asked == ["Name of Result 2:"]
    assert window.panel.results.text.accessibleName() == "Soft & clean"
    assert "[Soft && clean]" in texts(window)
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.panel.results.text.accessibleName() == "Result 2 of 2"


def test_closing_asks_about_results_that_are_not_on_view(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, or left for a look at the original; what was undone is given up."""
    said: list[str] = []

    def cancel(_: object, sentences: str, *__: object) -> QMessageBox.StandardButton:
        said.append(sentences)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(FileDialogs, "_ask_to_lose", cancel)
    opened = current(window)
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)  # of the second run
    opened.results.saved_runs.add(opened.results.shown.number)
    assert window.files.may_lose([opened]) and not said
    opened.results.saved_runs.clear()
    window.panel.results.menu.aboutToShow.emit()
    window.panel.results.menu.actions()[0].trigger()
    assert opened.results.shown is None
    assert not window.files.may_lose([opened])
    assert said[-1] == "“a” has results that are not on view and not saved: Result 2."
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Soft", True))
    QTest.keyClick(window, Qt.Key.Key_Left, CTRL)
    window.document.versions.show(next(iter(opened.results)))
    QTest.keyClick(window, Qt.Key.Key_F2)
    window.document.versions.show(None)
    assert not window.files.may_lose([opened])
    assert said[-1] == "“a” has results that are not on view and not saved: Soft, Result 2."


def test_undoing_comes_back_to_a_look_at_the_original(window: MainWindow) -> None:
    results = current(window).results
    while results.shown is not None:
        QTest.keyClick(window, Qt.Key.Key_Left, CTRL)
    assert results.left_unsaved == [results.newest]
    QTest.keyClick(window, Qt.Key.Key_Right, CTRL)
    assert results.shown is not None
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert results.shown is None and results.left_unsaved == [results.newest]
    while current(window).undo.canUndo():  # what was undone is given up
        QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert results.shown is None and not results.left_unsaved


def test_a_result_is_deleted_and_comes_back_by_undo(window: MainWindow) -> None:
    second = current(window).results.shown
    QTest.keyClick(window, Qt.Key.Key_Delete, CTRL)
    assert frames(window) == 1
    assert window.panel.results.text.accessibleName() == "Result 1 of 1"
    QTest.keyClick(window, Qt.Key.Key_Delete, CTRL)
    assert current(window).results.shown is None and not window.panel.results.isVisible()
    assert current(window).status is Status.READY
    for count in (1, 2):
        QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
        assert len(current(window).results) == count
    assert current(window).results.shown is second
    assert current(window).result is not None


def seen_at(window: MainWindow, x: int, y: int) -> list[int]:
    """The colour on the canvas of a pixel of the picture."""
    left, top, width, height = window.canvas.viewport.geometry.target
    place = QPoint(int(left + (x + 0.5) / 80 * width), int(top + (y + 0.5) / 60 * height))
    seen = window.canvas.grab().toImage().pixelColor(place)
    return [seen.red(), seen.green(), seen.blue()]


def test_two_results_are_compared(qtbot: QtBot, window: MainWindow) -> None:
    window.canvas_controller.set_compare(CompareMode.WIPE)
    assert window.canvas.labels[:2] == ("restored", "original")
    QTest.keyClick(window, Qt.Key.Key_D, SHIFT)
    assert window.canvas.labels[:2] == ("Result 2", "Result 1")
    assert window.actions_["compare_result"].isChecked()
    first = prediction(PICTURE, 0)
    qtbot.waitUntil(lambda: window.canvas.layers.compared.source is not None)
    np.testing.assert_allclose(window.canvas.layers.before.source.pixels, first, atol=1e-3)
    window.canvas.viewport.zoom_to(1)
    pixel = seen_at(window, 78, 8)  # to the right of the divider
    assert pixel == pytest.approx(np.rint(255 * first[8, 78]), abs=3)
    QTest.keyPress(window, Qt.Key.Key_Backslash)
    held = seen_at(window, 78, 8)
    QTest.keyRelease(window, Qt.Key.Key_Backslash)
    assert held == pytest.approx(np.rint(255 * PICTURE.pixels[8, 78]), abs=3)
    window.panel.results.menu.aboutToShow.emit()
    submenu = next(a.menu() for a in window.panel.results.menu.actions() if a.menu())
    assert [a.text() for a in submenu.actions() if a.isChecked()] == ["Result 1"]
    submenu.actions()[0].trigger()  # the original
    assert window.canvas.labels[:2] == ("restored", "original")
    assert not window.canvas.layers.compared


def test_what_is_compared_with_goes_with_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_D, SHIFT)
    qtbot.waitUntil(lambda: bool(window.canvas.layers.compared))
    other = window.document.pictures.open_picture(PICTURE, "b")
    qtbot.waitUntil(lambda: other.status is Status.READY)
    assert not window.canvas.layers.compared
    window.document.pictures.show_neighbour(-1)
    qtbot.waitUntil(lambda: bool(window.canvas.layers.compared))
    QTest.keyClick(window, Qt.Key.Key_Left, CTRL)  # that result itself: it is not compared so
    assert window.canvas.labels[1] == "original"


def test_in_the_first_run_there_is_no_result_to_choose(
    qtbot: QtBot, empty_window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    engine.gated = True
    window = empty_window
    opened = window.document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
    engine.let_go(2)
    qtbot.waitUntil(lambda: frames(window) == 1)
    assert not window.panel.results.isVisible()
    engine.gated = False
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert window.panel.results.isVisible()


def test_a_run_that_leaves_nothing_does_not_go_back_to_a_result_that_was_deleted_meanwhile(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    opened = current(window)
    engine.gated = True
    QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORING)
    choose(window, "Result 2")
    window.actions_["delete_result"].trigger()
    assert texts(window)[:3] == ["Original", "[Result 1]", "Result 2"]
    choose(window, "Result 2")  # the one that is being made
    window.document.runs.stop()
    qtbot.waitUntil(lambda: opened.results.making is None)
    assert texts(window)[:2] == ["Original", "[Result 1]"]
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert texts(window)[:3] == ["Original", "Result 1", "[Result 2]"] and frames(window) == 3


def choose(window: MainWindow, text: str) -> None:
    texts(window)
    next(a for a in window.panel.results.menu.actions() if a.text() == text).trigger()


def test_a_closed_picture_is_let_go_with_its_results(qtbot: QtBot, window: MainWindow) -> None:
    """Its undo steps hold it, through Qt, where the garbage collector sees no circle."""
    pictures = window.document.pictures
    gone = weakref.ref(pictures.all[0].results.newest)
    pictures.close(pictures.all[0])
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None)
