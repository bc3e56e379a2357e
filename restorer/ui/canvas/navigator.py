"""Zoom and pan by wheel, trackpad, pinch, mouse and keyboard; it draws nothing itself."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from restorer.ui.canvas.geometry import Geometry

FIT_MARGIN = 12  # logical pixels around a fitted picture

_NOTCH = 1.2  # zoom factor of one notch of a wheel
_PIXELS_PER_DOUBLING = 240.0  # of trackpad movement
_ARROW_STEP = 64
_OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Backslash, Qt.Key.Key_Plus, Qt.Key.Key_Minus)
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Navigator(QWidget):
    """A widget with the `Geometry` of a picture. Subclasses draw, and may take drags."""

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = Geometry()
        self._space_held = False
        self._panning_from: QPointF | None = None
        self._dragging = False
        self._keyboard_focus = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)

    @property
    def zoom(self) -> float:
        """Device pixels per pixel of what is on view; 1.0 is 100%."""
        return self._view.percent

    def zoom_fit(self) -> None:
        """Show all of the picture, not larger than 100%, and keep doing so on resize."""
        self._view.fit()
        self._view_changed()

    def zoom_actual(self) -> None:
        """One pixel of what is on view per device pixel."""
        self.zoom_to(1.0)

    def zoom_in(self) -> None:
        """To the next round value."""
        self._zoom_view(self._view.next_stop(inwards=True))

    def zoom_out(self) -> None:
        """To the previous round value."""
        self._zoom_view(self._view.next_stop(inwards=False))

    def zoom_to(self, zoom: float) -> None:
        """Any zoom, about the middle of the canvas; 1.0 is 100%."""
        self._zoom_view(zoom * self._view.times)

    def _zoom_view(self, zoom: float) -> None:
        self._view.zoom_to(zoom)
        self._view_changed()

    # What subclasses answer

    def _pane_origin(self, x: float) -> float:
        """Where the pane under device pixel x begins; there is more than one side by side."""
        return 0.0

    def _pane_size(self, width: int, height: int) -> tuple[int, int]:
        """The viewport of one pane of a canvas of this size, in device pixels."""
        return width, height

    def _grab(self, position: QPointF) -> bool:
        """Whether a left press there begins a drag of something of the subclass."""
        return False

    def _drag_to(self, position: QPointF) -> None:
        """The drag that `_grab` began goes on."""

    def _hover(self, position: QPointF) -> None:
        """The mouse is here, whatever else it does."""

    def _view_changed(self) -> None:
        """Tell and repaint."""
        self.zoom_changed.emit(self._view.percent)
        self.update()

    # Geometry

    def _device(self, position: QPointF) -> tuple[float, float]:
        """A point of the widget in device pixels of its pane."""
        x, y = position.x() * self.devicePixelRatioF(), position.y() * self.devicePixelRatioF()
        return x - self._pane_origin(x), y

    def _device_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    def _layout_view(self) -> None:
        before = self._view.percent
        margin = FIT_MARGIN * self.devicePixelRatioF()
        self._view.set_viewport(*self._pane_size(*self._device_size()), margin)
        if self._view.percent != before:
            self.zoom_changed.emit(self._view.percent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._layout_view()
        super().resizeEvent(event)

    # Wheel, trackpad, pinch

    def _zoom_by(self, factor: float, position: QPointF) -> None:
        if self._view.picture == (0, 0):
            return
        self._view.zoom_by(factor, *self._device(position))
        self._view_changed()
        self._hover(position)

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, notches = event.pixelDelta(), event.angleDelta()
        # X11 sends pixel deltas that mean nothing; there the angle alone counts.
        if not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            factor = 2.0 ** (pixels.y() / _PIXELS_PER_DOUBLING)
        else:
            factor = _NOTCH ** ((notches.y() or notches.x()) / 120.0)
        self._zoom_by(factor, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.NativeGesture:
            gesture = cast(QNativeGestureEvent, event)
            if gesture.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_by(1.0 + gesture.value(), gesture.position())
                return True
        elif kind == QEvent.Type.Gesture:
            pinch = cast(QGestureEvent, event).gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                centre = QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint()))
                self._zoom_by(pinch.scaleFactor(), centre)
                return True
        elif kind == QEvent.Type.ShortcutOverride:
            if cast(QKeyEvent, event).key() in _OWN_KEYS:
                event.accept()  # Space plays the timeline elsewhere; here it pans
                return True
        elif kind == QEvent.Type.DevicePixelRatioChange:
            self._layout_view()
            self.update()
        return super().event(event)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_keyboard_focus(False)
        left = event.button() == Qt.MouseButton.LeftButton
        if left and not self._space_held and self._grab(event.position()):
            self._dragging = True
        elif left or event.button() == Qt.MouseButton.MiddleButton:
            self._panning_from = event.position()
        self._update_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._dragging:
            self._drag_to(position)
        elif self._panning_from is not None:
            ratio = self.devicePixelRatioF()
            moved = (position - self._panning_from) * ratio
            self._view.pan(moved.x(), moved.y())
            self._panning_from = position
            self.update()
        self._update_cursor(position)
        self._hover(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging, self._panning_from = False, None
        self._update_cursor(event.position())

    def _update_cursor(self, position: QPointF) -> None:
        if self._panning_from is not None and not self._view.whole:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_held:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Space:
            self._hold_space(True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif control and key == Qt.Key.Key_0:
            self.zoom_fit()
        elif control and key == Qt.Key.Key_1:
            self.zoom_actual()
        elif key in _ARROWS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            dx, dy = _ARROWS[Qt.Key(key)]
            self._view.pan(dx * _ARROW_STEP, dy * _ARROW_STEP)
            self.update()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)
        else:
            super().keyReleaseEvent(event)

    def _hold_space(self, held: bool) -> None:
        self._space_held = held
        self._update_cursor(QPointF(self.mapFromGlobal(self.cursor().pos())))

    # Focus

    def focusInEvent(self, event: QFocusEvent) -> None:
        keyboard = (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        self._set_keyboard_focus(event.reason() in keyboard)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._set_keyboard_focus(False)
        self._hold_space(False)
        super().focusOutEvent(event)

    def _set_keyboard_focus(self, focused: bool) -> None:
        if focused != self._keyboard_focus:
            self._keyboard_focus = focused
            self.update()
