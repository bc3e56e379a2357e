"""Measures the doubt of results in the engine's thread, on request."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restorer.document.changes import Changes, Notifier
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.engine.progress import Progress
from restorer.engine.run import DoubtRun, Run
from restorer.jobs import Jobs, Message, MessageKind


class Doubts(QObject):
    """Queues measurements among the runs."""

    ended = Signal()  # known now, or stopped

    def __init__(self, jobs: Jobs, pictures: Pictures, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._pictures, self._notifier = jobs, pictures, notifier
        self._doubts: dict[int, DoubtRun] = {}
        self.progress: Progress | None = None  # of the one under way
        pictures.closing.connect(self.stop_all_of)

    @property
    def measuring(self) -> Run | None:
        """The run that is being measured, or is next."""
        return next((doubt.of for doubt in self._doubts.values()), None)

    @property
    def picture(self) -> OpenPicture | None:
        """The picture whose doubt is being measured, current or not."""
        run = self.measuring
        return next((opened for opened in self._pictures.all if run in list(opened.results)), None)

    def ahead(self, run: Run | None) -> int | None:
        """Number of runs before the measurement of this run; None if none is queued."""
        doubt = self._doubt(run)
        return None if doubt is None else self._jobs.ahead(doubt)

    def begin(self, run: Run) -> None:
        """Measure the spread of this run, unless it is known or queued."""
        if run.spread is None and self._doubt(run) is None:
            doubt = self._jobs.doubt(run)
            self._doubts[doubt.number] = doubt
            self._notifier.tell(Changes.DOUBT)

    def stop(self, run: Run) -> None:
        doubt = self._doubt(run)
        if doubt is not None:
            self._jobs.cancel(doubt)

    @Slot(object)
    def stop_all_of(self, opened: OpenPicture) -> None:
        """Cancel the measurements of a picture."""
        for run in opened.results:
            self.stop(run)

    def _doubt(self, run: Run | None) -> DoubtRun | None:
        return next((doubt for doubt in self._doubts.values() if doubt.of is run), None)

    def hear(self, message: Message) -> None:
        """Handle a message of the worker about a measurement; ignore others."""
        doubt = self._doubts.get(message.number)
        if doubt is None:
            return
        if message.kind is MessageKind.PROGRESS:
            tiles = doubt.partials.take()
            self.progress = tiles[-1] if tiles else self.progress
        elif message.kind in (MessageKind.FINISHED, MessageKind.STOPPED, MessageKind.FAILED):
            del self._doubts[message.number]
            self.progress = None
            self.ended.emit()
        self._notifier.tell(Changes.DOUBT)
