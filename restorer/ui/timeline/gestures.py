"""What pointer and keys do to the timeline. Knows nothing of painting."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from restorer.ui.timeline.widget import NoiseTimeline

Key = Qt.Key
FAR = 10
REACH = 9.0

#: Keys that move what has the focus, in steps towards clean.
STEPS = {Key.Key_Left: -1, Key.Key_Right: 1, Key.Key_PageUp: -FAR, Key.Key_PageDown: FAR}
#: Keys that move the start handle whatever has the focus: up is harder, towards noise.
START_STEPS = {Key.Key_Up: -1, Key.Key_Down: 1}
OWN_KEYS = {*STEPS, *START_STEPS, Key.Key_Home, Key.Key_End, Key.Key_Space}


class Handle(Enum):
    """What can be dragged."""

    START = auto()
    PLAYHEAD = auto()


class Gestures:
    """Turns presses, moves and keys into calls on the timeline."""

    def __init__(self, timeline: NoiseTimeline) -> None:
        self._timeline = timeline
        self._offset = 0.0
        self.dragged: Handle | None = None

    def hit(self, point: QPointF) -> Handle | None:
        """The handle under a point; anywhere on the axis it is the playhead."""
        layout = self._timeline.axis_layout
        if not self._timeline.live or point.y() < layout.notes.start:
            return None
        under_the_band = layout.band.end <= point.y() <= layout.strip.start
        near = abs(point.x() - layout.x(self._timeline.start)) <= REACH
        return Handle.START if under_the_band and near else Handle.PLAYHEAD

    def press(self, point: QPointF) -> None:
        self.dragged = self.hit(point)
        if self.dragged is None:
            return
        self._timeline.active = self.dragged
        if self.dragged is Handle.START:
            self._offset = point.x() - self._timeline.axis_layout.x(self._timeline.start)
            return
        index = self._timeline.thumbnail_at(point)
        if index is not None:
            self._timeline.move_to_frame_by_hand(index)
        else:
            self._drag_playhead(point.x())

    def drag(self, point: QPointF) -> None:
        if self.dragged is Handle.START:
            t = self._timeline.axis_layout.t_at(point.x() - self._offset)
            self._timeline.start_by_hand(t)
        elif self.dragged is Handle.PLAYHEAD:
            self._drag_playhead(point.x())

    def _drag_playhead(self, x: float) -> None:
        position = self._timeline.position_at(x)
        # free in the forward world: no glide, or it would lag behind the pointer
        self._timeline.move_by_hand(position, glide=position.frame is not None)

    def release(self) -> None:
        dragged, self.dragged = self.dragged, None
        if dragged is Handle.START:
            self._timeline.finish_start()

    def double_click(self, point: QPointF) -> bool:
        """On the start handle: back to where it was proposed."""
        if self.hit(point) is not Handle.START:
            return False
        self.dragged = None
        self._timeline.active = Handle.START
        self._timeline.reset_start()
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key was ours. The start is finished when the key is let go."""
        timeline, key = self._timeline, Key(event.key())
        if not timeline.live or key not in OWN_KEYS:
            return False
        modifiers = event.modifiers()
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier):
            return False
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        start = alt or key in START_STEPS or timeline.active is Handle.START
        if key is Key.Key_Space:
            if not event.isAutoRepeat():
                timeline.toggle_play()
        elif key in (Key.Key_Home, Key.Key_End):
            self._jump(key is Key.Key_Home, start)
        else:
            steps = {**STEPS, **START_STEPS}[key]
            if modifiers & Qt.KeyboardModifier.ShiftModifier:
                steps *= FAR
            if start:
                timeline.nudge_start_by_hand(steps)
            else:
                timeline.step_by_hand(steps)
        return True

    def _jump(self, to_noise: bool, start: bool) -> None:
        timeline = self._timeline
        if start:
            timeline.start_by_hand(timeline.schedule_axis.t_max if to_noise else 0.0)
        elif to_noise:
            timeline.to_first()
        else:
            timeline.to_last()
