"""All that a person can do with the start handle."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from restorer.ui.timeline.model import TimelineModel
from restorer.ui.timeline.view import TimelineView


class StartEdit(QObject):
    """All moves of the start handle until its release are one edit."""

    moved = Signal(float)  # t, while it is being moved
    edited = Signal(float)  # t, once it was released at a new place; one undo step

    def __init__(self, model: TimelineModel, view: TimelineView, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._view = view
        self._before: float | None = None

    @property
    def possible(self) -> bool:
        return self._model.has_picture

    def move_to(self, t: float) -> None:
        model = self._model
        t = model.clamped(t)
        if not self.possible or t == model.start:
            return
        if self._before is None:
            self._before = model.start
        model.start, model.start_is_moving = t, True
        self._view.changed()
        self.moved.emit(t)

    def step(self, steps: int) -> None:
        """Go some steps towards clean, or if negative towards noise, without finishing."""
        self.move_to(self._model.nudged_start(steps))

    def finish(self) -> None:
        """The handle was released: one edit, if it moved."""
        before, self._before = self._before, None
        self._model.start_is_moving = False
        self._view.update_readout()
        if before is not None and before != self._model.start:
            self.edited.emit(self._model.start)

    def reset(self) -> None:
        self.set(self._model.default_start)

    def set(self, t: float) -> None:
        self.move_to(t)
        self.finish()
