"""What mouse and keys do to the timeline. Paints nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from restorer.ui.timeline.menu import timeline_menu
from restorer.ui.timeline.model import Handle, TimelineModel
from restorer.ui.timeline.playback import Playback
from restorer.ui.timeline.start_edit import StartEdit
from restorer.ui.timeline.view import TimelineView

Key = Qt.Key
Modifier = Qt.KeyboardModifier
FAR = 10
REACH = 9.0

#: Keys that move the focused handle, in steps towards clean.
STEPS = {Key.Key_Left: -1, Key.Key_Right: 1, Key.Key_PageUp: -FAR, Key.Key_PageDown: FAR}
#: Keys that always move the start handle: Up goes towards noise.
START_STEPS = {Key.Key_Up: -1, Key.Key_Down: 1}
OWN_KEYS = {*STEPS, *START_STEPS, Key.Key_Home, Key.Key_End, Key.Key_Space}
_PLAIN = (Modifier.NoModifier, Modifier.ShiftModifier, Modifier.AltModifier)


class Gestures(QObject):
    """Turns mouse, wheel and key events into moves of playhead and start.

    Attributes:
        dragged: the handle that is being dragged.
    """

    go_on_wanted = Signal()
    activated = Signal()  # the keys now move another handle

    def __init__(
        self,
        widget: QWidget,
        model: TimelineModel,
        view: TimelineView,
        playback: Playback,
        start: StartEdit,
    ) -> None:
        super().__init__(widget)
        self.dragged: Handle | None = None
        self._widget = widget
        self._model = model
        self._view = view
        self._playback = playback
        self._start = start
        self._offset = self._row = 0.0
        self._wheel_turned = 0
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.MouseButtonDblClick: self._double_click,
            QEvent.Type.Leave: self._leave,
            QEvent.Type.Hide: self._hide,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.ContextMenu: self._menu,
            QEvent.Type.ShortcutOverride: self._override,
            QEvent.Type.KeyPress: self._key,
            QEvent.Type.KeyRelease: self._key_release,
            QEvent.Type.FocusIn: self._focus_in,
            QEvent.Type.FocusOut: self._focus_out,
        }
        widget.setMouseTracking(True)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def handle(self, event: QEvent) -> bool:
        """Handle an event; true if it was for the timeline and is done with."""
        handler = self._handlers.get(event.type())
        return handler is not None and handler(event)

    def activate(self, handle: Handle) -> None:
        """Let the keys move this handle."""
        if handle is not self._model.active:
            self._model.active = handle
            self._view.update_axis()
            self.activated.emit()

    def next_handle(self, forward: bool) -> bool:
        """Tab visits the playhead, then the start handle, then leaves (False)."""
        here, there = (Handle.PLAYHEAD, Handle.START)[:: 1 if forward else -1]
        stays = self._model.has_picture and self._widget.hasFocus() and self._model.active is here
        if stays:
            self.activate(there)
        return stays

    # Mouse

    def _hit(self, point: QPointF) -> Handle | None:
        """The handle under a point; elsewhere on the axis it is the playhead."""
        layout = self._view.layout
        if not self._model.has_picture or point.y() < layout.notes.start:
            return None
        under_the_band = layout.band.end <= point.y() <= layout.strip.start
        near = abs(point.x() - layout.x(self._model.start)) <= REACH
        return Handle.START if under_the_band and near else Handle.PLAYHEAD

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        self._view.end_hover()
        point = event.position()
        self.dragged = self._hit(point)
        if self.dragged is None:
            return True
        self.activate(self.dragged)
        layout = self._view.layout
        if self.dragged is Handle.START:
            self._offset = point.x() - layout.x(self._model.start)
            self._view.show_start()
        else:
            self._row = max(point.y(), layout.band.start)
            self._drag_playhead(point.x())
        return True

    def _move(self, event: QMouseEvent) -> bool:
        point = event.position()
        if self.dragged is Handle.START:
            self._start.move_to(self._view.layout.t_at(point.x() - self._offset))
            self._view.show_start()
        elif self.dragged is Handle.PLAYHEAD:
            self._drag_playhead(point.x())
        else:
            self._hover(point)
        return True

    def _drag_playhead(self, x: float) -> None:
        """Drag along the axis or along the thumbnails, wherever the drag began."""
        index = self._view.thumbnail_at(QPointF(x, self._row))
        position = self._view.position_at(x) if index is None else self._model.at_frame(index)
        # no glide in the forward process, where it would lag behind the pointer
        self._playback.move_to(position, glide=position.frame is not None)

    def _hover(self, point: QPointF) -> None:
        on_start = self._hit(point) is Handle.START
        shape = Qt.CursorShape.SizeHorCursor if on_start else Qt.CursorShape.ArrowCursor
        self._widget.setCursor(shape)
        if on_start:
            self._view.end_hover()
            self._view.show_start()
        elif point.y() < self._view.layout.notes.start:
            self._view.end_hover()
        else:
            index = self._view.thumbnail_at(point)
            place = None if index is None else self._model.place_of(index)
            self._view.hover(point.x() if place is None else self._view.layout.x(place))

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() is Qt.MouseButton.LeftButton:
            dragged, self.dragged = self.dragged, None
            if dragged is Handle.START:
                self._start.finish()
            self._view.end_hover()
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        """Reset the start handle."""
        if self._hit(event.position()) is not Handle.START:
            return self._press(event)
        self.dragged = None
        self.activate(Handle.START)
        self._start.reset()
        return True

    def _leave(self, _: QEvent) -> bool:
        self._view.end_hover()
        return False

    def _hide(self, _: QEvent) -> bool:
        self._view.end_hover()
        self._playback.pause()
        return False

    def _wheel(self, event: QWheelEvent) -> bool:
        """Down or right is one step towards clean."""
        delta = event.angleDelta()
        self._wheel_turned -= delta.y() + delta.x()
        notches = int(self._wheel_turned / 120)
        if notches:
            self._wheel_turned -= notches * 120
            self._playback.step(notches)
        event.accept()
        return True

    def _menu(self, event: QContextMenuEvent) -> bool:
        self._view.end_hover()
        on_step = self._model.playhead.frame is not None and not self._model.running
        go_on = self.go_on_wanted if on_step else None
        menu = timeline_menu(self._widget, self._view, self._playback, self._start, go_on)
        menu.popup(event.globalPos())
        return True

    # Keyboard

    def _override(self, event: QKeyEvent) -> bool:
        """Keep our own keys even where the window has shortcuts for them."""
        own = event.modifiers() in _PLAIN and event.key() in OWN_KEYS
        if own:
            event.accept()
        return own

    def _key(self, event: QKeyEvent) -> bool:
        """Handle a key; true if it was ours. Releasing it finishes a move of the start."""
        self._view.end_hover()  # so that the popup does not cover the picture
        key, modifiers = Key(event.key()), event.modifiers()
        control = modifiers & (Modifier.ControlModifier | Modifier.MetaModifier)
        if not self._model.has_picture or key not in OWN_KEYS or control:
            return False
        alt = bool(modifiers & Modifier.AltModifier)
        start = alt or key in START_STEPS or self._model.active is Handle.START
        if key is Key.Key_Space:
            if not event.isAutoRepeat():
                self._playback.toggle()
        elif key in (Key.Key_Home, Key.Key_End):
            self._jump(key is Key.Key_Home, start)
        else:
            steps = {**STEPS, **START_STEPS}[key]
            if modifiers & Modifier.ShiftModifier:
                steps *= FAR
            if start:
                self._start.step(steps)
            else:
                self._playback.step(steps)
        return True

    def _jump(self, to_noise: bool, start: bool) -> None:
        if start:
            self._start.move_to(self._model.axis.t_max if to_noise else 0.0)
        elif to_noise:
            self._playback.to_first()
        else:
            self._playback.to_last()

    def _key_release(self, event: QKeyEvent) -> bool:
        if not event.isAutoRepeat():
            self._let_go()
        return False

    def _focus_in(self, event: QFocusEvent) -> bool:
        back = event.reason() is Qt.FocusReason.BacktabFocusReason
        if back or event.reason() is Qt.FocusReason.TabFocusReason:
            self.activate(Handle.START if back else Handle.PLAYHEAD)
        self._view.update_axis()
        return False

    def _focus_out(self, _: QFocusEvent) -> bool:
        self._let_go()
        self._view.update_axis()
        return False

    def _let_go(self) -> None:
        if self.dragged is None:
            self._start.finish()
