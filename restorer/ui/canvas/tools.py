"""A view of a picture that one can paint on: mask overlay, pointer and pen, the brush's ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QWidget

from restorer.document import Box, PaintedMask
from restorer.ui.canvas.mask_overlay import MaskOverlay
from restorer.ui.canvas.navigator import Navigator

_SMALLEST_RING = 3.0  # logical pixels; a thinner brush is shown by a cross
_PAINTING = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)


@dataclass(frozen=True)
class Spot:
    """Where the pointer is and how it is held.

    Attributes:
        x, y: in pixels of the picture as it came; the first spans 0..1.
        pressure: 0..1, of a pen; a mouse presses in full.
        erase: right button, Alt, or the other end of the pen.
        straight, wide: Shift and Ctrl are held.
    """

    x: float
    y: float
    pressure: float = 1.0
    erase: bool = False
    straight: bool = False
    wide: bool = False


class PaintTool(Protocol):
    """What a pointer on the canvas works with; all lengths in pixels of the picture."""

    @property
    def ring(self) -> float:
        """Diameter of the brush; 0 for a tool that has no size."""

    @property
    def trail(self) -> Sequence[tuple[float, float]]:
        """A line to show while the tool is at work."""

    @property
    def trail_width(self) -> float:
        """How wide what comes of it will be; 0 for a line that is only drawn."""

    def press(self, spot: Spot) -> None: ...

    def move(self, spot: Spot) -> None: ...

    def release(self, spot: Spot) -> None: ...

    def cancel(self) -> None: ...


class PaintedView(Navigator):
    """Panning and zooming stay as they are; what is left of the mouse goes to the tool."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overlay = MaskOverlay()
        self._tool: PaintTool | None = None
        self._painting = False
        self._pointer: QPointF | None = None

    @property
    def tool(self) -> PaintTool | None:
        return self._tool

    def set_tool(self, tool: PaintTool | None) -> None:
        """Paint with this; with None the canvas is for looking only."""
        if tool is not self._tool:
            self.stop_painting()
            self._tool = tool
            self.unsetCursor()
            self.update()

    def show_mask(self, mask: PaintedMask | None, color: QColor, inverted: bool = False) -> None:
        """Tint what is painted; `inverted` tints what is not full. None takes it away."""
        before = self._overlay.mask
        if mask is not before:
            if before is not None:
                before.changed.disconnect(self._on_painted)
            if mask is not None:
                mask.changed.connect(self._on_painted)
        self._overlay.show(mask, color, inverted)
        self.update()

    def stop_painting(self) -> bool:
        """Call off the gesture under way; False if there is none."""
        painting, self._painting = self._painting, False
        if painting and self._tool is not None:
            self._tool.cancel()
            self.update()
        return painting

    # Drawing

    def _paint_overlay(self, painter: QPainter) -> None:
        """Draw what is painted over each pane; the painter counts device pixels."""
        target, pane = QRect(*self._view.target), QRect(0, 0, *self._view.viewport)
        seen = target & pane
        mask = self._overlay.mask
        if mask is None or seen.isEmpty() or mask.size != self._view.picture:
            return
        image = self._overlay.image(target, seen)
        for origin in self._panes():
            painter.drawImage(seen.topLeft().x() + origin, seen.top(), image)

    def _panes(self) -> list[int]:
        """Where each pane begins, in device pixels."""
        last = self._device_size()[0] - self._view.viewport[0]
        return sorted({0, last} if last > 0 else {0})

    def _paint_tool(self, painter: QPainter) -> None:
        """Draw ring and trail, readable over anything; the painter counts logical pixels."""
        if self._tool is None or self._pointer is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shapes, line = QPainterPath(), QPainterPath()
        if (radius := self._ring_radius()) >= _SMALLEST_RING / 2:
            shapes.addEllipse(self._pointer, radius, radius)
        for index, point in enumerate(self._tool.trail):
            place = self._to_widget(*point)
            if index:
                line.lineTo(place)
            else:
                line.moveTo(place)
        if self._tool.trail_width and not line.isEmpty():
            shapes.addPath(_widened(line, max(2 * radius, 1.0)))
        else:
            shapes.addPath(line)
        for color, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255, 230), 1.2)):
            painter.setPen(QPen(color, width))
            painter.drawPath(shapes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _ring_radius(self) -> float:
        """In logical pixels."""
        ring = self._tool.ring if self._tool is not None else 0.0
        return ring / 2 * self._view.zoom / self.devicePixelRatioF()

    def _update_ring(self, before: QPointF | None) -> None:
        """Repaint where the ring was and where it is."""
        if self._tool is not None and self._tool.trail:
            self.update()
            return
        reach = self._ring_radius() + 3
        for centre in (before, self._pointer):
            if centre is not None:
                left, top = centre.x() - reach, centre.y() - reach
                self.update(QRectF(left, top, 2 * reach, 2 * reach).toAlignedRect())

    @Slot(object)
    def _on_painted(self, box: Box) -> None:
        part, ratio = self._overlay.touch(box), self.devicePixelRatioF()
        for origin in self._panes():
            moved = QRectF(part.translated(origin, 0))
            place = QRectF(moved.topLeft() / ratio, moved.size() / ratio)
            self.update(place.toAlignedRect().adjusted(-1, -1, 1, 1))

    def _to_widget(self, x: float, y: float) -> QPointF:
        """A point of the picture on the widget, in the pane under the pointer."""
        left, top, *_ = self._view.target
        ratio = self.devicePixelRatioF()
        pane = self._pane_origin((self._pointer or QPointF()).x() * ratio)
        zoom = self._view.zoom
        return QPointF(left + x * zoom + pane, top + y * zoom) / ratio

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._painting or not self._may_paint(event.button()):
            super().mousePressEvent(event)
            return
        self._set_keyboard_focus(False)
        erase = event.button() == Qt.MouseButton.RightButton
        self._press(self._spot(event.position(), event.modifiers(), erase))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())
        if self._painting:
            erase = bool(event.buttons() & Qt.MouseButton.RightButton)
            self._move(self._spot(event.position(), event.modifiers(), erase))
            self._hover(event.position())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._painting and event.button() in _PAINTING:
            self._release(self._spot(event.position(), event.modifiers()))
        else:
            super().mouseReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        before, self._pointer = self._pointer, None
        self._update_ring(before)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.stop_painting():
            return
        super().keyPressEvent(event)

    # Pen

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen paints by its pressure; without a tool it is a mouse to Qt."""
        self._point_at(event.position())
        erase = event.pointerType() == QPointingDevice.PointerType.Eraser
        erase = erase or bool(event.buttons() & Qt.MouseButton.RightButton)
        spot = self._spot(event.position(), event.modifiers(), erase, event.pressure())
        kind = event.type()
        if kind == QEvent.Type.TabletPress and self._may_paint(event.button()):
            self._press(spot)
        elif kind == QEvent.Type.TabletMove and self._painting:
            self._move(spot)
        elif kind == QEvent.Type.TabletRelease and self._painting:
            self._release(spot)
        else:
            event.ignore()
            return
        event.accept()

    # Both

    def _may_paint(self, button: Qt.MouseButton) -> bool:
        on_picture = self._view.picture != (0, 0)
        return (
            self._tool is not None and on_picture and not self._space_held and button in _PAINTING
        )

    def _spot(
        self,
        position: QPointF,
        modifiers: Qt.KeyboardModifier,
        erase: bool = False,
        pressure: float = 1.0,
    ) -> Spot:
        x, y = self._view.to_picture(*self._device(position))
        return Spot(
            x,
            y,
            pressure,
            erase or bool(modifiers & Qt.KeyboardModifier.AltModifier),
            bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        )

    def _press(self, spot: Spot) -> None:
        if self._tool is not None:
            self._painting = True
            self._tool.press(spot)
            self._update_ring(None)

    def _move(self, spot: Spot) -> None:
        if self._tool is not None:
            self._tool.move(spot)

    def _release(self, spot: Spot) -> None:
        self._painting = False
        if self._tool is not None:
            self._tool.release(spot)
            self.update()

    def _point_at(self, position: QPointF) -> None:
        before, self._pointer = self._pointer, position
        if self._tool is not None:
            self._update_ring(before)

    def _update_cursor(self, position: QPointF) -> None:
        super()._update_cursor(position)
        if self._tool is None or self._space_held or self._panning_from is not None:
            return
        ring = self._ring_radius() >= _SMALLEST_RING
        self.setCursor(Qt.CursorShape.BlankCursor if ring else Qt.CursorShape.CrossCursor)


def _widened(line: QPainterPath, width: float) -> QPainterPath:
    """The rim of a line with round ends."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    return stroker.createStroke(line)
