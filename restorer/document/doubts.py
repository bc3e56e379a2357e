"""Measuring how far a result can be trusted, in the engine's thread, when somebody asks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restorer.engine.progress import Progress
from restorer.jobs import DoubtRun, Jobs, Kind, Message, Run


class Doubts(QObject):
    """At most one measurement at a time; a run that begins stops it."""

    changed = Signal()  # begun, farther, or over
    ended = Signal()  # known now, or stopped

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._doubt: DoubtRun | None = None
        self.progress: Progress | None = None
        jobs.message.connect(self._handle)

    @property
    def measuring(self) -> Run | None:
        """The run whose result is being judged."""
        return self._doubt.of if self._doubt else None

    def begin(self, run: Run) -> None:
        """Measure the spread of this run, unless it is known or on its way."""
        if run.spread is None and self.measuring is not run:
            self.progress = None
            self._doubt = self._jobs.doubt(run)
            self.changed.emit()

    @Slot(object)
    def _handle(self, message: Message) -> None:
        if self._doubt is None or message.number != self._doubt.number:
            return
        if message.kind is Kind.PROGRESS:
            tiles = self._doubt.partials.take()
            self.progress = tiles[-1] if tiles else self.progress
        elif message.kind in (Kind.FINISHED, Kind.STOPPED, Kind.FAILED):
            self._doubt = self.progress = None
            self.ended.emit()
        self.changed.emit()
