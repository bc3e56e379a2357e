"""The keyboard on the canvas, and whether to show the ring of focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from restorer.ui.canvas.pointer import Pointer
from restorer.ui.canvas.tools import DividerTool
from restorer.ui.canvas.viewport import Viewport

_ARROW_STEP = 64  # device pixels
_OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Backslash, Qt.Key.Key_Plus, Qt.Key.Key_Minus)
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_DIVIDER_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Keys(QObject):
    """Zooms, pans, moves the divider, shows the original while a key is held.

    Attributes:
        focused: the keyboard gave the focus, so the ring is shown.
    """

    def __init__(
        self,
        widget: QWidget,
        viewport: Viewport,
        pointer: Pointer,
        divider: DividerTool,
        hold_original: Callable[[bool], None],
    ) -> None:
        super().__init__(widget)
        self.focused = False
        self._widget = widget
        self._viewport = viewport
        self._pointer = pointer
        self._divider = divider
        self._hold_original = hold_original
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            QEvent.Type.ShortcutOverride: self._override,
            QEvent.Type.KeyPress: self._press,
            QEvent.Type.KeyRelease: self._release,
            QEvent.Type.FocusIn: self._focus_in,
            QEvent.Type.FocusOut: self._focus_out,
            QEvent.Type.MouseButtonPress: self._by_mouse,
        }
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def handle(self, event: QEvent) -> bool:
        """Handle an event; true if it was for the keyboard and is done with."""
        handler = self._handlers.get(event.type())
        return handler is not None and handler(event)

    def _override(self, event: QKeyEvent) -> bool:
        """Space plays the timeline elsewhere; here it pans."""
        own = event.key() in _OWN_KEYS
        if own:
            event.accept()
        return own

    def _press(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        match key:
            case Qt.Key.Key_Backslash:
                self._hold_original(True)
            case Qt.Key.Key_Space:
                self._pointer.hold_space(True)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._viewport.zoom_in()
            case Qt.Key.Key_Minus:
                self._viewport.zoom_out()
            case Qt.Key.Key_0 if control:
                self._viewport.fit()
            case Qt.Key.Key_1 if control:
                self._viewport.actual()
            case Qt.Key.Key_Left | Qt.Key.Key_Right if shift and self._divider.visible:
                self._divider.step(_DIVIDER_STEPS[key])
            case _ if key in _ARROWS and not modifiers & ~Qt.KeyboardModifier.KeypadModifier:
                by = QPointF(*_ARROWS[key]) * (_ARROW_STEP / self._viewport.ratio)
                self._viewport.pan(by)
            case Qt.Key.Key_Escape:
                return self._pointer.cancel()
            case _:
                return False
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return False
        match event.key():
            case Qt.Key.Key_Backslash:
                self._hold_original(False)
            case Qt.Key.Key_Space:
                self._pointer.hold_space(False)
            case _:
                return False
        return True

    def _focus_in(self, event: QFocusEvent) -> bool:
        self._set_focused(event.reason() in _BY_KEYBOARD)
        return False

    def _focus_out(self, _: QFocusEvent) -> bool:
        self._set_focused(False)
        self._hold_original(False)
        self._pointer.hold_space(False)
        return False

    def _by_mouse(self, _: QEvent) -> bool:
        self._set_focused(False)
        return False

    def _set_focused(self, focused: bool) -> None:
        if focused != self.focused:
            self.focused = focused
            self._widget.update()
