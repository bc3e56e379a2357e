"""Connects the timeline and the schedule room, which is created when first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document
from restorer.ui.timeline import NoiseTimeline

if TYPE_CHECKING:  # pyqtgraph comes with it
    from restorer.ui.schedule.room import ScheduleRoom

_CHANGES = Changes.CURRENT | Changes.ESTIMATE | Changes.PARAMETERS | Changes.RUN | Changes.FRAMES


class ScheduleController(QObject):
    """Shows the timeline's state in the room, and moves the playhead when dragged there."""

    def __init__(self, document: Document, timeline: NoiseTimeline, window: QWidget) -> None:
        super().__init__(window)
        self._timeline, self._window = timeline, window
        self.room: ScheduleRoom | None = None
        document.changed.connect(self._on_changed)
        timeline.playback.moved.connect(self._show)

    def show(self) -> None:
        if self.room is None:
            from restorer.ui.schedule.room import ScheduleRoom

            self.room = ScheduleRoom(self._window)
            self.room.wanted.connect(self._on_wanted)
        self.room.show()
        self._show()
        self.room.activateWindow()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & _CHANGES:
            self._show()

    @Slot()
    def _show(self) -> None:
        if self.room is None or not self.room.isVisible():
            return
        from restorer.ui.schedule.room import Shown

        model = self._timeline.model
        steps = tuple(model.places)
        self.room.show_known(Shown(model.schedule, model.place, steps, model.playhead.t))

    @Slot(float)
    def _on_wanted(self, t: float) -> None:
        if self._timeline.model.has_picture:
            self._timeline.playback.move_to(self._timeline.model.snapped(t), glide=False)
        self._show()  # the line snaps to where the playhead snaps
