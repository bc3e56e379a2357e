"""Mask tools on the canvas: brush, eraser, line, lasso, rectangle, select by colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from restorer.document import Brush, Layer, PaintedMask, Stroke
from restorer.document.masks.commands import Masks
from restorer.document.masks.painted import FULL
from restorer.ui.canvas.draw import draw_outline, widened
from restorer.ui.canvas.tools import PointerEvent, ToolView

SOFT = 0.6  # share of the strength brush's radius that is soft; a mask has no soft edges
_LEAST_PRESSURE = 0.05
_SMALLEST_RING = 3.0  # logical pixels; a smaller brush shows a cross instead

Trail = list[tuple[float, float]]


class ToolSettings(Protocol):
    """The settings of the tools; see `MaskTools`."""

    layer: Layer
    size: float
    tolerance: int
    amount: float


class Strokes:
    """What all tools share: the painted layer, the brush, and the end of the last stroke."""

    def __init__(self, masks: Masks, settings: ToolSettings) -> None:
        self.masks = masks
        self.settings = settings
        self._mask: PaintedMask | None = None
        self._last: tuple[PaintedMask, float, float] | None = None

    def begin(self, erase: bool, straight: bool = False) -> Stroke | None:
        """Begin a stroke on the painted layer; `straight`: from the end of the last one."""
        settings = self.settings
        self._mask = self.masks.painted(settings.layer)
        if self._mask is None:
            return None
        if settings.layer is Layer.MASK:
            brush = Brush(settings.size, 0 if erase else FULL)
        else:
            value = FULL if erase else round(settings.amount * FULL)
            brush = Brush(settings.size, value, SOFT)
        stroke = Stroke(self._mask, brush)
        if straight and self._last is not None and self._last[0] is self._mask:
            stroke.line_to(*self._last[1:])
        return stroke

    def end(self, stroke: Stroke, text: str, event: PointerEvent) -> None:
        """End the stroke, as an undoable step with this name."""
        if self._mask is not None:
            self._last = self._mask, event.x, event.y
            self.masks.paint(text, self.settings.layer, stroke.end(), done=True)


class MaskTool:
    """Draws the ring of its brush and the current line; subclasses paint.

    Attributes:
        always_visible: see `PaintTool`.
        trail: points of the current line, in pixels of the picture.
    """

    always_visible = False

    def __init__(self, strokes: Strokes, text: str) -> None:
        """`text`: name of the undo step."""
        self._strokes, self._text = strokes, text
        self._erase = False
        self.trail: Trail = []

    @property
    def trail_width(self) -> float:
        """Width of the line to be painted; 0 for an outline."""
        return 0.0

    @property
    def ring_diameter(self) -> float:
        """Diameter of the brush in pixels of the picture; 0 for a tool without size."""
        return 0.0

    def press(self, event: PointerEvent) -> None:
        self._erase = event.erase

    def move(self, event: PointerEvent) -> None:
        pass

    def cancel(self) -> None:
        self.trail = []

    def cursor(self, view: ToolView) -> Qt.CursorShape:
        ring = self.ring_diameter * view.scale >= _SMALLEST_RING
        return Qt.CursorShape.BlankCursor if ring else Qt.CursorShape.CrossCursor

    def paint(self, painter: QPainter, view: ToolView) -> None:
        shapes, line = QPainterPath(), QPainterPath()
        diameter = self.ring_diameter * view.scale
        if diameter >= _SMALLEST_RING:
            shapes.addEllipse(view.pointer, diameter / 2, diameter / 2)
        for index, point in enumerate(self.trail):
            place = view.place(*point)
            if index:
                line.lineTo(place)
            else:
                line.moveTo(place)
        if self.trail_width and not line.isEmpty():
            line = widened(line, max(self.trail_width * view.scale, 1.0))
        shapes.addPath(line)
        draw_outline(painter, shapes)

    def extent(self, view: ToolView) -> QRectF | None:
        if self.trail:
            return None
        reach = self.ring_diameter / 2 * view.scale + 3
        left, top = view.pointer.x() - reach, view.pointer.y() - reach
        return QRectF(left, top, 2 * reach, 2 * reach)


class BrushTool(MaskTool):
    """Paints under the pointer, or erases."""

    def __init__(self, strokes: Strokes, text: str, erases: bool = False) -> None:
        super().__init__(strokes, text)
        self._erases = erases
        self._stroke: Stroke | None = None

    @property
    def ring_diameter(self) -> float:
        return self._strokes.settings.size

    def press(self, event: PointerEvent) -> None:
        self._stroke = self._strokes.begin(event.erase or self._erases, event.straight)
        self.move(event)

    def move(self, event: PointerEvent) -> None:
        if self._stroke is not None:
            self._stroke.line_to(event.x, event.y, max(event.pressure, _LEAST_PRESSURE))
            self._strokes.masks.drawn.emit()

    def release(self, event: PointerEvent) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            self._strokes.end(stroke, self._text, event)

    def cancel(self) -> None:
        if self._stroke is not None:
            self._stroke.undo()
        self._stroke = None


class LineTool(MaskTool):
    """Paints a straight line on release."""

    @property
    def ring_diameter(self) -> float:
        return self._strokes.settings.size

    @property
    def trail_width(self) -> float:
        return self._strokes.settings.size

    def press(self, event: PointerEvent) -> None:
        self._stroke = self._strokes.begin(event.erase)
        self.trail = [(event.x, event.y)]

    def move(self, event: PointerEvent) -> None:
        self.trail = [self.trail[0], (event.x, event.y)]

    def release(self, event: PointerEvent) -> None:
        trail, self.trail = self.trail, []
        if self._stroke is not None:
            for point in trail:
                self._stroke.line_to(*point)
            self._strokes.end(self._stroke, self._text, event)


def freehand(trail: Trail, to: PointerEvent) -> Trail:
    """The line that the pointer draws."""
    return [*trail, (to.x, to.y)]


def rectangle(trail: Trail, to: PointerEvent) -> Trail:
    """The rectangle from the press to the pointer."""
    (x, y), *_ = trail
    return [(x, y), (to.x, y), (to.x, to.y), (x, to.y), (x, y)]


class EncloseTool(MaskTool):
    """Paints the inside of an outline.

    Args:
        outline: extends the outline as the pointer moves: `freehand` or `rectangle`.
    """

    def __init__(
        self, strokes: Strokes, text: str, outline: Callable[[Trail, PointerEvent], Trail]
    ) -> None:
        super().__init__(strokes, text)
        self._outline = outline

    def press(self, event: PointerEvent) -> None:
        super().press(event)
        self.trail = [(event.x, event.y)]

    def move(self, event: PointerEvent) -> None:
        self.trail = self._outline(self.trail, event)

    def release(self, _: PointerEvent) -> None:
        trail, self.trail = self.trail, []
        if len(trail) > 2:
            settings = self._strokes.settings
            strength = settings.layer is Layer.STRENGTH
            value = round(settings.amount * FULL) if strength else FULL
            masks = self._strokes.masks
            masks.enclose(self._text, settings.layer, trail, not self._erase, value)


class SelectTool(MaskTool):
    """Paints the pixels that have the colour under the pointer."""

    def release(self, event: PointerEvent) -> None:
        at, settings = (int(event.x // 1), int(event.y // 1)), self._strokes.settings
        paint, near = not self._erase, not event.wide
        masks = self._strokes.masks
        masks.select(self._text, settings.layer, at, settings.tolerance, near, paint)
