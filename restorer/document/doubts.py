"""Measuring how far a result can be trusted, in the engine's thread, when somebody asks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restorer.engine.progress import Progress
from restorer.engine.run import DoubtRun, Run
from restorer.jobs import Jobs, Kind, Message


class Doubts(QObject):
    """Measurements take their turns among the runs."""

    changed = Signal()  # begun, farther, or over
    ended = Signal()  # known now, or stopped

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._doubts: dict[int, DoubtRun] = {}
        self.progress: Progress | None = None  # of the one under way
        jobs.message.connect(self._handle)

    @property
    def measuring(self) -> Run | None:
        """The run whose result is being judged, or will be first."""
        return next((doubt.of for doubt in self._doubts.values()), None)

    def ahead(self, run: Run | None) -> int | None:
        """How many runs end before this one is judged; None if it is not going to be."""
        doubt = self._doubt(run)
        return None if doubt is None else self._jobs.ahead(doubt)

    def begin(self, run: Run) -> None:
        """Measure the spread of this run, unless it is known or on its way."""
        if run.spread is None and self._doubt(run) is None:
            doubt = self._jobs.doubt(run)
            self._doubts[doubt.number] = doubt
            self.changed.emit()

    def stop(self, run: Run) -> None:
        """Do not measure it, if it was to be."""
        doubt = self._doubt(run)
        if doubt is not None:
            self._jobs.cancel(doubt)

    def _doubt(self, run: Run | None) -> DoubtRun | None:
        return next((doubt for doubt in self._doubts.values() if doubt.of is run), None)

    @Slot(object)
    def _handle(self, message: Message) -> None:
        doubt = self._doubts.get(message.number)
        if doubt is None:
            return
        if message.kind is Kind.PROGRESS:
            tiles = doubt.partials.take()
            self.progress = tiles[-1] if tiles else self.progress
        elif message.kind in (Kind.FINISHED, Kind.STOPPED, Kind.FAILED):
            del self._doubts[message.number]
            self.progress = None
            self.ended.emit()
        self.changed.emit()
