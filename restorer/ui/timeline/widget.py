"""The noise timeline: one axis over diffusion time for a person's own picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QAccessibleInterface,
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from restorer.diffusion.schedule import Schedule
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline import accessible
from restorer.ui.timeline.axis import TimeAxis
from restorer.ui.timeline.gestures import OWN_KEYS, Gestures, Handle
from restorer.ui.timeline.hands import TimelineHands
from restorer.ui.timeline.menu import timeline_menu
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.readout import hover_lines


class NoiseTimeline(TimelineHands):
    """Pure noise on the left, clean on the right; a start handle, a playhead, the recorded steps.

    Left of the recorded steps the playhead is free and stands for the forward process on the
    person's own picture; among the steps it snaps to them. Setters of the program (`set_start`,
    `set_playhead_frame`, ...) emit nothing; what a person does, and playing, does.

    Signals:
        start_changed(float): the start handle moves under the hand.
        start_edited(float): it was let go at a new t; one undo step.
        playhead_moved(PlayheadPosition): by hand or by playing, at each move.
        playing_changed(bool), loop_changed(bool).
    """

    def __init__(self, schedule: Schedule, parent: QWidget | None = None) -> None:
        super().__init__(schedule, parent)
        accessible.install()
        #: Held here because Qt keeps only the C++ half of it.
        self.accessible: QAccessibleInterface | None = None
        self._wheel = 0
        self._gestures = Gestures(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # -- what the program sets ---------------------------------------------------------------

    def set_schedule(self, schedule: Schedule, latent: bool = False) -> None:
        """Another model's axis; `latent`: of latents, where noise is none of the picture's."""
        if schedule is not self._state.schedule or latent != self._state.latent:
            self._state.latent = latent
            self._state.axis = TimeAxis(schedule, self.spacing)
            self._show(self._state.playhead, glide=False)
            self._restyled()

    def set_place(self, t: float | None, noise: float) -> None:
        """Your picture is here: t* and noise (0-255); the start handle goes there too.

        None means that there is no picture. A playhead on a frame stays; one on the picture or
        in the forward world goes to the picture.
        """
        self._state.place = None if t is None else self._state.clamped(t)
        self._state.proposed = None
        self._state.noise = noise
        self._state.start = self._state.default_start
        self._thumbnails.set_render(self._thumbnails.render)  # it renders another place now
        if self.playhead.frame is None:
            self._show(self._state.rest)
        self._changed()

    def set_doubt(self, doubt: tuple[float, float] | None) -> None:
        """Between which t the picture may be; None where there is no doubt worth showing."""
        self._state.doubt = doubt
        self._changed()

    def set_clean(self, clean: bool) -> None:
        """The picture is clean: the start handle goes to the clean end, or else to t*."""
        self._state.clean = clean
        self._state.start = self._state.default_start
        self._changed()

    def set_proposed_start(self, t: float | None) -> None:
        """Where the start handle belongs unless a person moves it; None for where the picture is.

        The handle itself stays.
        """
        self._state.proposed = None if t is None else self._state.clamped(t)
        self._changed()

    @property
    def recorded(self) -> int:
        """How many steps there are."""
        return len(self._state.frames)

    def set_frames(self, infos: Sequence[FrameInfo]) -> None:
        """These are the recorded steps; thumbnails of those that remain are kept."""
        self._state.set_frames(infos)
        self._thumbnails.keep_first(len(infos))
        self._show(self._state.playhead)
        self._changed()

    def add_frame(self, info: FrameInfo, thumbnail: QImage | None = None) -> None:
        """One more step. A thumbnail of about 350 pixels also serves the hover popup."""
        self._state.set_frames([*self._state.frames, info])
        if thumbnail is not None:
            self._thumbnails.put(len(self._state.frames) - 1, thumbnail)
        self._show(self._state.playhead)
        self._changed()

    def set_latent_frames(self, latent: bool) -> None:
        """The recorded steps are a latent model's, whatever the axis."""
        self._state.latent_frames = latent
        self._changed()

    def clear_frames(self) -> None:
        """No recorded steps; a playhead among them goes back to the picture."""
        self.pause()
        self.set_frames([])

    def set_thumbnail(self, index: int, image: QImage) -> None:
        """The small picture of a recorded step."""
        self._thumbnails.put(index, image)
        self._changed()

    @property
    def expected_steps(self) -> int:
        """How many steps the run will record; those to come are drawn faintly while it runs."""
        return self._state.expected_steps

    @expected_steps.setter
    def expected_steps(self, steps: int) -> None:
        self._state.expected_steps = steps
        self._changed()

    def set_running(self, running: bool, steps: int = 0) -> None:
        """A run of so many steps from `start` has begun, or is over."""
        self._state.running = running
        self.expected_steps = steps if running else 0

    def set_playhead_frame(self, index: int) -> None:
        """Raises IndexError if there is no such frame."""
        self._show(self._state.at_frame(index))

    def set_playhead_t(self, t: float) -> None:
        """Put the playhead at t, or at the frame nearest to it right of the first one."""
        self._show(self._state.snapped(t))

    # -- events ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return super().mousePressEvent(event)
        self._end_hover()
        self._gestures.press(event.position())
        self._show_start_popup()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._gestures.dragged is not None:
            self._gestures.drag(point)
            self._show_start_popup()
            return
        handle = self._gestures.hit(point)
        on_start = handle is Handle.START
        shape = Qt.CursorShape.SizeHorCursor if on_start else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        if on_start:
            self._end_hover()
            self._show_start_popup(resting=True)
        elif point.y() < self.axis_layout.notes.start:
            self._end_hover()
        else:
            index = self.thumbnail_at(point)
            under = point.x() if index is None else self._x_of_frame(index)
            self._hover(under)

    def _x_of_frame(self, index: int) -> float:
        return self.axis_layout.x(self._state.frames[index].t)

    def _show_start_popup(self, resting: bool = False) -> None:
        if resting or self._gestures.dragged is Handle.START:
            lines = hover_lines(self._state, PlayheadPosition(self.start))
            self._show_popup(self.axis_layout.x(self.start), ["Restore from here", *lines])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._gestures.release()
            self._end_hover()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._gestures.double_click(event.position()):
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._end_hover()

    def hideEvent(self, event: QHideEvent) -> None:
        self._end_hover()
        self.pause()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Down or right is one step towards clean."""
        delta = event.angleDelta()
        self._wheel -= delta.y() + delta.x()
        notches = int(self._wheel / 120)
        if notches:
            self._wheel -= notches * 120
            self.step_by_hand(notches)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._end_hover()
        timeline_menu(self).popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._end_hover()  # who steps by keys wants to see the picture
        if not self._gestures.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and self._gestures.dragged is None:
            self.finish_start()
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        back = event.reason() is Qt.FocusReason.BacktabFocusReason
        if back or event.reason() is Qt.FocusReason.TabFocusReason:
            self.active = Handle.START if back else Handle.PLAYHEAD
        super().focusInEvent(event)
        self._update_axis()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._gestures.dragged is None:
            self.finish_start()
        super().focusOutEvent(event)
        self._update_axis()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab visits the playhead, then the start handle, then leaves."""
        here, there = (Handle.PLAYHEAD, Handle.START)[:: 1 if forward else -1]
        if self.live and self.hasFocus() and self.active is here:
            self.active = there
            return True
        return super().focusNextPrevChild(forward)

    def event(self, event: QEvent) -> bool:
        """Our keys are ours even where the window has a shortcut on them."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
                Qt.KeyboardModifier.AltModifier,
            )
            if plain and event.key() in OWN_KEYS:
                event.accept()
                return True
        return super().event(event)
