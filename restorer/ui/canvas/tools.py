"""Tools for a drag on the canvas: pan, move the divider, or paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter

from restorer.ui.canvas.compositor import CompareMode, Compositor
from restorer.ui.canvas.viewport import Viewport

DIVIDER_REACH = 10  # logical pixels to either side where a press still grabs it
DIVIDER_STEP = 0.02


@dataclass(frozen=True)
class PointerEvent:
    """Where the pointer is, and its pressure and modifiers.

    Attributes:
        x, y: in pixels of the original; its first pixel spans 0..1.
        position: the same in logical pixels of the canvas.
        pressure: 0..1 of a pen; 1 for a mouse.
        erase: the right button, Alt, or the eraser end of the pen.
        straight, wide: Shift or Ctrl is held.
    """

    x: float
    y: float
    position: QPointF
    pressure: float = 1.0
    erase: bool = False
    straight: bool = False
    wide: bool = False


@dataclass(frozen=True)
class ToolView:
    """What a tool needs of the canvas to draw itself.

    Attributes:
        pointer: in logical pixels of the canvas.
        pane: left edge of the pane under the pointer, in device pixels.
    """

    viewport: Viewport
    pointer: QPointF
    pane: int

    @property
    def scale(self) -> float:
        """Logical pixels per pixel of the original."""
        return self.viewport.scale

    def place(self, x: float, y: float) -> QPointF:
        """A point of the picture in logical pixels of the canvas."""
        return self.viewport.to_widget(x, y, self.pane)


class Tool(Protocol):
    """Handles a drag."""

    def press(self, event: PointerEvent) -> None: ...

    def move(self, event: PointerEvent) -> None: ...

    def release(self, event: PointerEvent) -> None: ...

    def cancel(self) -> None: ...

    def cursor(self, view: ToolView) -> Qt.CursorShape | None:
        """The cursor to show; None for the default."""


class PaintTool(Tool, Protocol):
    """A tool that edits the picture and draws itself on the canvas.

    Attributes:
        stays: it draws something even while the pointer is elsewhere.
    """

    @property
    def always_visible(self) -> bool: ...

    def paint(self, painter: QPainter, view: ToolView) -> None:
        """Draw the tool; the painter uses logical pixels."""

    def extent(self, view: ToolView) -> QRectF | None:
        """The rectangle that `paint` touches; None for all of the canvas."""


class PanTool:
    """Pans the picture."""

    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._from: QPointF | None = None

    def press(self, event: PointerEvent) -> None:
        self._from = event.position

    def move(self, event: PointerEvent) -> None:
        if self._from is not None:
            self._viewport.pan(event.position - self._from)
            self._from = event.position

    def release(self, _: PointerEvent) -> None:
        self._from = None

    def cancel(self) -> None:
        self._from = None

    def cursor(self, _: ToolView) -> Qt.CursorShape | None:
        panning = self._from is not None and not self._viewport.geometry.whole
        return Qt.CursorShape.ClosedHandCursor if panning else None


class DividerTool(QObject):
    """Moves the divider between before and after in a wipe."""

    moved = Signal(float)  # 0..1 of the picture's visible width

    def __init__(self, compositor: Compositor, viewport: Viewport, parent: QObject) -> None:
        super().__init__(parent)
        self._compositor = compositor
        self._viewport = viewport

    @property
    def place(self) -> float:
        """0..1 of the picture's visible width, from the left."""
        return self._compositor.divider

    @property
    def visible(self) -> bool:
        """The comparison is a wipe, which shows as soon as there are both pictures."""
        return self._compositor.compare == CompareMode.WIPE

    def near(self, position: QPointF) -> bool:
        """A press at this position would grab it."""
        x = self._compositor.divider_x(self._viewport.geometry)
        return x is not None and abs(position.x() - x / self._viewport.ratio) <= DIVIDER_REACH

    def set_place(self, place: float) -> None:
        """Move it, 0..1 from the left; emits `moved` if that changes anything."""
        place = min(1.0, max(0.0, place))
        if place != self._compositor.divider:
            self._compositor.divider = place
            self.moved.emit(place)

    def step(self, steps: int) -> None:
        """Move it to the right by so many key presses."""
        self.set_place(self._compositor.divider + steps * DIVIDER_STEP)

    def press(self, event: PointerEvent) -> None:
        pass

    def move(self, event: PointerEvent) -> None:
        left, _, width, _ = self._viewport.geometry.covered
        self.set_place((self._viewport.to_pane(event.position)[0] - left) / max(1, width))

    def release(self, event: PointerEvent) -> None:
        pass

    def cancel(self) -> None:
        pass

    def cursor(self, _: ToolView) -> Qt.CursorShape:
        return Qt.CursorShape.SplitHCursor
