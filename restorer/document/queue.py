"""The order of waiting runs, and pausing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from restorer.document.changes import Changes, Notifier
from restorer.document.open_picture import OpenPicture
from restorer.document.runs import Runs
from restorer.jobs import Jobs


class Queue(QObject):
    """Reorders waiting runs, and pauses all runs."""

    def __init__(self, jobs: Jobs, runs: Runs, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._runs, self._notifier = jobs, runs, notifier
        runs.freed.connect(self._freed)

    @property
    def paused(self) -> bool:
        return self._jobs.paused

    def pause(self, paused: bool) -> None:
        """Pause all runs, or let them go on."""
        if paused != self._jobs.paused:
            self._jobs.pause(paused)
            self._tell()

    def toggle(self) -> None:
        self.pause(not self.paused)

    def waits(self, opened: OpenPicture) -> tuple[int, int] | None:
        """Number of waiting runs before and after that of a picture; None if it does not wait."""
        return self._jobs.waits(opened.results.making) if opened.results.making else None

    def move(self, opened: OpenPicture, by: int) -> None:
        """Move the waiting run of a picture by so many turns."""
        if opened.results.making is not None:
            self._jobs.move(opened.results.making, by)
            self._tell()

    @Slot()
    def _freed(self) -> None:
        """End the pause when no run is left."""
        if not self._runs.busy:
            self.pause(False)

    def _tell(self) -> None:
        self._notifier.tell(Changes.PICTURES | Changes.STATUS | Changes.PROGRESS)
