"""Painting in the window: from the key M to what the engine is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from restorer.document import Layer, PaintedMask, Readiness, work
from restorer.imaging.mask_files import read_mask, write_mask
from restorer.imaging.picture import Picture
from restorer.imaging.regions import grown
from restorer.imaging.write import write_picture
from restorer.ui.mask.brushes import LineTool
from restorer.ui.mask.tools import MaskTools, ToolKind
from restorer.ui.window.shortcuts import sheet_rows
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import opened, restored

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
WIDTH, HEIGHT = 160, 120


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, tmp_path: Path) -> MainWindow:
    """With a clean picture of 160 by 120 pixels at 100%."""
    window = empty_window
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32) / WIDTH
    write_picture(Picture(np.stack([x, y, (x + y) / 2], axis=2)), tmp_path / "photo.png")
    opened(qtbot, window, tmp_path / "photo.png")
    return window


def tools(window: MainWindow) -> MaskTools:
    return window.mask_widget.tools


def press_key(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key)


def place(window: MainWindow, x: float, y: float) -> QPoint:
    left, top, *_ = window.canvas.viewport.geometry.target
    zoom = window.canvas.viewport.zoom
    return QPoint(round(left + x * zoom), round(top + y * zoom))


def drag(
    window: MainWindow,
    *points: tuple[float, float],
    button: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.mousePress(window.canvas, button, keys, place(window, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(window.canvas, place(window, *point))
    QTest.mouseRelease(window.canvas, button, keys, place(window, *points[-1]))


def mask_of(window: MainWindow) -> PaintedMask:
    opened = window.document.pictures.current
    assert opened is not None
    assert opened.painted.mask is not None
    return opened.painted.mask


def drawn(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.document.masks.drawing, timeout=20000)


def test_m_lays_the_tools_out_and_puts_them_away(window: MainWindow) -> None:
    assert not window.mask_widget.strip.isVisible()
    press_key(window, Qt.Key.Key_M)
    assert window.mask_widget.strip.isVisible()
    assert window.mask_widget.bar.isVisible()
    assert tools(window).kind is ToolKind.BRUSH
    assert window.canvas.pointer.tool is tools(window).tool
    press_key(window, Qt.Key.Key_V)
    assert window.canvas.pointer.tool is None
    assert window.mask_widget.strip.isVisible()
    press_key(window, Qt.Key.Key_Escape)
    assert not window.mask_widget.strip.isVisible()
    press_key(window, Qt.Key.Key_L)  # no tool without the strip
    assert window.canvas.pointer.tool is None


def test_painting_erasing_and_taking_back(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    tools(window).set_size(20)
    drag(window, (40, 60), (120, 60))
    mask = mask_of(window)
    painted = mask.values.copy()
    assert mask.hole()[60, 35:125].all()
    assert mask.hole().sum() == pytest.approx(80 * 20 + np.pi * 100, rel=0.03)
    drag(window, (80, 40), (80, 80), button=RIGHT)
    assert not mask.hole()[60, 75:85].any()
    press_key(window, Qt.Key.Key_E)
    drag(window, (40, 60), (41, 60))
    assert not mask.hole()[60, 35:45].any()
    undo = window.actions_["undo"]
    for _ in range(2):
        undo.trigger()
    assert np.array_equal(mask.values, painted)
    undo.trigger()
    assert not mask.values.any()
    assert not undo.isEnabled()


def test_shift_goes_on_straight_from_the_last_stroke(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    tools(window).set_size(10)
    drag(window, (20, 20), (20, 21))
    drag(window, (140, 20), keys=Qt.KeyboardModifier.ShiftModifier)
    assert mask_of(window).hole()[20, 20:140].all()
    drag(window, (80, 100))
    assert not mask_of(window).hole()[60].any()


def test_a_line_is_painted_when_it_ends(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    press_key(window, Qt.Key.Key_L)
    tools(window).set_size(6)
    QTest.mousePress(window.canvas, LEFT, pos=place(window, 20, 100))
    for x in (60, 100, 140):
        QTest.mouseMove(window.canvas, place(window, x, 10))
    assert not mask_of(window).values.any()
    line = tools(window).tool
    assert isinstance(line, LineTool) and len(line.trail) == 2
    QTest.mouseRelease(window.canvas, LEFT, pos=place(window, 140, 40))
    hole = mask_of(window).hole()
    assert hole[10, 140]
    assert hole.sum() == pytest.approx(np.hypot(120, 90) * 6 + np.pi * 9, rel=0.05)


def test_lasso_and_select_by_colour(qtbot: QtBot, window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    press_key(window, Qt.Key.Key_O)
    drag(window, (20, 20), (100, 20), (100, 80), (20, 80))
    drawn(qtbot, window)
    assert mask_of(window).hole().sum() == 80 * 60
    press_key(window, Qt.Key.Key_C)
    tools(window).set_tolerance(10)
    drag(window, (140, 100), keys=Qt.KeyboardModifier.ControlModifier)
    drawn(qtbot, window)
    hole = mask_of(window).hole()
    assert hole[100, 140]
    assert hole[100, 135:146].all()
    assert not hole[100, :130].any()


def test_brackets_change_the_size_and_the_bar_says_so(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    tools(window).set_size(40)
    press_key(window, Qt.Key.Key_BracketRight)
    assert tools(window).size == pytest.approx(50)
    press_key(window, Qt.Key.Key_BracketLeft)
    press_key(window, Qt.Key.Key_BracketLeft)
    assert tools(window).size == pytest.approx(32)
    assert window.mask_widget.bar._value.text() == "32 px"
    window.mask_widget.bar.slider.setValue(100)
    assert tools(window).size == pytest.approx(1000)
    press_key(window, Qt.Key.Key_C)
    assert window.mask_widget.bar._name.text() == "Tolerance"
    window.mask_widget.bar.slider.setValue(33)
    assert tools(window).tolerance == 33


def test_grow_invert_and_clear_from_the_bar(qtbot: QtBot, window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    drag(window, (60, 60), (90, 60))
    before = mask_of(window).hole()
    buttons = window.mask_widget.bar.buttons
    for name, expected in (
        ("grow", grown(before, 1)),
        ("invert", ~grown(before, 1)),
        ("clear", np.zeros_like(before)),
    ):
        qtbot.mouseClick(buttons[name], LEFT)
        drawn(qtbot, window)
        assert np.array_equal(mask_of(window).hole(), expected)


def test_choosing_to_fill_hands_over_the_brush_and_what_is_painted_is_filled(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    window.document.planner.change("What to do", task="inpaint")
    assert tools(window).kind is ToolKind.BRUSH
    assert not window.panel.restore.isEnabled()
    drag(window, (60, 60), (90, 60))
    hole = mask_of(window).hole()
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=20000)
    drag(window, (60, 90), (90, 90))  # planned anew for every stroke
    assert window.document.planner.readiness is Readiness.PREPARING
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=20000)
    hole |= mask_of(window).hole()
    restored(qtbot, window)
    assert np.array_equal(engine.inputs[0].hole, hole)
    assert window.canvas.pointer.tool is None  # what came of it is to be seen
    assert window.mask_widget.strip.isVisible()
    qtbot.mouseClick(window.mask_widget.strip.buttons["brush"], LEFT)
    assert window.canvas.pointer.tool is tools(window).tool
    window.document.planner.change("Task", task="upscale")
    assert not window.mask_widget.bar.isVisible()  # a task that uses no mask
    assert window.canvas.pointer.tool is None
    window.document.pictures.undo_group.undo()
    assert not window.mask_widget.bar.isVisible()  # something is marked already


def test_a_mask_goes_to_a_file_and_back(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo-mask.png"
    suggested = []

    def save_as(parent: object, title: str, name: str, kinds: str) -> tuple[str, str]:
        suggested.append(name)
        return str(path.with_suffix("")), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save_as)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    press_key(window, Qt.Key.Key_M)
    drag(window, (60, 60), (90, 60))
    kept = mask_of(window).values.copy()
    with qtbot.waitSignal(window.document.masks.saved):
        window.actions_["save_mask"].trigger()
    assert suggested == [str(path)]
    assert np.array_equal(read_mask(path, (WIDTH, HEIGHT)), kept)
    window.actions_["clear"].trigger()
    window.actions_["load_mask"].trigger()
    drawn(qtbot, window)
    assert np.array_equal(mask_of(window).values, kept)


def test_a_mask_that_does_not_fit_is_a_sentence(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mask(np.zeros((8, 9), np.uint8), tmp_path / "small.png")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "small.png"), "")
    )
    press_key(window, Qt.Key.Key_M)
    window.actions_["load_mask"].trigger()
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.error_bar.text.text() == (
        "The mask small.png is 9 by 8 pixels, but the picture is 160 by 120."
    )


def test_every_picture_has_its_own_mask(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    press_key(window, Qt.Key.Key_M)
    drag(window, (60, 60), (90, 60))
    first = mask_of(window)
    QTest.mousePress(window.canvas, LEFT, pos=place(window, 20, 20))
    painted = first.values.copy()
    shutil.copy(tmp_path / "photo.png", tmp_path / "other.png")
    opened(qtbot, window, tmp_path / "other.png")  # in the middle of a stroke
    QTest.mouseRelease(window.canvas, LEFT, pos=place(window, 30, 30))
    second = window.document.pictures.current
    assert second is not None
    assert second.painted.mask is None or not second.painted.mask.values.any()
    assert second.undo.count() == 0
    window.document.pictures.show_neighbour(-1)
    assert mask_of(window) is first
    press_key(window, Qt.Key.Key_B)  # the brush was put down
    assert window.canvas.mask_layer.shown is first
    assert first.values.sum() < painted.sum()  # the stroke that did not end left nothing


def test_everything_has_a_name_and_stands_in_the_sheet_of_shortcuts(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    room = window.mask_widget
    for button in (*room.strip.findChildren(QToolButton), *room.bar.findChildren(QToolButton)):
        assert button.accessibleName() or button.text()
        assert button.toolTip()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert room.bar.slider.accessibleName() == "Size"
    keys = {text: keys for section, text, keys in sheet_rows() if section == "Mask"}
    assert keys["Brush"] == "B"
    assert keys["Larger brush"] == "]"
    assert len(keys) >= 14


def test_the_bar_fits_the_smallest_window(window: MainWindow) -> None:
    window.resize(window.minimumSize())
    press_key(window, Qt.Key.Key_M)
    press_key(window, Qt.Key.Key_X)  # the strength brush has the most to set
    assert window.mask_widget.bar.minimumSizeHint().width() <= window.mask_widget.width()
    assert window.width() == window.minimumWidth()


def test_the_overlay_has_the_colour_that_was_chosen(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    tools(window).set_size(40)
    drag(window, (80, 60))

    def middle() -> tuple[int, int, int]:
        grabbed = window.canvas.grab().toImage()
        ratio = grabbed.devicePixelRatio()
        at = place(window, 90, 60)
        color = grabbed.pixelColor(round(at.x() * ratio), round(at.y() * ratio))
        return color.red(), color.green(), color.blue()

    red = middle()
    window.actions_["green"].trigger()
    green = middle()
    assert red[0] > red[1] + 40
    assert green[1] > green[0] + 40
    assert window.settings.overlay == "green"


def test_x_turns_to_strength_and_back(window: MainWindow) -> None:
    press_key(window, Qt.Key.Key_M)
    drag(window, (60, 60), (90, 60))
    press_key(window, Qt.Key.Key_X)
    assert tools(window).layer is Layer.STRENGTH
    opened = window.document.pictures.current
    assert opened is not None
    tools(window).set_size(30)
    tools(window).set_amount(0.2)
    drag(window, (60, 60), (90, 60))
    assert opened.painted.strength is not None
    assert opened.painted.strength.values.min() == 51
    assert opened.painted.strength.values[0, 0] == 255
    drag(window, (60, 60), (90, 60), button=RIGHT)
    assert opened.painted.strength.values.min() > 51
    press_key(window, Qt.Key.Key_X)
    assert tools(window).layer is Layer.MASK
    assert window.canvas.mask_layer.shown is opened.painted.mask


def test_a_protected_area_keeps_every_bit_or_as_much_as_is_said(
    qtbot: QtBot, window: MainWindow
) -> None:
    with qtbot.waitSignal(window.document.notices.hint) as told:
        window.actions_["protect"].trigger()
    assert "Drag a rectangle" in told.args[0]
    assert "up to 50 %" in told.args[0]  # above that a sampler may make things up
    assert window.mask_widget.bar.amount.isVisible()
    opened = window.document.pictures.current
    for amount, left in ((0.0, 0), (0.4, 102)):
        tools(window).set_amount(amount)
        drag(window, (40, 40), (80, 70))
        qtbot.waitUntil(lambda left=left: opened.painted.strength.values[50, 60] == left)
        assert opened.painted.strength.values[10, 10] == 255


def test_marks_are_walked_through_taken_away_and_grown(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(picture: Picture, sensitivity: float) -> np.ndarray:
        found = np.zeros(picture.pixels.shape[:2], bool)
        found[10:13, 20:23] = found[30:34, 40:44] = found[60:62, 60:62] = True
        return found

    def holds(count: int) -> None:
        qtbot.waitUntil(lambda: mask_of(window).hole().sum() == count, timeout=20000)

    monkeypatch.setattr(work, "find_scratches", find)
    press_key(window, Qt.Key.Key_M)
    press_key(window, Qt.Key.Key_F)
    holds(29)
    tool, walk = tools(window).mark_tool, tools(window).walk
    largest, second = (40, 30, 44, 34), (20, 10, 23, 13)

    def walked_to(box: tuple[int, ...], by: int) -> None:
        with qtbot.waitSignal(walk.walked, timeout=20000):
            walk.step(by)
        assert tool.framed is not None and tool.framed.box == box

    walked_to(largest, 1)
    walked_to(second, 1)
    with qtbot.waitSignal(walk.walked, timeout=20000):
        press_key(window, Qt.Key.Key_Backspace)
    assert tool.framed.box == (60, 60, 62, 62)  # the next one, where one was taken away
    walked_to(largest, -1)
    window.undo.undo()
    with qtbot.waitSignal(walk.walked, timeout=20000):
        press_key(window, Qt.Key.Key_N)
    assert tool.framed.box == second
    for by in (1, 2):  # it keeps its frame
        with qtbot.waitSignal(walk.walked, timeout=20000):
            press_key(window, Qt.Key.Key_G)
        left, top, right, bottom = second
        assert tool.framed.box == (left - by, top - by, right + by, bottom + by)
    window.undo.undo()
    window.undo.undo()
    assert tool.framed is None
    walked_to(largest, 1)
    walked_to(second, 1)
    window.canvas.pointer.position = None  # the frame is seen wherever the pointer is
    framed, with_frame = tool.framed, window.canvas.grab().toImage()
    tool.framed = None
    assert window.canvas.grab().toImage() != with_frame
    tool.framed = framed
    press_key(window, Qt.Key.Key_G)
    holds(16 + 25 - 4 + 4)
    window.undo.undo()
    with qtbot.waitSignal(walk.walked, timeout=20000):
        press_key(window, Qt.Key.Key_N)
    press_key(window, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: mask_of(window).hole().sum() in (13, 20, 25), timeout=20000)
    window.undo.undo()
    drag(window, (42, 32), (42, 32))
    holds(13)


def test_scratches_are_found_and_found_anew_with_another_sensitivity(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    hurried: list[float] = []

    def find(picture: Picture, sensitivity: float, coarse: bool = False) -> np.ndarray:
        """The more sensitive, the more lines."""
        (hurried if coarse else asked).append(sensitivity)
        found = np.zeros(picture.pixels.shape[:2], bool)
        found[: round(10 * sensitivity) * 4 : 4] = True
        return found

    def settled(sensitivity: float) -> None:
        done = lambda: sensitivity in asked and not tools(window).searching  # noqa: E731
        qtbot.waitUntil(done, timeout=20000)

    monkeypatch.setattr(work, "find_scratches", find)
    press_key(window, Qt.Key.Key_M)
    drag(window, (60, 100), (90, 100))
    by_hand = mask_of(window).hole()
    press_key(window, Qt.Key.Key_F)
    settled(0.5)
    assert window.canvas.pointer.tool is tools(window).mark_tool
    assert window.canvas.mask_layer.shown is mask_of(window)
    found = by_hand.copy()
    found[:20:4] = True
    assert np.array_equal(mask_of(window).hole(), found)
    bar = window.mask_widget.bar
    assert bar._name.text() == "Sensitivity"
    for value in (60, 70, 80):
        bar.slider.setValue(value)
    assert bar._value.text() == "80 %"
    before, shown = mask_of(window).hole(), window.canvas.mask_layer
    qtbot.waitUntil(lambda: shown.shown is not mask_of(window), timeout=20000)
    found[:32:4] = True
    qtbot.waitUntil(lambda: np.array_equal(shown.shown.hole(), found), timeout=20000)
    assert np.array_equal(mask_of(window).hole(), before)  # not painted before it rests
    settled(0.8)
    assert len(hurried) < 4 and hurried[-1] == 0.8
    assert bar._value.text() == "80 %"
    assert shown.shown is mask_of(window)
    assert np.array_equal(mask_of(window).hole(), found)
    undo = window.actions_["undo"]
    undo.trigger()  # one step, however often it was tried
    assert np.array_equal(mask_of(window).hole(), by_hand)
    assert bar._value.text() == "50 %"  # and the slider with it
    window.actions_["redo"].trigger()
    assert bar._value.text() == "80 %"
    assert np.array_equal(mask_of(window).hole(), found)
