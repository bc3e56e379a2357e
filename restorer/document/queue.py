"""The order of the runs that wait, and whether any may go on at all."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from restorer.document.changes import Changes, Notifier
from restorer.document.open_picture import OpenPicture
from restorer.document.runs import Runs
from restorer.jobs import Jobs


class Queue(QObject):
    """What a person can do about runs that are not over."""

    def __init__(self, jobs: Jobs, runs: Runs, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._runs, self._notifier = jobs, runs, notifier
        runs.freed.connect(self._freed)

    @property
    def paused(self) -> bool:
        return self._jobs.paused

    def pause(self, paused: bool) -> None:
        """Hold all runs where they are, or let them go on."""
        if paused != self._jobs.paused:
            self._jobs.pause(paused)
            self._tell()

    def toggle(self) -> None:
        self.pause(not self.paused)

    def waits(self, opened: OpenPicture) -> tuple[int, int] | None:
        """How many runs that wait come before and after that of a picture; None if none waits."""
        return self._jobs.waits(opened.results.making) if opened.results.making else None

    def move(self, opened: OpenPicture, by: int) -> None:
        """Let the run of a picture that waits begin so many turns later, or earlier."""
        if opened.results.making is not None:
            self._jobs.move(opened.results.making, by)
            self._tell()

    @Slot()
    def _freed(self) -> None:
        """What is begun next is not held by what was."""
        if not self._runs.busy:
            self.pause(False)

    def _tell(self) -> None:
        self._notifier.tell(Changes.PICTURES | Changes.STATUS | Changes.PROGRESS)
