"""What a person does to the timeline, by whatever means: moving, editing, playing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleValueChangeEvent
from PySide6.QtWidgets import QWidget

from restorer.diffusion.schedule import Schedule
from restorer.ui.timeline.gestures import Handle
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.motion import (
    FORWARD_MS,
    FORWARD_TICK_MS,
    GLIDE_MS,
    Player,
    frame_interval,
)
from restorer.ui.timeline.readout import spoken
from restorer.ui.timeline.surface import TimelineSurface


class TimelineHands(TimelineSurface):
    """Pointer, keys, wheel, buttons and screen reader all end in these methods.

    Signals: see `NoiseTimeline`.
    """

    start_changed = Signal(float)
    start_edited = Signal(float)
    playhead_moved = Signal(object)
    playing_changed = Signal(bool)
    loop_changed = Signal(bool)

    def __init__(self, schedule: Schedule, parent: QWidget | None = None) -> None:
        super().__init__(schedule, parent)
        self._start_before: float | None = None
        self._player = Player(self)
        row = self._transport
        row.first.clicked.connect(self.to_first)
        row.back.clicked.connect(self.step_back)
        row.play.clicked.connect(self.toggle_play)
        row.forward.clicked.connect(self.step_forward)
        row.last.clicked.connect(self.to_last)
        row.loop.toggled.connect(self.loop_changed)
        self._player.beat.connect(self._advance)
        self._player.changed.connect(row.show_playing)
        self._player.changed.connect(self.playing_changed)

    @property
    def start(self) -> float:
        """t where a run would begin."""
        return self._state.start

    def set_start(self, t: float) -> None:
        """Put the start handle there."""
        self._state.start = self._state.clamped(t)
        self._changed()

    @property
    def default_start(self) -> float:
        """Where the start handle goes back to."""
        return self._state.default_start

    @property
    def playhead(self) -> PlayheadPosition:
        """Where the playhead stands; what is painted may still be gliding there."""
        return self._state.playhead

    # -- playing -----------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        return self._player.playing

    @property
    def loop(self) -> bool:
        """Playing begins again at the end."""
        return self._transport.loop.isChecked()

    @loop.setter
    def loop(self, loop: bool) -> None:
        self._transport.loop.setChecked(loop)

    def play(self) -> None:
        """Go over the recorded steps, or without any let the noise settle on the picture."""
        if not self.live:
            return
        if self._state.frames:
            if self.playhead.frame in (None, len(self._state.frames) - 1):
                self._move(self._state.at_frame(0))
            self._player.start(frame_interval(len(self._state.frames)))
        else:
            if self.playhead.t >= self.schedule_axis.t_max:
                self._move(self._state.rest, glide=False)
            self._player.start(FORWARD_TICK_MS)

    def pause(self) -> None:
        self._player.stop()

    def toggle_play(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def _advance(self, elapsed_ms: float) -> None:
        frames = len(self._state.frames)
        if frames:
            following = self._state.following(self.loop)
        else:
            following = self._state.fogged(elapsed_ms / FORWARD_MS, self.loop)
        if following is not None:
            self._move(following, frames > 0, min(GLIDE_MS, frame_interval(frames)))
        elif not self._state.running:  # a run will bring the next frame
            self.pause()

    def step_forward(self) -> None:
        """One step towards clean."""
        self.step_by_hand(1)

    def step_back(self) -> None:
        """One step towards noise; from the first frame into the forward world."""
        self.step_by_hand(-1)

    def to_first(self) -> None:
        """The first frame; from there, or without frames, pure noise."""
        self.move_by_hand(self._state.first())

    def to_last(self) -> None:
        """The last frame, or the picture as it came."""
        self.move_by_hand(self._state.last())

    # -- what hands do (called by Gestures and by the screen reader) -----------------------------

    @property
    def live(self) -> bool:
        """There is something to move."""
        return self._state.has_picture

    @property
    def active(self) -> Handle:
        """The handle that keys move."""
        return self._active

    @active.setter
    def active(self, handle: Handle) -> None:
        if handle is not self._active:
            self._active = handle
            self._announce()
            self._update_axis()

    @property
    def start_in_hand(self) -> bool:
        return self._active is Handle.START

    @property
    def value_text(self) -> str:
        """The value in words, as a screen reader says it."""
        return spoken(self._state, self.start_in_hand)

    def move_by_hand(self, position: PlayheadPosition, glide: bool = True) -> None:
        """The playhead, by a person; ends playing."""
        if self.live:
            self.pause()
            self._move(position, glide)

    def move_to_frame_by_hand(self, index: int) -> None:
        self.move_by_hand(self._state.at_frame(index))

    def step_by_hand(self, steps: int) -> None:
        self.move_by_hand(self._state.stepped(steps))

    def start_by_hand(self, t: float) -> None:
        """The start handle, by a person who has not let go yet."""
        t = self._state.clamped(t)
        if not self.live or t == self.start:
            return
        if self._start_before is None:
            self._start_before = self.start
        self._start_is_moving = True
        self.set_start(t)
        self._announce()
        self.start_changed.emit(t)

    def nudge_start_by_hand(self, steps: int) -> None:
        self.start_by_hand(self._state.nudged_start(steps))

    def finish_start(self) -> None:
        """The hand is off the start handle: one edit, if it moved."""
        before, self._start_before = self._start_before, None
        self._start_is_moving = False
        self._update_readout()
        if before is not None and before != self.start:
            self.start_edited.emit(self.start)

    def reset_start(self) -> None:
        """Back to where it was proposed, as an edit."""
        self.start_by_hand(self._state.default_start)
        self.finish_start()

    def set_value_by_hand(self, t: float) -> None:
        """The active handle to t, as an edit."""
        if self.start_in_hand:
            self.start_by_hand(t)
            self.finish_start()
        else:
            self.move_by_hand(self._state.snapped(t))

    def _move(
        self, position: PlayheadPosition, glide: bool = True, glide_ms: int = GLIDE_MS
    ) -> None:
        if position != self._state.playhead:
            self._show(position, glide, glide_ms)
            self._announce()
            self.playhead_moved.emit(position)

    def _announce(self) -> None:
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, self.value_text))
