"""The state of the timeline, and the rules for the playhead. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from restorer.diffusion.schedule import Schedule
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline.axis import TimeAxis

#: One key press in the forward process or on the start handle, as a fraction of the axis.
NUDGE = 0.01


class Handle(Enum):
    """A handle that can be dragged, and moved by keys."""

    START = auto()
    PLAYHEAD = auto()


@dataclass(frozen=True)
class PlayheadPosition:
    """Where the playhead stands.

    Attributes:
        t: place on the schedule.
        frame: index of the recorded frame, or None for the original (the forward
            process adds noise to it up to t).
    """

    t: float
    frame: int | None = None


class TimelineModel:
    """The picture's place, the start of the run, the recorded frames and the playhead.

    Attributes:
        latent: the schedule is that of a latent model, whose noise is not the picture's.
        latent_frames: the frames come from a latent model, whatever the axis.
        active: the handle that keys move.
        start_is_moving: a person is moving the start handle.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.axis = TimeAxis(schedule)
        self.latent = self.latent_frames = False
        self.place: float | None = None
        self.noise = 0.0
        self.doubt: tuple[float, float] | None = None
        self.clean = False
        self.proposed: float | None = None
        self.start = 0.0
        self.frames: list[FrameInfo] = []
        self.running = False
        self.expected_steps = 0
        self.playhead = PlayheadPosition(0.0)
        self.active = Handle.PLAYHEAD
        self.start_is_moving = False

    @property
    def schedule(self) -> Schedule:
        return self.axis.schedule

    @property
    def has_picture(self) -> bool:
        return self.place is not None or bool(self.frames)

    @property
    def default_start(self) -> float:
        """The proposed start, or t* of the picture, or the clean end for a clean picture."""
        if self.proposed is not None:
            return self.proposed
        return 0.0 if self.clean or self.place is None else self.place

    @property
    def idle(self) -> bool:
        """The picture is clean, and no other task is planned."""
        return self.clean and self.proposed is None

    @property
    def rest(self) -> PlayheadPosition:
        """The position of the original."""
        return PlayheadPosition(0.0 if self.place is None else self.place)

    @property
    def border(self) -> float:
        """The t between the forward process (above) and the recorded steps (below)."""
        return self.frames[0].t if self.frames else self.rest.t

    @property
    def pending(self) -> list[float]:
        """The t of the steps still to come in a run."""
        if not self.running or self.expected_steps < 1:
            return []
        times = [float(t) for t in self.schedule.spaced(self.start, self.expected_steps)]
        return [*times[:-1], 0.0][len(self.frames) :]

    def is_result(self, index: int) -> bool:
        """This frame is the last of a complete run: its prediction is the result."""
        frame = self.frames[index]
        return frame.index == frame.steps - 1 and not frame.preview

    def place_of(self, index: int) -> float:
        """The t of a frame on the axis: its own, or 0 for the last frame of a complete run."""
        return 0.0 if self.is_result(index) else self.frames[index].t

    @property
    def places(self) -> list[float]:
        """The same for all frames."""
        return [self.place_of(index) for index in range(len(self.frames))]

    def at_frame(self, index: int) -> PlayheadPosition:
        """Raises IndexError if there is no such frame."""
        if not 0 <= index < len(self.frames):
            raise IndexError(f"no frame {index} among {len(self.frames)}")
        return PlayheadPosition(self.place_of(index), index)

    def snapped(self, t: float) -> PlayheadPosition:
        """Snap t to the nearest frame right of the border; left of it any t is free."""
        t = self.clamped(t)
        if t > self.border:
            return PlayheadPosition(t)
        if not self.frames:
            return self.rest
        places = self.axis.fractions(self.places)
        return self.at_frame(int(np.argmin(np.abs(places - self.axis.fraction(t)))))

    def stepped(self, steps: int) -> PlayheadPosition:
        """The playhead moved by some steps: towards clean if positive, else towards noise."""
        if self.playhead.frame is not None:
            index = self.playhead.frame + steps
            if index >= 0:
                return self.at_frame(min(index, len(self.frames) - 1))
            return self._forward(self.axis.fraction(self.border) + NUDGE * index)
        if self.playhead == self.rest and self.frames and steps > 0:
            return self.at_frame(min(steps, len(self.frames)) - 1)
        return self._forward(self.axis.fraction(self.playhead.t) + NUDGE * steps)

    def _forward(self, fraction: float) -> PlayheadPosition:
        if fraction < self.axis.fraction(self.border):
            return PlayheadPosition(self.axis.t_at(fraction))
        return self.at_frame(0) if self.frames else self.rest

    def first(self) -> PlayheadPosition:
        """The first frame; from there, or without frames, pure noise."""
        if self.frames and self.playhead.frame != 0:
            return self.at_frame(0)
        return PlayheadPosition(self.axis.t_max)

    def last(self) -> PlayheadPosition:
        """The last frame, or the original."""
        return self.at_frame(len(self.frames) - 1) if self.frames else self.rest

    def next_frame(self, loop: bool) -> PlayheadPosition | None:
        """The next position while playing the frames; None at the end."""
        frame = -1 if self.playhead.frame is None else self.playhead.frame
        if frame + 1 < len(self.frames):
            return self.at_frame(frame + 1)
        return self.at_frame(0) if loop and not self.running else None

    def next_forward(self, part: float, loop: bool) -> PlayheadPosition | None:
        """The next position while playing the forward process, by this part of the way."""
        here, way = self.axis.fraction(self.playhead.t), self.axis.fraction(self.rest.t)
        if here > 0:
            return PlayheadPosition(self.axis.t_at(here - part * way))
        return self.rest if loop else None

    def nudged_start(self, steps: int) -> float:
        """The start moved by some steps: towards clean if positive, else towards noise."""
        return self.axis.t_at(self.axis.fraction(self.start) + NUDGE * steps)

    def clamped(self, t: float) -> float:
        return min(max(float(t), 0.0), self.axis.t_max)

    def set_frames(self, infos: Sequence[FrameInfo]) -> None:
        """Replace the frames; the playhead stays on its frame if that still exists."""
        self.frames = list(infos)
        frame = self.playhead.frame
        if frame is not None:
            self.playhead = self.at_frame(frame) if frame < len(self.frames) else self.rest
        elif self.playhead.t < self.border and self.playhead != self.rest:
            self.playhead = self.snapped(self.playhead.t)
