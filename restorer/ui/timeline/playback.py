"""All that a person can do with the playhead: moving, stepping, playing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from restorer.ui.timeline.model import PlayheadPosition, TimelineModel
from restorer.ui.timeline.motion import (
    FORWARD_MS,
    FORWARD_TICK_MS,
    GLIDE_MS,
    Player,
    frame_interval,
)
from restorer.ui.timeline.view import TimelineView


class Playback(QObject):
    """Mouse, keys, wheel, buttons and screen readers move the playhead through this."""

    moved = Signal(object)  # PlayheadPosition, at each move

    def __init__(self, model: TimelineModel, view: TimelineView, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._view = view
        self._player = Player(self)
        row = view.transport
        row.first.clicked.connect(self.to_first)
        row.back.clicked.connect(self.step_back)
        row.play.clicked.connect(self.toggle)
        row.forward.clicked.connect(self.step_forward)
        row.last.clicked.connect(self.to_last)
        self._player.beat.connect(self._advance)
        self._player.changed.connect(row.show_playing)

    @property
    def playing(self) -> bool:
        return self._player.playing

    @property
    def loop(self) -> bool:
        """Playing starts again at the end."""
        return self._view.transport.loop.isChecked()

    def set_loop(self, loop: bool) -> None:
        self._view.transport.loop.setChecked(loop)

    def play(self) -> None:
        """Play the recorded steps, or without any the forward process."""
        model = self._model
        if not model.has_picture:
            return
        if model.frames:
            if model.playhead.frame in (None, len(model.frames) - 1):
                self._move(model.at_frame(0))
            self._player.start(frame_interval(len(model.frames)))
        else:
            if model.playhead.t >= model.axis.t_max:
                self._move(model.rest, glide=False)
            self._player.start(FORWARD_TICK_MS)

    def pause(self) -> None:
        self._player.stop()

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def step_forward(self) -> None:
        """One step towards clean."""
        self.step(1)

    def step_back(self) -> None:
        """One step towards noise; from the first frame into the forward process."""
        self.step(-1)

    def step(self, steps: int) -> None:
        """Go some steps towards clean, or if negative towards noise."""
        self.move_to(self._model.stepped(steps))

    def to_first(self) -> None:
        """The first frame; from there, or without frames, pure noise."""
        self.move_to(self._model.first())

    def to_last(self) -> None:
        """The last frame, or the picture as it came."""
        self.move_to(self._model.last())

    def to_frame(self, index: int) -> None:
        """Raises IndexError if there is no such frame."""
        self.move_to(self._model.at_frame(index))

    def move_to(self, position: PlayheadPosition, glide: bool = True) -> None:
        if self._model.has_picture:
            self.pause()
            self._move(position, glide)

    def _advance(self, elapsed_ms: float) -> None:
        frames = len(self._model.frames)
        if frames:
            following = self._model.next_frame(self.loop)
        else:
            following = self._model.next_forward(elapsed_ms / FORWARD_MS, self.loop)
        if following is not None:
            self._move(following, frames > 0, min(GLIDE_MS, frame_interval(frames)))
        elif not self._model.running:  # a run will bring the next frame
            self.pause()

    def _move(self, position: PlayheadPosition, glide: bool = True, ms: int = GLIDE_MS) -> None:
        if position != self._model.playhead:
            self._view.show(position, glide, ms)
            self.moved.emit(position)
