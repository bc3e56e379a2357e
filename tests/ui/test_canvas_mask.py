"""Painting on the canvas: what the pointer says to a tool, and what is seen of a mask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest

from restorer.document import Brush, PaintedMask, Stroke
from restorer.document.masks.painted import box_index
from restorer.ui.canvas import Canvas, CompareMode
from restorer.ui.canvas import mask_overlay as overlay_module
from restorer.ui.canvas.mask_overlay import MaskOverlay
from restorer.ui.canvas.tools import PointerEvent
from restorer.ui.mask.brushes import MaskTool
from tests.ui.test_canvas import render

RED = QColor(255, 0, 0)
LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)


class Notebook(MaskTool):
    """A tool that writes down what it is told."""

    ring_diameter = 20.0
    trail_width = 0.0

    def __init__(self) -> None:
        super().__init__(None, "")
        self.told: list[tuple[str, PointerEvent | None]] = []

    def press(self, spot: PointerEvent) -> None:
        self.told.append(("press", spot))

    def move(self, spot: PointerEvent) -> None:
        self.told.append(("move", spot))

    def release(self, spot: PointerEvent) -> None:
        self.told.append(("release", spot))

    def cancel(self) -> None:
        self.told.append(("cancel", None))

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.told]


@pytest.fixture
def canvas(canvas: Canvas) -> Iterator[Canvas]:
    canvas.set_original(np.full((100, 200, 3), 0.5, np.float32))
    yield canvas
    canvas.mask_layer.show(None, RED)


@pytest.fixture
def tool(canvas: Canvas) -> Notebook:
    made = Notebook()
    canvas.set_tool(made)
    return made


def on_widget(canvas: Canvas, x: float, y: float) -> QPoint:
    left, top, *_ = canvas.viewport.geometry.target
    return QPoint(round(left + x * canvas.viewport.zoom), round(top + y * canvas.viewport.zoom))


# The pointer


def test_a_drag_is_told_in_pixels_of_the_picture(canvas: Canvas, tool: Notebook) -> None:
    canvas.viewport.zoom_to(2)
    QTest.mousePress(canvas, LEFT, pos=on_widget(canvas, 50, 40))
    QTest.mouseMove(canvas, on_widget(canvas, 60, 45))
    QTest.mouseRelease(canvas, LEFT, pos=on_widget(canvas, 60, 45))
    assert tool.words == ["press", "move", "release"]
    spots = [spot for _, spot in tool.told if spot]
    assert [(spot.x, spot.y) for spot in spots] == [(50, 40), (60, 45), (60, 45)]
    assert all(spot.pressure == 1 and not spot.erase for spot in spots)


@pytest.mark.parametrize(
    ("button", "keys", "erase", "straight", "wide"),
    [
        (RIGHT, Qt.KeyboardModifier.NoModifier, True, False, False),
        (LEFT, Qt.KeyboardModifier.AltModifier, True, False, False),
        (LEFT, Qt.KeyboardModifier.ShiftModifier, False, True, False),
        (LEFT, Qt.KeyboardModifier.ControlModifier, False, False, True),
    ],
)
def test_buttons_and_keys_say_how_it_is_held(
    canvas: Canvas,
    tool: Notebook,
    button: Qt.MouseButton,
    keys: Qt.KeyboardModifier,
    erase: bool,
    straight: bool,
    wide: bool,
) -> None:
    QTest.mousePress(canvas, button, keys, on_widget(canvas, 50, 40))
    QTest.mouseRelease(canvas, button, keys, on_widget(canvas, 50, 40))
    spot = tool.told[0][1]
    assert spot is not None
    assert (spot.erase, spot.straight, spot.wide) == (erase, straight, wide)


def test_space_and_the_middle_button_still_pan_and_the_wheel_zooms(
    canvas: Canvas, tool: Notebook
) -> None:
    canvas.viewport.zoom_to(4)
    start = QRect(*canvas.viewport.geometry.visible).topLeft()
    QTest.mousePress(canvas, MIDDLE, pos=QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(60, 80))
    QTest.mouseRelease(canvas, MIDDLE, pos=QPoint(60, 80))
    moved = QRect(*canvas.viewport.geometry.visible).topLeft()
    assert moved == start + QPoint(10, 5)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, pos=QPoint(60, 80))
    QTest.mouseMove(canvas, QPoint(100, 100))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(100, 100))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert QRect(*canvas.viewport.geometry.visible).topLeft() == start
    assert tool.told == []


def test_without_a_tool_the_canvas_is_as_ever(canvas: Canvas, tool: Notebook) -> None:
    canvas.layers.set_shown(np.zeros((100, 200, 3), np.float32))
    canvas.set_compare(CompareMode.WIPE)
    middle = on_widget(canvas, 100, 50)
    QTest.mousePress(canvas, LEFT, pos=middle)
    QTest.mouseRelease(canvas, LEFT, pos=middle)
    assert tool.words == ["press", "release"]  # the divider is not in the way
    canvas.set_tool(None)
    QTest.mousePress(canvas, LEFT, pos=middle)
    QTest.mouseMove(canvas, on_widget(canvas, 150, 50))
    QTest.mouseRelease(canvas, LEFT, pos=on_widget(canvas, 150, 50))
    assert canvas.divider.place == pytest.approx(0.75, abs=0.01)
    assert len(tool.told) == 2


def test_taking_the_tool_away_calls_the_gesture_off(canvas: Canvas, tool: Notebook) -> None:
    QTest.mousePress(canvas, LEFT, pos=on_widget(canvas, 50, 40))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert tool.words == ["press", "cancel"]
    assert not canvas.pointer.cancel()
    QTest.mouseRelease(canvas, LEFT, pos=on_widget(canvas, 50, 40))
    QTest.mousePress(canvas, LEFT, pos=on_widget(canvas, 50, 40))
    canvas.set_tool(None)
    assert tool.words == ["press", "cancel", "press", "cancel"]


def test_side_by_side_both_halves_can_be_painted_on(canvas: Canvas, tool: Notebook) -> None:
    canvas.layers.set_shown(np.zeros((100, 200, 3), np.float32))
    canvas.set_compare(CompareMode.SIDE_BY_SIDE)
    left, top, *_ = canvas.viewport.geometry.target
    second = canvas.width() - canvas.viewport.geometry.viewport[0]
    x, y = left + 30 * canvas.viewport.zoom, top + 20 * canvas.viewport.zoom
    for origin in (0, second):
        QTest.mouseClick(canvas, LEFT, pos=QPoint(round(x + origin), round(y)))
    first, other = (spot for word, spot in tool.told if word == "press")
    assert first is not None
    assert other is not None
    assert (first.x, first.y) == pytest.approx((other.x, other.y))


# The pen


def pen(
    canvas: Canvas,
    kind: QEvent.Type,
    place: QPoint,
    pressure: float,
    tip: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
) -> bool:
    """Send what a tablet sends; True if the canvas took it."""
    device = QPointingDevice(
        "pen", 7, QPointingDevice.DeviceType.Stylus, tip, QPointingDevice.Capability.Pressure, 1, 1
    )
    released = kind == QEvent.Type.TabletRelease
    event = QTabletEvent(
        kind,
        device,
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        pressure,
        *(0, 0, 0, 0, 0),
        Qt.KeyboardModifier.NoModifier,
        Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else LEFT,
        Qt.MouseButton.NoButton if released else LEFT,
    )
    canvas.event(event)
    return event.isAccepted()


def test_a_pen_presses_and_its_other_end_erases(canvas: Canvas, tool: Notebook) -> None:
    begin, end = on_widget(canvas, 50, 40), on_widget(canvas, 80, 40)
    assert pen(canvas, QEvent.Type.TabletPress, begin, 0.25)
    assert pen(canvas, QEvent.Type.TabletMove, end, 0.75)
    assert pen(canvas, QEvent.Type.TabletRelease, end, 0.0)
    assert tool.words == ["press", "move", "release"]
    assert [spot.pressure for _, spot in tool.told[:2] if spot] == [0.25, 0.75]
    assert not any(spot.erase for _, spot in tool.told if spot)
    pen(canvas, QEvent.Type.TabletPress, begin, 0.5, QPointingDevice.PointerType.Eraser)
    spot = tool.told[-1][1]
    assert spot is not None
    assert spot.erase


def test_a_pen_without_a_tool_is_left_to_qt(canvas: Canvas) -> None:
    assert not pen(canvas, QEvent.Type.TabletPress, on_widget(canvas, 50, 40), 0.5)


# What is seen


def test_the_overlay_tints_what_is_painted_and_nothing_else(canvas: Canvas) -> None:
    canvas.viewport.actual()
    before = render(canvas)
    mask = PaintedMask.empty((200, 100))
    canvas.mask_layer.show(mask, RED)
    assert np.array_equal(render(canvas), before)
    Stroke(mask, Brush(30)).line_to(60, 50)
    after = render(canvas)
    left, top, *_ = canvas.viewport.geometry.target
    changed = (after != before).any(axis=2)[top : top + 100, left : left + 200]
    assert np.array_equal(changed, mask.hole())
    assert (after != before).any(axis=2).sum() == mask.hole().sum()
    red, green, blue = after[top + 50, left + 60].tolist()
    assert red > 180
    assert green == blue < 80
    canvas.hold_original(True)
    assert np.array_equal(render(canvas), before)


def test_strength_is_tinted_where_it_is_not_full(canvas: Canvas) -> None:
    canvas.viewport.actual()
    before = render(canvas)
    strength = PaintedMask.empty((200, 100), 255)
    Stroke(strength, Brush(40, value=0)).line_to(100, 50)
    canvas.mask_layer.show(strength, RED, inverted=True)
    left, top, *_ = canvas.viewport.geometry.target
    changed = (render(canvas) != before).any(axis=2)[top : top + 100, left : left + 200]
    assert np.array_equal(changed, strength.values == 0)


def test_a_mask_of_another_picture_is_not_drawn(canvas: Canvas) -> None:
    before = render(canvas)
    canvas.mask_layer.show(PaintedMask.empty((20, 10), 255), RED)
    assert np.array_equal(render(canvas), before)


@pytest.mark.parametrize("zoom", [0.07, 0.31, 0.8, 1.0, 2.7])
def test_a_stroke_on_the_screen_is_as_if_all_had_been_drawn_anew(zoom: float) -> None:
    rng = np.random.default_rng(8)
    mask = PaintedMask.empty((901, 703))
    target = QRect(-37, 11, round(901 * zoom), round(703 * zoom))
    seen = target & QRect(0, 0, 400, 300)
    overlay = MaskOverlay()
    overlay.show(mask, RED)
    overlay.image(target, seen)
    mask.changed.connect(overlay.touch)
    for _ in range(6):
        stroke = Stroke(mask, Brush(float(rng.uniform(2, 80))))
        for x, y in rng.uniform(-50, 950, (3, 2)):
            stroke.line_to(float(x), float(y))
    fresh = MaskOverlay()
    fresh.show(mask, RED)
    assert overlay.image(target, seen) == fresh.image(target, seen)
    mask.changed.disconnect(overlay.touch)


def test_a_thin_line_is_seen_from_afar() -> None:
    mask = PaintedMask.empty((4000, 3000))
    stroke = Stroke(mask, Brush(3))
    stroke.line_to(100, 100)
    stroke.line_to(3900, 2900)
    overlay = MaskOverlay()
    overlay.show(mask, RED)
    target = QRect(0, 0, 260, 195)
    image = overlay.image(target, target).convertToFormat(QImage.Format.Format_ARGB32)
    columns = [any(image.pixelColor(x, y).alpha() > 0 for y in range(195)) for x in range(8, 252)]
    assert all(columns)


def test_a_segment_on_100_megapixels_redraws_its_own_place_only(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_original(None)
    mask = PaintedMask.empty((12000, 8400))
    target = QRect(0, 0, 1000, 700)
    overlay = MaskOverlay()
    overlay.show(mask, RED)
    overlay.image(target, target)
    reduced = []
    halved = overlay_module._halved
    monkeypatch.setattr(
        overlay_module, "_halved", lambda part: reduced.append(part.size) or halved(part)
    )
    drawn: list[QRect] = []
    mask.changed.connect(lambda box: drawn.append(overlay.touch(box)))
    stroke = Stroke(mask, Brush(200))
    for x, y in pairwise(range(3000, 4000, 100)):
        stroke.line_to(x, y)
    assert sum(reduced) < len(drawn) * 2 * 340 * 340
    assert max(rect.width() * rect.height() for rect in drawn) < 40 * 40
    assert mask.values[box_index((3300, 3300, 3301, 3301))].all()


def test_the_ring_shows_the_size_of_the_brush(canvas: Canvas, tool: Notebook) -> None:
    canvas.viewport.actual()
    before = render(canvas)
    tool.ring_diameter = 40.0
    QTest.mouseMove(canvas, on_widget(canvas, 100, 50))
    changed = (render(canvas) != before).any(axis=2)
    columns = np.flatnonzero(changed.any(axis=0))
    assert np.ptp(columns) == pytest.approx(40 + 3, abs=2)
    assert canvas.cursor().shape() == Qt.CursorShape.BlankCursor
    tool.ring_diameter = 1.0
    QTest.mouseMove(canvas, on_widget(canvas, 90, 50))
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor


def test_the_trail_of_a_line_is_as_wide_as_what_comes_of_it(canvas: Canvas, tool: Notebook) -> None:
    canvas.viewport.actual()
    QTest.mouseMove(canvas, on_widget(canvas, 150, 50))
    before = render(canvas)
    tool.trail, tool.trail_width = [(30, 50), (150, 50)], 20.0
    changed = (render(canvas) != before).any(axis=2)
    left = canvas.viewport.geometry.target[0]
    rows = np.flatnonzero(changed[:, left + 80])
    assert np.ptp(rows) == pytest.approx(20 + 3, abs=2)
