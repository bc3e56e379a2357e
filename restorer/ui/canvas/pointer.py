"""Mouse, pen, wheel and gestures on the canvas: which tool takes a drag, with which events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QWidget

from restorer.ui.canvas.tools import DividerTool, PaintTool, PanTool, PointerEvent, Tool, ToolView
from restorer.ui.canvas.viewport import Viewport

_NOTCH = 1.2  # zoom factor per notch of the wheel
_PIXELS_PER_DOUBLING = 240.0  # of trackpad movement
_PAINTING = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)


class Pointer(QObject):
    """Zooms, pans and drags; the painting tool gets the rest.

    Attributes:
        tool: paints on the picture; None on a canvas for looking only.
        position: of the pointer, in logical pixels of the canvas; None while it is elsewhere.
    """

    hovered = Signal(QPointF)  # the pointer moved, or the picture under it did
    left = Signal()
    clicked = Signal(QPointF)  # without a painting tool: pressed and released at one point

    def __init__(self, widget: QWidget, viewport: Viewport, divider: DividerTool) -> None:
        super().__init__(widget)
        self.tool: PaintTool | None = None
        self.position: QPointF | None = None
        self._widget = widget
        self._viewport = viewport
        self._divider = divider
        self._pan = PanTool(viewport)
        self._drag: Tool | None = None
        self._pressed = QPointF()
        self._space_held = False
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseButtonDblClick: self._press,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.Leave: self._leave,
            QEvent.Type.TabletPress: self._pen,
            QEvent.Type.TabletMove: self._pen,
            QEvent.Type.TabletRelease: self._pen,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.NativeGesture: self._native_gesture,
            QEvent.Type.Gesture: self._pinch,
        }
        widget.setMouseTracking(True)
        widget.grabGesture(Qt.GestureType.PinchGesture)

    def handle(self, event: QEvent) -> bool:
        """Handle an event; true if it was for the pointer and is done with."""
        handler = self._handlers.get(event.type())
        return handler is not None and handler(event)

    def set_tool(self, tool: PaintTool | None) -> None:
        """Paint with this tool; a stroke of the former one is cancelled."""
        if tool is not self.tool:
            self.cancel()
            self.tool = tool
            self._widget.unsetCursor()
            self._widget.update()

    def cancel(self) -> bool:
        """Cancel the stroke under way; False if there is none."""
        if self.tool is None or self._drag is not self.tool:
            return False
        self._drag = None
        self.tool.cancel()
        self._widget.update()
        return True

    def hold_space(self, held: bool) -> None:
        self._space_held = held
        self._update_cursor(QPointF(self._widget.mapFromGlobal(self._widget.cursor().pos())))

    def tool_view(self, position: QPointF) -> ToolView:
        """What the tools see of the canvas with the pointer at this position."""
        return ToolView(self._viewport, position, self._viewport.pane_at(position))

    # Mouse

    def _press(self, event: QMouseEvent) -> bool:
        tool = self._tool_for(event.button(), event.position())
        if self._drag is None and tool is not None:
            self._drag, self._pressed = tool, event.position()
            erase = event.button() == Qt.MouseButton.RightButton
            tool.press(self._pointer_event(event.position(), event.modifiers(), erase))
            self._show_tool(self.position)
        self._update_cursor(event.position())
        return True

    def _move(self, event: QMouseEvent) -> bool:
        self._point_at(event.position())
        if self._drag is not None:
            erase = bool(event.buttons() & Qt.MouseButton.RightButton)
            self._drag.move(self._pointer_event(event.position(), event.modifiers(), erase))
        self._update_cursor(event.position())
        self.hovered.emit(event.position())
        return True

    def _release(self, event: QMouseEvent) -> bool:
        if self._drag is self._pan and event.button() == Qt.MouseButton.LeftButton:
            moved = (event.position() - self._pressed).manhattanLength()
            if moved < QApplication.startDragDistance():
                self.clicked.emit(event.position())
        if self._drag is not self.tool or event.button() in _PAINTING:
            self._end_drag(self._pointer_event(event.position(), event.modifiers()))
        self._update_cursor(event.position())
        return True

    def _leave(self, _: QEvent) -> bool:
        before, self.position = self.position, None
        self._show_tool(before)
        self.left.emit()
        return False

    def _tool_for(self, button: Qt.MouseButton, position: QPointF) -> Tool | None:
        """The tool that a press with this button at this position starts."""
        left = button == Qt.MouseButton.LeftButton
        if button == Qt.MouseButton.MiddleButton or (left and self._space_held):
            return self._pan
        if self._may_paint(button):
            return self.tool
        if not left:
            return None
        return self._divider if self._divider.near(position) else self._pan

    def _may_paint(self, button: Qt.MouseButton) -> bool:
        on_picture = self._viewport.geometry.picture != (0, 0)
        free = not self._space_held and button in _PAINTING
        return self.tool is not None and on_picture and free

    def _end_drag(self, event: PointerEvent) -> None:
        tool, self._drag = self._drag, None
        if tool is not None:
            tool.release(event)
            self._widget.update()

    # Pen

    def _pen(self, event: QTabletEvent) -> bool:
        """A pen paints by pressure; without a tool Qt treats it as a mouse."""
        self._point_at(event.position())
        erase = event.pointerType() == QPointingDevice.PointerType.Eraser
        erase = erase or bool(event.buttons() & Qt.MouseButton.RightButton)
        pen = self._pointer_event(event.position(), event.modifiers(), erase, event.pressure())
        kind, painting = event.type(), self.tool is not None and self._drag is self.tool
        if kind == QEvent.Type.TabletPress and self._may_paint(event.button()):
            assert self.tool is not None
            self._drag = self.tool
            self.tool.press(pen)
            self._show_tool(self.position)
        elif kind == QEvent.Type.TabletMove and painting and self._drag is not None:
            self._drag.move(pen)
        elif kind == QEvent.Type.TabletRelease and painting:
            self._end_drag(pen)
        else:
            event.ignore()
            return False
        event.accept()
        return True

    # Wheel and fingers

    def _wheel(self, event: QWheelEvent) -> bool:
        pixels, notches = event.pixelDelta(), event.angleDelta()
        # X11 sends meaningless pixel deltas; there only the angle counts.
        if not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            factor = 2.0 ** (pixels.y() / _PIXELS_PER_DOUBLING)
        else:
            factor = _NOTCH ** ((notches.y() or notches.x()) / 120.0)
        self._zoom_by(factor, event.position())
        event.accept()
        return True

    def _native_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._zoom_by(1.0 + event.value(), event.position())
        return True

    def _pinch(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        centre = QPointF(self._widget.mapFromGlobal(pinch.centerPoint().toPoint()))
        self._zoom_by(pinch.scaleFactor(), centre)
        return True

    def _zoom_by(self, factor: float, position: QPointF) -> None:
        self._viewport.zoom_by(factor, position)
        self.hovered.emit(position)

    # All of them

    def _pointer_event(
        self,
        position: QPointF,
        modifiers: Qt.KeyboardModifier,
        erase: bool = False,
        pressure: float = 1.0,
    ) -> PointerEvent:
        x, y = self._viewport.to_picture(position)
        return PointerEvent(
            x,
            y,
            position,
            pressure,
            erase or bool(modifiers & Qt.KeyboardModifier.AltModifier),
            bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        )

    def _point_at(self, position: QPointF) -> None:
        before, self.position = self.position, position
        self._show_tool(before)

    def _show_tool(self, before: QPointF | None) -> None:
        """Repaint where the tool was and where it is now."""
        if self.tool is None:
            return
        for place in (before, self.position):
            extent = None if place is None else self.tool.extent(self.tool_view(place))
            if extent is not None:
                self._widget.update(extent.toAlignedRect())
            elif place is not None:
                self._widget.update()

    def _update_cursor(self, position: QPointF) -> None:
        shape = self._cursor(self.tool_view(position))
        if shape is None:
            self._widget.unsetCursor()
        else:
            self._widget.setCursor(shape)

    def _cursor(self, tool_view: ToolView) -> Qt.CursorShape | None:
        if self._drag is not None and (shape := self._drag.cursor(tool_view)) is not None:
            return shape
        if self._space_held:
            return Qt.CursorShape.OpenHandCursor
        if self.tool is not None and self._drag is None:
            return self.tool.cursor(tool_view)
        return self._divider.cursor(tool_view) if self._divider.near(tool_view.pointer) else None
