"""Several pictures restored one after the other, in the window; with a scriptable engine."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from restorer.document import OpenPicture, Status, work
from restorer.engine.views import DOUBT
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.ui.canvas import CompareMode
from restorer.ui.widgets.theme import DARK, LIGHT
from restorer.ui.window import taskbar
from restorer.ui.window.badge import HEIGHT, Badge, Sign, badge_of, draw
from restorer.ui.window.closing import Closing
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.picture_strip import close_sign
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine
from tests.ui.dropping import drop
from tests.ui.test_window import asks

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(gated=True)


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With three pictures, a, b and c, of which the last is on view."""
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    window = empty_window
    rng = np.random.default_rng(1)
    for title in "abc":
        window.document.pictures.open_picture(Picture(rng.random((60, 80, 3), np.float32)), title)
    qtbot.waitUntil(lambda: all(e.status is Status.READY for e in window.document.pictures.all))
    return window


def pictures(window: MainWindow) -> list[OpenPicture]:
    return window.document.pictures.all


def restore_all(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    """One after the other; the first has made a quarter of its steps, the last is on view."""
    for row in range(3):
        window.strip.setCurrentRow(row)
        QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
    engine.let_go(4)
    qtbot.waitUntil(lambda: window.strip.badge(0) == Badge(Sign.RUNNING, share=0.25))


def choose(menu: QMenu, text: str) -> None:
    """Trigger what a menu calls so."""
    next(action for action in menu.actions() if action.text() == text).trigger()


def signs(window: MainWindow) -> list[Sign | None]:
    badges = [window.strip.badge(row) for row in range(3)]
    return [badge.sign if badge else None for badge in badges]


def test_badges_tell_what_waits_runs_and_is_done(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    assert signs(window) == [None, None, None]
    restore_all(qtbot, window, engine)
    assert [window.strip.badge(row) for row in range(3)] == [
        Badge(Sign.RUNNING, share=0.25),
        Badge(Sign.WAITING, place=1),
        Badge(Sign.WAITING, place=2),
    ]
    assert window.status.text.text() == "Waiting for 2 other runs"
    assert window.status.elsewhere.text().startswith("Restoring “a”, ")
    assert window.status.elsewhere.text().endswith("1 waiting")
    assert "one other run" in window.strip.item(1).toolTip()
    assert taskbar.state(window.document) == (3, 25)
    engine.let_go(14)
    qtbot.waitUntil(lambda: signs(window) == [Sign.DONE, Sign.RUNNING, Sign.WAITING])
    assert window.strip.badge(2) == Badge(Sign.WAITING, place=1)
    engine.let_go(100)
    qtbot.waitUntil(lambda: signs(window) == [Sign.DONE] * 3)
    assert window.status.elsewhere.text() == ""
    assert taskbar.state(window.document) == (0, 0)


def test_escape_stops_the_picture_on_view_and_tells_of_the_others(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    restore_all(qtbot, window, engine)
    assert window.panel.restore.text() == "Stop waiting"
    QTest.keyClick(window, Qt.Key.Key_Escape)  # c waits
    assert [e.status for e in pictures(window)] == [
        Status.RESTORING,
        Status.WAITING,
        Status.READY,
    ]
    assert not window.runs.notice.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)  # nothing of c is left to stop
    assert window.runs.notice.isVisible()
    assert window.runs.notice.text().startswith("“a” is being restored.")
    assert pictures(window)[0].status is Status.RESTORING
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.runs.notice.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.runs.notice.isVisible()
    window.strip.setCurrentRow(0)
    assert not window.runs.notice.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: pictures(window)[0].status is Status.STOPPED)
    qtbot.waitUntil(lambda: pictures(window)[1].status is Status.RESTORING)
    assert signs(window) == [Sign.STOPPED, Sign.RUNNING, None]


def test_a_doubt_elsewhere_is_told_and_can_be_stopped(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    document, third = window.document, pictures(window)[2]
    engine.gated = False
    document.runs.restore()
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)
    engine.gated = True
    document.display.set_view(DOUBT)
    window.strip.setCurrentRow(0)
    assert window.status.elsewhere.text() == "Measuring the doubt of “c”"
    document.runs.restore()
    window.strip.setCurrentRow(1)
    assert window.status.elsewhere.text() == "Measuring the doubt of “c”, 1 waiting"
    document.runs.stop(pictures(window)[0])
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.runs.notice.text().startswith("The doubt of “c” is being measured.")
    QTest.keyClick(window, Qt.Key.Key_Escape, SHIFT)
    qtbot.waitUntil(lambda: document.doubts.measuring is None)
    assert window.status.elsewhere.text() == ""


def test_pause_holds_all_runs_where_they_are(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    restore_all(qtbot, window, engine)
    assert window.actions_["pause_all"].isEnabled()
    window.actions_["pause_all"].trigger()
    assert window.actions_["pause_all"].isChecked()
    assert window.strip.badge(0) == Badge(Sign.RUNNING, share=0.25, paused=True)
    assert window.status.elsewhere.text() == "Paused: “a”, 1 waiting"
    engine.let_go(100)
    qtbot.wait(100)
    assert pictures(window)[0].results.frames == 2
    window.actions_["pause_all"].trigger()
    qtbot.waitUntil(lambda: signs(window) == [Sign.DONE] * 3)
    assert not window.actions_["pause_all"].isEnabled()


def test_what_is_paused_can_be_stopped_and_the_next_is_not_paused(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    restore_all(qtbot, window, engine)
    window.document.queue.pause(True)
    window.strip.setCurrentRow(0)
    assert window.status.text.text().startswith("Paused. Restoring: step 2 of 8, ")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: pictures(window)[0].status is Status.STOPPED)
    assert window.document.queue.paused  # b and c are held still
    QTest.keyClick(window, Qt.Key.Key_Escape, SHIFT)
    qtbot.waitUntil(lambda: not window.document.runs.busy)
    assert not window.document.queue.paused


def test_those_that_wait_change_their_order(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    restore_all(qtbot, window, engine)
    first, second, third = pictures(window)
    menu = window.strip.menu(first)  # it runs
    assert "Restore next" not in [action.text() for action in menu.actions()]
    choose(window.strip.menu(third), "Restore next")
    assert [window.strip.badge(row) for row in (1, 2)] == [
        Badge(Sign.WAITING, place=2),
        Badge(Sign.WAITING, place=1),
    ]
    enabled = {action.text(): action.isEnabled() for action in window.strip.menu(third).actions()}
    assert [enabled[f"Restore {which}"] for which in ("next", "earlier", "later")] == [
        False,
        False,
        True,
    ]
    assert window.document.runs.busy == [first, third, second]
    choose(window.strip.menu(third), "Restore later")
    assert window.document.runs.busy == [first, second, third]


def test_what_failed_is_tried_again(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    engine.gated, engine.error = False, BadInput("It did not work.")
    third = pictures(window)[2]
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.strip.badge(2) == Badge(Sign.FAILED))
    engine.error = None
    choose(window.strip.menu(third), "Try again")
    qtbot.waitUntil(lambda: third.status is Status.RESTORED)


def test_shift_escape_stops_all(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    restore_all(qtbot, window, engine)
    QTest.keyClick(window, Qt.Key.Key_Escape, SHIFT)
    qtbot.waitUntil(lambda: not window.document.runs.busy)
    assert [e.status for e in pictures(window)] == [Status.STOPPED, Status.READY, Status.READY]
    assert not window.actions_["stop_all"].isEnabled()


def test_the_menu_of_the_strip_stops_and_closes_what_is_not_on_view(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore_all(qtbot, window, engine)
    first, second, third = pictures(window)
    menu = window.strip.menu(second)
    texts = [action.text() for action in menu.actions() if action.text()]
    moves = ["Restore next", "Restore earlier", "Restore later"]
    rest = ["Restore all", "Apply settings on view", "Close picture", "Close the others"]
    assert texts == ["Stop waiting", *moves, *rest]
    menu.actions()[0].trigger()
    assert second.status is Status.READY
    questions: list[str] = []
    asks(monkeypatch, questions)
    choose(window.strip.menu(first), "Close picture")
    assert questions == ["“a” is still being restored."]
    assert first in pictures(window) and first.status is Status.RESTORING
    choose(window.strip.menu(second), "Close picture")  # nothing is lost: nothing is asked
    assert len(questions) == 1
    assert pictures(window) == [first, third]
    assert window.document.pictures.current is third


def test_closing_the_window_asks_one_question_about_all(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore_all(qtbot, window, engine)
    engine.let_go(12)
    qtbot.waitUntil(lambda: pictures(window)[0].status is Status.RESTORED)
    questions: list[str] = []
    asks(monkeypatch, questions)
    assert not window.close()
    assert questions == [
        "2 pictures are still to be restored: “b”, “c”.\nThe result of “a” is not saved."
    ]


def test_one_question_speaks_of_other_rooms_too(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []
    asks(monkeypatch, questions)
    others = (lambda: "“x” is still being trained.", lambda: "")
    leaving = Closing(window, window.document, window.files, others)
    assert not leaving.may_close()
    assert questions == ["“x” is still being trained."]


def test_a_save_under_way_is_waited_for_when_the_window_closes(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine.gated = False
    questions: list[str] = []
    asks(monkeypatch, questions)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: pictures(window)[2].status is Status.RESTORED)
    window.document.pictures.compute(lambda: time.sleep(0.2), lambda _: None)
    window.document.saver.save(tmp_path / "out.png", force=False)
    assert not window.close()
    assert "as soon as" in window.runs.notice.text()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert read_picture(tmp_path / "out.png").size == (80, 60)
    assert questions == []


def test_a_save_that_fails_keeps_the_window_open(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine.gated = False
    questions: list[str] = []
    asks(monkeypatch, questions)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: pictures(window)[2].status is Status.RESTORED)
    window.document.saver.save(tmp_path / "no folder" / "out.png", force=False)
    assert not window.close()
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.isVisible() and questions == []
    assert not window.close()
    assert questions == ["The result of “c” is not saved."]


def test_nobody_is_told_to_wait_for_what_is_saved(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.gated = False
    window.document.runs.restore()
    qtbot.waitUntil(lambda: pictures(window)[2].status is Status.RESTORED)
    window.document.notices.hint.emit("One moment.")
    assert window.runs.notice.isVisible()
    with qtbot.waitSignal(window.document.saver.saved):
        window.document.saver.save(tmp_path / "out.png", force=False)
    assert not window.runs.notice.isVisible()


@pytest.mark.parametrize("folder", [".", "no folder"])
def test_a_save_that_ends_under_the_question(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
) -> None:
    document = window.document
    engine.gated = False
    for row in (1, 2):
        window.strip.setCurrentRow(row)
        document.runs.restore()
        qtbot.waitUntil(lambda row=row: pictures(window)[row].status is Status.RESTORED)

    def discard(*_: object) -> QMessageBox.StandardButton:
        qtbot.waitUntil(lambda: not document.saver.saving)
        return QMessageBox.StandardButton.Discard

    monkeypatch.setattr(FileDialogs, "_ask_to_lose", discard)
    document.saver.save(tmp_path / folder / "out.png", force=False)
    whole = folder == "."
    assert window.close() is whole  # a result that could not be saved was not in the question
    assert window.isVisible() is not whole
    assert (tmp_path / "out.png").exists() is whole


def test_save_in_mid_run_says_why_it_cannot(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", ""))
    restore_all(qtbot, window, engine)
    window.strip.setCurrentRow(0)
    for name in ("save", "save_as", "copy", "use_result"):
        window.runs.notice.hide()
        window.actions_[name].trigger()
        assert "still being restored" in window.runs.notice.text()
        assert window.runs.notice.isVisible()
    assert asked == []
    assert len(pictures(window)) == 3


def test_the_former_result_is_a_key_away(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = False
    opened = pictures(window)[2]
    assert not window.panel.results.isVisible()
    for steps in (3, 2):
        window.document.planner.change("Steps", steps=steps)
        QTest.keyClick(window, Qt.Key.Key_Return, CTRL)
        qtbot.waitUntil(
            lambda n=steps: opened.status is Status.RESTORED and opened.results.frames == n
        )
    assert window.panel.results.text.accessibleName() == "Result 2 of 2"
    assert window.actions_["undo"].text() == "Undo: Restore again"
    QTest.keyClick(window.timeline, Qt.Key.Key_Left, CTRL)
    assert opened.results.frames == 3
    assert window.timeline.model.playhead.frame == 2
    assert window.panel.results.text.accessibleName() == "Result 1 of 2"
    qtbot.mouseClick(window.panel.results.former, Qt.MouseButton.LeftButton)
    assert window.panel.results.text.accessibleName() == "Original" and opened.results.shown is None
    assert not window.panel.results.former.isEnabled()
    for frames in (3, 2):
        qtbot.mouseClick(window.panel.results.newer, Qt.MouseButton.LeftButton)
        assert opened.results.frames == frames
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert opened.results.frames == 3


def test_in_mid_run_the_former_result_is_shown_as_one_that_is_over(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    opened = pictures(window)[2]
    for _ in range(2):
        engine.let_go(16)
        window.document.runs.restore()
        qtbot.waitUntil(lambda: opened.results.making is None)
    assert len(opened.results) == 2
    window.document.runs.restore()
    engine.let_go(2)
    qtbot.waitUntil(lambda: len(window.timeline.model.frames) == 1)
    assert (window.canvas.compare, window.timeline.model.expected_steps) == (CompareMode.SINGLE, 8)
    QTest.keyClick(window.timeline, Qt.Key.Key_Left, CTRL)
    assert (window.canvas.compare, window.timeline.model.expected_steps) == (CompareMode.WIPE, 0)
    assert len(window.timeline.model.frames) == 8
    QTest.keyClick(window.timeline, Qt.Key.Key_Right, CTRL)
    assert (window.canvas.compare, window.timeline.model.expected_steps) == (CompareMode.SINGLE, 8)
    assert len(window.timeline.model.frames) == 1


def test_after_restore_space_plays(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    opened = pictures(window)[2]
    window.panel.restore.setFocus()
    qtbot.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    engine.let_go(100)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.timeline.playback.playing
    assert opened.status is Status.RESTORED  # it does not press the button again


def test_after_fill_space_leaves_the_mask(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = False
    document = window.document
    document.planner.change("Task", task="inpaint")
    assert window.mask_widget.bar.isVisible()
    mask = document.pictures.current.painted.mask or document.masks.painted(
        window.mask_widget.tools.layer
    )
    window.mask_widget.bar.slider.setFocus()
    canvas = window.canvas
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    window.mask_widget.bar.slider.setFocus()
    before = mask.values.copy()
    assert before.any()
    document.runs.restore()  # as a run does that had to wait: the focus is left where it is
    qtbot.waitUntil(lambda: document.pictures.current.status is Status.RESTORED)
    assert not window.mask_widget.bar.slider.isVisible()
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Space)
    np.testing.assert_array_equal(mask.values, before)
    assert window.timeline.playback.playing


def test_a_drop_that_fails_leaves_the_picture_and_says_why(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    bad = tmp_path / "letter.png"
    bad.write_text("Dear Sir or Madam")
    window.strip.setCurrentRow(0)
    shown: list[object] = []
    window.document.pictures.switched.connect(lambda: shown.append(1))
    drop(window, bad)
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.document.pictures.current is pictures(window)[0]
    assert shown == []
    assert window.strip.count() == 3
    assert "letter.png" in window.error_bar.text.text()


# Badges by themselves.


def test_a_failure_is_worn_until_the_next_run(window: MainWindow) -> None:
    opened = pictures(window)[0]
    opened.results.failure = BadInput("No.")
    assert badge_of(opened, 0) == Badge(Sign.FAILED)
    opened.status = Status.WAITING
    assert badge_of(opened, 3) == Badge(Sign.WAITING, place=3)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("sign", Sign)
def test_every_badge_is_seen_and_stays_in_its_corner(sign: Sign, theme: object) -> None:
    image = QImage(100, 60, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 255, 0))
    painter = QPainter(image)
    draw(painter, image.rect().bottomRight(), Badge(sign, place=7, share=0.4), theme)
    painter.end()
    painted = [
        (x, y) for x in range(100) for y in range(60) if image.pixelColor(x, y) != QColor("#00ff00")
    ]
    assert len(painted) > 200
    assert min(x for x, _ in painted) > 60
    assert min(y for _, y in painted) >= 60 - HEIGHT - 4


def test_the_ring_closes_with_the_work() -> None:
    ink = []
    for share in (0.1, 0.5, 0.9):
        image = QImage(30, 30, QImage.Format.Format_ARGB32)
        image.fill(DARK["popup"])
        painter = QPainter(image)
        draw(painter, image.rect().bottomRight(), Badge(Sign.RUNNING, share=share), DARK)
        painter.end()
        bright = DARK["text"].lightness() - 20
        ink.append(
            sum(image.pixelColor(x, y).lightness() > bright for x in range(30) for y in range(30))
        )
    assert ink[0] < ink[1] < ink[2]


def results_of_all(qtbot: QtBot, window: MainWindow, engine: FakeEngine, folder: Path) -> None:
    """Each of the three has a result that is not saved, and a place beside a file of its name."""
    engine.gated = False
    for row, opened in enumerate(pictures(window)):
        opened.source = replace(opened.source, origin=folder / f"{opened.source.title}.png")
        window.strip.setCurrentRow(row)
        window.document.runs.restore()
        qtbot.waitUntil(lambda opened=opened: opened.status is Status.RESTORED)


def test_save_all_saves_beside_the_pictures_and_over_nothing(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results_of_all(qtbot, window, engine, tmp_path)
    second = pictures(window)[1]  # as two files of one name would have it
    second.source = replace(second.source, origin=tmp_path / "a.png")
    (tmp_path / "c-restored.png").write_text("something else")
    questions: list[str] = []
    asks(monkeypatch, questions, QMessageBox.StandardButton.SaveAll)
    assert not window.close()
    assert questions == ["3 results are not saved: “a”, “b”, “c”."]
    qtbot.waitUntil(lambda: not window.isVisible())
    saved = sorted(path.name for path in tmp_path.glob("*-restored*"))
    assert saved == ["a-restored-2.png", "a-restored.png", "c-restored-2.png", "c-restored.png"]
    assert (tmp_path / "c-restored.png").read_text() == "something else"
    assert read_picture(tmp_path / "c-restored-2.png").size == (80, 60)


def test_a_picture_that_is_saved_closes_afterwards(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results_of_all(qtbot, window, engine, tmp_path)
    first, second, third = pictures(window)
    questions: list[str] = []
    asks(monkeypatch, questions, QMessageBox.StandardButton.SaveAll)
    choose(window.strip.menu(first), "Close the others")
    assert pictures(window) == [first, second, third]  # what is not written yet is not let go
    qtbot.waitUntil(lambda: pictures(window) == [first])
    saved = {path.name for path in tmp_path.glob("*-restored*")}
    assert saved == {"b-restored.png", "c-restored.png"}
    first.source = replace(first.source, origin=tmp_path / "no folder" / "a.png")
    window.actions_["close"].trigger()
    qtbot.waitUntil(window.error_bar.isVisible)
    assert pictures(window) == [first], "what could not be saved stays"


@pytest.mark.parametrize("button", ["Save all", "Discard", "Cancel"])
def test_the_question_before_results_are_lost_offers_to_save_them(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    button: str,
) -> None:
    results_of_all(qtbot, window, engine, tmp_path)
    boxes: list[list[str]] = []

    def press(box: QMessageBox) -> int:
        texts = {b.text(): b for b in box.buttons()}
        boxes.append(sorted(texts))
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda _: texts[button])
        return 0

    monkeypatch.setattr(QMessageBox, "exec", press)
    window.close()
    assert boxes == [["Cancel", "Discard", "Save all"]]
    qtbot.waitUntil(lambda: not window.document.saver.saving)
    assert window.isVisible() is (button == "Cancel")
    assert len(list(tmp_path.glob("*-restored.png"))) == (3 if button == "Save all" else 0)


@pytest.mark.parametrize("by", ["sign", "middle"])
def test_a_picture_is_closed_on_its_thumbnail(qtbot: QtBot, window: MainWindow, by: str) -> None:
    first, _, third = pictures(window)
    item = window.strip.visualItemRect(window.strip.item(1))
    left, middle = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    place = close_sign(item).center() if by == "sign" else item.center()
    qtbot.mouseClick(window.strip.viewport(), left if by == "sign" else middle, pos=place)
    assert pictures(window) == [first, third]
    assert window.document.pictures.current is third, "it was not shown for that"
    below = window.strip.visualItemRect(window.strip.item(0)).center()
    qtbot.mouseClick(window.strip.viewport(), left, pos=below)
    assert pictures(window) == [first, third]
    assert window.document.pictures.current is first


def test_the_menu_of_a_thumbnail_restores_without_showing(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = False
    first, _, third = pictures(window)
    choose(window.strip.menu(first), "Restore")
    qtbot.waitUntil(lambda: first.status is Status.RESTORED)
    assert window.document.pictures.current is third


# All of them.


def test_all_pictures_are_restored_and_saved(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    for n in range(10):  # more than are read before anybody looks at them
        rng = np.random.default_rng(n)
        write_picture(Picture(rng.random((40, 50, 3), np.float32)), tmp_path / f"{n}.png")
    window.files.open_paths([tmp_path])
    qtbot.waitUntil(lambda: len(pictures(window)) == 13)
    assert any(not opened.content.requested for opened in pictures(window))
    engine.gated = False
    QTest.keyClick(window, Qt.Key.Key_Return, CTRL | SHIFT)
    restored = (Status.RESTORED,) * 13
    qtbot.waitUntil(lambda: tuple(o.status for o in pictures(window)) == restored, timeout=30_000)
    assert not window.actions_["restore_all"].isEnabled()
    for opened in pictures(window)[:3]:  # they came from no file
        opened.results.saved_runs |= {run.number for run in opened.runs}
    window.actions_["save_all"].trigger()
    qtbot.waitUntil(lambda: not window.document.saver.saving)
    assert {path.name for path in tmp_path.glob("*-restored.png")} == {
        f"{n}-restored.png" for n in range(10)
    }
    qtbot.waitUntil(window.runs.notice.isVisible)
    assert window.runs.notice.text().startswith("10 results were saved beside their pictures")
    assert not window.actions_["save_all"].isEnabled()


def test_stop_all_begins_none_of_those_that_wait(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    choose(window.strip.menu(pictures(window)[0]), "Restore all")
    qtbot.waitUntil(lambda: len(window.document.runs.busy) == 3)
    QTest.keyClick(window, Qt.Key.Key_Escape, SHIFT)
    qtbot.waitUntil(lambda: not window.document.runs.busy)
    assert not window.document.batch.waits
    assert all(not len(opened.results) for opened in pictures(window))
    assert window.actions_["restore_all"].isEnabled()


def test_of_results_that_could_not_be_saved_it_is_not_said_that_they_were(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does the window wait for ever for a check that has failed."""
    for opened in list(pictures(window)):
        window.document.pictures.close(opened)

    def no_memory(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(work, "judge", no_memory)
    engine.gated = False
    paths = [tmp_path / "gone" / "a.png", tmp_path / "b.png"]
    paths[0].parent.mkdir()
    for path in paths:
        write_picture(Picture(np.random.default_rng(1).random((40, 50, 3), np.float32)), path)
    window.files.open_paths(paths)
    qtbot.waitUntil(lambda: len(pictures(window)) == 2)
    QTest.keyClick(window, Qt.Key.Key_Return, CTRL | SHIFT)
    both = [Status.RESTORED] * 2
    qtbot.waitUntil(lambda: [opened.status for opened in pictures(window)] == both)
    paths[0].unlink()
    paths[0].parent.rmdir()
    window.actions_["save_all"].trigger()
    qtbot.waitUntil(lambda: not window.document.saver.saving)
    assert (tmp_path / "b-restored.png").exists()
    qtbot.waitUntil(window.runs.notice.isVisible)
    assert window.runs.notice.text().startswith("The result was saved beside its picture")
    assert window.actions_["save_all"].isEnabled()
