"""How the window behaves: what covers what, what goes when, what fits, and where things are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from restorer import logs
from restorer.document import Status, work
from restorer.engine.tasks import TASKS
from restorer.engine.views import DOUBT, VIEWS
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.canvas import CompareMode
from restorer.ui.noise.histogram import description, shares_of
from restorer.ui.widgets import screen
from restorer.ui.widgets.screen import fit_on_screen
from restorer.ui.window import presets_menu, recipes
from restorer.ui.window.actions import all_actions
from restorer.ui.window.file_dialogs import FileDialogs, pictures_in
from restorer.ui.window.help_pages import HOW_TO
from restorer.ui.window.sheet import Sheet
from restorer.ui.window.shortcuts import ShortcutSheet
from restorer.ui.window.window import MainWindow
from tests.ui.test_window_queue import NOISY

OVER = (Status.READY, Status.RESTORED)


SMALL = QSize(668, 354)  # what windows have of a screen of 1366 by 768 at 200 %


@pytest.fixture
def small_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "room_for", lambda _: SMALL)


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With one picture on view."""
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    window = empty_window
    pixels = np.random.default_rng(1).random((60, 80, 3), np.float32)
    opened = window.document.pictures.open_picture(Picture(pixels), "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY)
    return window


def place(widget: QWidget) -> QRect:
    """On the screen."""
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def picture(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(Picture(np.full((20, 30, 3), 0.5, np.float32)), path)
    return path


@pytest.mark.parametrize("width", [880, 1280])
def test_no_message_covers_the_picture(qtbot: QtBot, window: MainWindow, width: int) -> None:
    window.resize(width, 600)
    window.document.notices.report(BadInput("Something went wrong with this. " * 6, "detail"))
    window.document.notices.hint.emit("It is being restored. To begin anew, stop it first. " * 4)
    qtbot.waitUntil(window.error_bar.isVisible)
    qtbot.waitUntil(lambda: not place(window.error_bar).intersects(place(window.canvas)))
    assert window.runs.notice.isVisible()
    assert not place(window.runs.notice).intersects(place(window.canvas))
    assert window.runs.notice.height() >= window.runs.notice.heightForWidth(
        window.runs.notice.width()
    )
    assert window.error_bar.text.height() >= window.error_bar.text.heightForWidth(
        window.error_bar.text.width()
    )


def test_a_message_goes_when_its_cause_goes(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    notices = window.document.notices
    for cure in (
        lambda: window.files.open_paths([picture(tmp_path, "b.png")]),
        lambda: window.actions_["restore"].trigger(),
        lambda: window.actions_["close"].trigger(),
    ):
        qtbot.waitUntil(lambda: all(e.status in OVER for e in window.document.pictures.all))
        notices.report(BadInput("That went wrong."))
        assert window.error_bar.isVisible()
        window.document.pictures.current.results.saved_runs |= {1, 2}  # closing does not ask
        cure()
        assert not window.error_bar.isVisible()


def test_no_sentence_of_before_stays_while_a_file_opens(window: MainWindow, tmp_path: Path) -> None:
    window.document.notices.hint.emit("This picture is being restored.")
    assert window.runs.notice.isVisible()
    window.files.open_paths([picture(tmp_path, "b.png")])
    assert not window.runs.notice.isVisible()


def test_folders_open_with_what_is_in_their_folders(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for name in ("b.png", "a/c.png", "a/deep/d.png", ".hidden/e.png"):
        picture(tmp_path, name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "link").symlink_to(tmp_path / "a", target_is_directory=True)
    assert [p.name for p in pictures_in([tmp_path])[0]] == ["b.png", "c.png", "d.png"]
    window.files.open_paths([tmp_path])
    qtbot.waitUntil(lambda: len(window.document.pictures.all) == 4)
    titles = [opened.source.title for opened in window.document.pictures.all]
    assert titles == ["a", "b.png", "c.png", "d.png"]
    assert "Links to folders are not followed: link." in window.runs.notice.text()
    (tmp_path / "empty").mkdir()
    window.files.open_paths([tmp_path / "empty"])
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.error_bar.text.text() == "There are no pictures in this folder."
    qtbot.waitUntil(lambda: all(e.status in OVER for e in window.document.pictures.all))


def test_recent_files_are_in_the_menu(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    recent = window.toolbar.recent
    recent.renew()
    assert not recent.menuAction().isEnabled()
    first = picture(tmp_path, "first & last.png")
    window.files.open_paths([first])
    qtbot.waitUntil(lambda: window.settings.recent == [first.resolve()])
    recent.renew()
    assert recent.menuAction().isEnabled()
    texts = [action.text() for action in recent.actions() if not action.isSeparator()]
    assert texts == ["first && last.png", "Clear the list"]
    with qtbot.waitSignal(recent.chosen) as chosen:
        recent.actions()[0].trigger()
    assert chosen.args == [first.resolve()]
    recent.actions()[-1].trigger()
    assert window.settings.recent == []
    qtbot.waitUntil(lambda: all(e.status in OVER for e in window.document.pictures.all))


def test_settings_are_kept_as_presets(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets_menu, "user_data_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Old / film", True))
    menu, planner = window.toolbar.presets, window.document.planner
    planner.change("x", faithfulness=0.25, grain=0.5)
    window.recipes.save_preset()
    qtbot.waitUntil(lambda: len(presets_menu.all_presets()) == 1)
    planner.change("x", faithfulness=1.0, grain=0.0)
    menu.renew(True)
    assert menu.actions()[0].text() == "Old - film"
    menu.actions()[0].trigger()
    plan = window.document.pictures.current.plan
    qtbot.waitUntil(lambda: plan.parameters.faithfulness == 0.25)
    assert plan.parameters.grain == 0.5
    assert window.undo.undoText() == "Preset Old - film"
    planner.change("x", grain=0.25)
    kept = presets_menu.all_presets()[0].read_bytes()
    asked: list[str] = []
    monkeypatch.setattr(recipes, "confirmed", lambda _, question, *__: asked.append(question))
    window.recipes.save_preset()
    assert asked == ["Replace the preset “Old - film”?"]
    assert presets_menu.all_presets()[0].read_bytes() == kept
    menu.actions()[-1].menu().actions()[0].trigger()  # Remove
    assert not presets_menu.all_presets()
    menu.renew(False)
    assert not any(action.isEnabled() for action in menu.actions() if action.text())


def test_a_part_of_the_picture_has_a_navigator(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.canvas
    small = canvas.navigator
    assert not small.isVisible()
    canvas.viewport.zoom_to(32.0)
    assert small.isVisible()
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    left, top, *_ = canvas.viewport.geometry.visible
    assert (left, top) == (0, 0)
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=small.rect().bottomRight())
    left, top, wide, tall = canvas.viewport.geometry.visible
    assert (left + wide, top + tall) == (80, 60)
    window.actions_["navigator"].trigger()
    assert not small.isVisible()


def test_the_histogram_counts_what_is_on_view(qtbot: QtBot, window: MainWindow) -> None:
    black, half = np.zeros((4, 8, 3), np.float32), np.full((4, 8, 3), 0.5, np.float32)
    half[:2] = 1
    assert shares_of(half)[:, [128, 255]].tolist() == [[50, 50]] * 3
    assert description(shares_of(black)).endswith(
        "Black: 100.0\N{NO-BREAK SPACE}%, white: 0.0\N{NO-BREAK SPACE}%."
    )
    window.actions_["histogram"].trigger()
    dialog = window.histogram.dialog
    qtbot.waitUntil(lambda: dialog.sentence.text().startswith("Half of it is darker than"))
    before = dialog.sentence.text()
    window.document.runs.restore()
    qtbot.waitUntil(lambda: dialog.sentence.text() != before)
    qtbot.waitUntil(lambda: not window.document.runs.busy)
    window.document.pictures.close(window.document.pictures.current)
    assert dialog.sentence.text() == ""  # it speaks of no picture that is gone


def test_views_can_be_read_and_chosen_in_a_narrow_window(qtbot: QtBot, window: MainWindow) -> None:
    window.document.runs.restore()
    current = window.document.pictures.current
    qtbot.waitUntil(lambda: current.status is Status.RESTORED)
    bar = window.view_bar
    window.resize(1280, 700)
    qtbot.waitUntil(lambda: bar.view.isVisible() and not bar.view_list.isVisible())
    window.resize(880, 600)
    qtbot.waitUntil(lambda: bar.view_list.isVisible() and not bar.view.isVisible())
    assert [bar.view_list.itemText(n) for n in range(bar.view_list.count())] == [
        view.title for view in VIEWS
    ]
    bar.view_list.activated.emit(1)
    assert window.document.display.view is VIEWS[1]
    window.document.display.set_view(VIEWS[2])
    assert bar.view_list.currentIndex() == 2
    assert DOUBT in VIEWS


def test_the_list_of_views_is_never_blank(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(880, 600)
    views = window.view_bar.view_list
    qtbot.waitUntil(views.isVisible)
    window.canvas_controller.show_forward(500.0)  # fog is no view of a run
    assert views.currentIndex() == -1 and views.placeholderText() == "View"
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.RESTORED)
    assert views.currentText() == "Clean"
    ways = window.view_bar.compare_list
    assert ways.currentText() == "Wipe"
    window.canvas_controller.show_forward(500.0)  # that shows one picture
    assert ways.currentText() == "One picture" and not window.actions_["wipe"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_S)  # and no fog hides what is compared
    assert ways.currentText() == "Side by side" and views.currentText() == "Clean"


def test_the_chosen_thumbnail_looks_like_the_picture(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.files.open_paths([picture(tmp_path, "grey.png")])
    qtbot.waitUntil(lambda: window.document.pictures.current.source.title == "grey.png")
    qtbot.waitUntil(lambda: window.document.pictures.current.status in OVER)
    assert window.strip.item(1).isSelected()
    centre = window.strip.visualItemRect(window.strip.item(1)).center() - QPoint(0, 16)
    shown = window.strip.viewport().grab().toImage().pixelColor(centre)
    assert [shown.red(), shown.green(), shown.blue()] == pytest.approx([128] * 3, abs=2)


def test_the_brush_is_put_down_when_another_picture_comes_on_view(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.files.open_paths([picture(tmp_path, "b.png")])
    qtbot.waitUntil(lambda: window.document.pictures.current.source.title == "b.png")
    qtbot.waitUntil(lambda: window.document.pictures.current.status in OVER)
    QTest.keyClick(window, Qt.Key.Key_M)
    assert window.canvas.pointer.tool is not None
    first = window.strip.visualItemRect(window.strip.item(0)).center()
    qtbot.mouseClick(window.strip.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert window.document.pictures.current is window.document.pictures.all[0]
    assert window.canvas.pointer.tool is None and window.tools.active  # laid out, with none in hand
    QTest.keyClick(window, Qt.Key.Key_B)
    assert window.canvas.pointer.tool is not None


def test_a_setting_that_differs_is_called_as_on_the_panel(qtbot: QtBot, window: MainWindow) -> None:
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.RESTORED)
    look = window.panel.rows["look"].field
    QTest.keyClick(look.slider, Qt.Key.Key_End)
    assert window.panel.rows["differs"].text.text().endswith("differs in: Look.")
    shown = [text.text() for text in look.findChildren(QLabel) if text.isVisible()]
    assert shown == ["Faithful", "Look", "Vivid"]


def test_planning_all_the_steps_is_seen_and_can_be_stopped(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "measure", lambda picture: replace(NOISY, scratches=1))
    monkeypatch.setattr(work, "count_scratches", lambda *_: 1)
    window.files.open_paths([picture(tmp_path, "b.png")])
    qtbot.waitUntil(lambda: window.document.pictures.current.source.title == "b.png")
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.READY)
    assert window.panel.restore.text() == "Clean everything"
    qtbot.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    assert window.panel.restore.text() == "Stop" and window.panel.restore.isEnabled()
    assert window.panel.hint.text() == "It starts in a moment."
    assert window.status.text.text() == "Planning the next step, Esc stops"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.panel.restore.text() == "Clean everything"
    assert window.document.pictures.current.results.steps is None


def test_a_gif_is_saved_as_png_and_the_window_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = tmp_path / "old.gif", []
    Image.fromarray(np.full((20, 30), 128, np.uint8)).save(path)
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: window.document.pictures.current.source.path == path)
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.READY)
    window.actions_["restore"].trigger()
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.RESTORED)

    def as_typed(_: QWidget, title: str, suggested: str, __: str) -> tuple[str, str]:
        said.append((title, Path(suggested).name))
        return str(tmp_path / "new.gif"), ""

    def confirm(_: FileDialogs, question: str, __: str) -> bool:
        said.append(question)
        return True

    monkeypatch.setattr(QFileDialog, "getSaveFileName", as_typed)
    monkeypatch.setattr(FileDialogs, "_confirm", confirm)
    with qtbot.waitSignal(window.document.saver.saved) as saved:
        QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved.args == [tmp_path / "new.png"] and (tmp_path / "new.png").exists()
    assert said == [
        ("Save result as PNG: GIF cannot be written", "old-restored.png"),
        "GIF cannot be written. Save it as “new.png”?",
    ]


def test_enter_presses_the_focused_button(qtbot: QtBot, window: MainWindow) -> None:
    pressed: list[bool] = []
    button = window.findChild(QPushButton, "restore")
    assert isinstance(button, QPushButton) and button.isEnabled()
    button.clicked.connect(lambda: pressed.append(True))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        button.setFocus()
        QTest.keyClick(button, key)
        qtbot.waitUntil(lambda: not window.document.pictures.current.results.making)
    assert len(pressed) == 3


def test_windows_fit_on_the_screen(qtbot: QtBot, window: MainWindow) -> None:
    huge = QSize(100_000, 100_000)
    dialog = QWidget()
    qtbot.addWidget(dialog)
    fit_on_screen(dialog, huge, huge)
    room = dialog.screen().availableSize()
    assert dialog.width() <= room.width() and dialog.height() <= room.height()
    assert dialog.minimumSize() == dialog.size()
    assert window.width() <= room.width() and window.height() <= room.height()


def cut(area: QScrollArea) -> list[str]:
    """What can be seen in an area that scrolls up and down, and reaches over its right edge."""
    found = []
    for part in area.widget().findChildren(QWidget):
        if isinstance(part, (QLabel, QPushButton)) and part.isVisible():
            right = part.mapTo(area.viewport(), QPoint(part.width(), 0)).x()
            if right > area.viewport().width() or part.width() < part.minimumSizeHint().width():
                found.append(part.text())
    return found


def test_dialogs_can_be_read_on_a_small_screen(
    qtbot: QtBot, small_screen: None, window: MainWindow
) -> None:
    window.models.show()
    window.training.show()
    assert window.models.dialog is not None and window.training.dialog is not None
    for dialog in (window.models.dialog, window.training.dialog):
        qtbot.waitExposed(dialog)
        assert dialog.size() == SMALL
        for page in range(2):
            dialog.pages.setCurrentIndex(page)
            area = dialog.pages.parentWidget().parentWidget()
            assert isinstance(area, QScrollArea)
            qtbot.waitUntil(lambda area=area: cut(area) == [])
        dialog.close()


def test_the_welcome_page_fits_a_small_screen(
    qtbot: QtBot, small_screen: None, window: MainWindow
) -> None:
    window.document.pictures.close(window.document.pictures.current)
    welcome = window.welcome
    qtbot.waitUntil(lambda: len({card.y() for card in welcome.cards}) == 2)
    qtbot.waitUntil(lambda: welcome.horizontalScrollBar().maximum() == 0)
    rightmost = max(card.geometry().right() for card in welcome.cards)
    assert rightmost < welcome.viewport().width()


def test_where_there_is_little_room_comparisons_are_a_list_and_the_zoom_goes(
    qtbot: QtBot, small_screen: None, window: MainWindow, tmp_path: Path
) -> None:
    window.files.open_paths([picture(tmp_path, "b.png")])  # with two there is a strip
    qtbot.waitUntil(lambda: window.document.pictures.current.source.title == "b.png")
    qtbot.waitUntil(lambda: window.document.pictures.current.status in OVER)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.RESTORED)
    bar = window.view_bar
    qtbot.waitUntil(bar.compare_list.isVisible)
    assert not bar.compare.isVisible() and not bar.zoom.isVisible()
    assert bar.compare_list.currentText() == "Wipe"
    qtbot.waitUntil(lambda: bar.compare_list.geometry().right() <= bar.width())
    bar.compare_list.setFocus()
    QTest.keyClick(bar.compare_list, Qt.Key.Key_Down)
    assert window.canvas.compare is CompareMode.SIDE_BY_SIDE
    window.resize(880, 600)
    qtbot.waitUntil(bar.compare.isVisible)


def test_nothing_in_the_shortcut_sheet_is_cut(qtbot: QtBot, window: MainWindow) -> None:
    window.help.show_shortcuts()
    sheet = window.findChild(ShortcutSheet)
    qtbot.waitExposed(sheet)
    for _, pair in sheet._rows:
        for part in pair:
            assert part.height() >= part.heightForWidth(part.width())
            assert part.geometry().right() <= part.parentWidget().width()
    sheet.close()


def test_help_tells_where_the_log_file_is(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: texts.append(box.text()))
    monkeypatch.setattr(logs, "log_folder", lambda: tmp_path)
    window.help.show_about()
    logs.begin("window")
    try:
        window.help.show_about()
    finally:
        logs.end()
    assert "Log file" not in texts[0]
    assert str(tmp_path / "window.log") in texts[1]


def test_the_canvas_has_a_menu_unless_the_right_button_erases(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr(
        QMenu, "popup", lambda menu, _: opened.append([a.text() for a in menu.actions()])
    )
    window.canvas.customContextMenuRequested.emit(QPoint(5, 5))
    assert {"Restore", "Wipe", "Inspector"} <= set(opened.pop())
    window.actions_["mask"].trigger()
    window.actions_["brush"].trigger()
    window.canvas.customContextMenuRequested.emit(QPoint(5, 5))
    assert not opened


def test_what_is_off_says_why(window: MainWindow) -> None:
    for action in all_actions():
        shown = window.actions_[action.name]
        named, *why = shown.toolTip().splitlines()
        assert named.startswith(shown.text()) and bool(why) is not shown.isEnabled(), action.name
    assert window.actions_["save"].toolTip().endswith("\nRestore the picture first.")


def test_help_says_how_each_thing_is_done(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_["how_to"].trigger()
    (sheet,) = (top for top in window.findChildren(Sheet) if top.isVisible())
    said = " ".join(part.text() for part in sheet.findChildren(QLabel))
    assert all(title in said and text in said for title, text in HOW_TO)
    assert all(f"Task: {kind.words.title}" in said for kind in TASKS.values() if kind.offered)
    for words in re.findall(r"Ctrl\+\w+(?:\+\w+)?|\bF1\b", said):
        keys = {key for action in all_actions() for key in action.keys.split()}
        assert words in keys or words.replace("Enter", "Return") in keys, words
    sheet.close()


def test_a_page_of_help_that_is_closed_is_gone(qtbot: QtBot, empty_window: MainWindow) -> None:
    for page in ("how_to", "shortcuts", "limitations"):
        before = set(QApplication.topLevelWidgets())
        empty_window.actions_[page].trigger()
        (shown,) = (w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible())
        with qtbot.waitSignal(shown.destroyed):
            shown.close()


def test_a_dialog_begins_in_no_folder_that_is_gone(
    empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(
        QFileDialog,
        "getOpenFileNames",
        lambda _, __, folder, *___: (begun.append(folder), ([], ""))[1],
    )
    for folder in (tmp_path, tmp_path / "gone"):
        empty_window.settings.folder = str(folder)
        empty_window.actions_["open"].trigger()
    assert begun[0] == str(tmp_path) and begun[1] != str(tmp_path / "gone")
