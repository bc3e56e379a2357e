"""The open pictures: reading, measuring, and which of them is on view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.models import Models
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture, Source
from restorer.document.parameters import Parameters
from restorer.document.settings import Settings
from restorer.document.states import Status
from restorer.errors import RestorerError, TruncatedFile
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs
from restorer.jobs.background import Job

#: Is given the value of what was asked for.
Answer = Callable[[Any], None]

#: So many of the files opened together are read at once, the others when they are looked at.
READ_AHEAD = 8


class Pictures(QObject):
    """What is open, and which picture is on view.

    The signals are for the other parts of the document; everybody else hears of `Changes`.
    """

    switched = Signal()  # another picture is on view
    measured = Signal(object)  # OpenPicture
    closing = Signal(object)  # OpenPicture
    failed = Signal()  # what was asked for will not be answered

    def __init__(
        self,
        jobs: Jobs,
        settings: Settings,
        models: Models,
        notices: Notices,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._settings, self._models = jobs, settings, models
        self._notices, self._notifier = notices, notifier
        self.all: list[OpenPicture] = []
        self.current: OpenPicture | None = None
        self.undo_group = QUndoGroup(self)
        self._no_undo = QUndoStack(self.undo_group)
        self._arriving: list[OpenPicture] = []  # opened last: the first to be read is shown

    def open_files(self, paths: Sequence[Path], allow_truncated: bool = False) -> None:
        """Open files beside what is open; the first that can be read is shown once it is."""
        entries = [
            OpenPicture(
                Source(path.name, path, allow_truncated=allow_truncated),
                parameters=self._parameters(),
            )
            for path in paths
        ]
        for entry in entries:
            self._add(entry)
        for entry in entries[:READ_AHEAD]:
            self._begin_reading(entry)
        if entries and self.current is None:
            self.show(entries[0])
        elif entries:  # until then one goes on seeing what is on view
            self._arriving = entries[:READ_AHEAD]

    def open_cut_short(self) -> None:
        """Open what can be read of the files that end early."""
        paths = self._notices.cut_short
        self._notices.dismiss()
        self.open_files(paths, allow_truncated=True)

    def open_sample(self, path: Path, title: str, static: float | None, credit: str = "") -> None:
        """Open a bundled picture, covered with static of that noise (0-255 scale) if any."""
        source = Source(title, static=static, sample=path, credit=credit)
        entry = OpenPicture(source, parameters=self._parameters())
        self._add(entry)
        self.show(entry)

    def open_picture(self, picture: Picture, title: str) -> OpenPicture:
        """The same for a picture that is not a file: pasted, or dropped from a browser."""
        entry = OpenPicture(Source(title), parameters=self._parameters())
        self.open_made(entry, partial(work.opened, picture))
        return entry

    def open_made(self, entry: OpenPicture, making: Callable[[], work.Opened]) -> None:
        """Open a picture that is made off the main thread."""
        entry.asked = True
        self._add(entry)
        self.ask(entry, making, partial(self._read, entry))
        self.show(entry)

    def close(self, entry: OpenPicture) -> None:
        """Forget a picture, its runs and its results."""
        self.closing.emit(entry)
        at = self.all.index(entry)
        self.all.remove(entry)
        self.undo_group.removeStack(entry.undo)
        if entry is self.current:
            self.show(self.all[min(at, len(self.all) - 1)] if self.all else None)
        self._notifier.tell(Changes.PICTURES)

    def show(self, entry: OpenPicture | None) -> None:
        """Put another open picture on view."""
        self.current = entry
        self._arriving = []
        if entry is None:
            self.undo_group.setActiveStack(self._no_undo)
        else:
            self.undo_group.setActiveStack(entry.undo)
            self._begin_reading(entry)
            self._count_scratches(entry)
        self._notifier.tell(Changes.CURRENT)
        self.switched.emit()

    def show_neighbour(self, by: int) -> None:
        """Go through the list; stops at its ends."""
        if self.current is None:
            return
        at = self.all.index(self.current) + by
        if 0 <= at < len(self.all):
            self.show(self.all[at])

    def compute(self, job: Callable[[], Any], answer: Answer) -> None:
        """Do something for the picture on view off the main thread; the answer comes back here."""
        if self.current is not None:
            self.ask(self.current, job, answer)

    def ask(self, entry: OpenPicture, work: Callable[[], Any], answer: Answer) -> Job:
        """Do something for a picture off the main thread; the answer comes back here."""
        answered, failed = partial(self._answered, entry, answer), partial(self._failed, entry)
        return self._jobs.files.run(work, answered, failed)

    # Helpers.

    def _answered(self, entry: OpenPicture, answer: Answer, value: Any) -> None:
        """Nobody waits for the answer if the picture has been closed."""
        if entry in self.all:
            answer(value)

    def _failed(self, entry: OpenPicture, error: RestorerError) -> None:
        if isinstance(error, TruncatedFile) and entry.source.path is not None:
            self._notices.cut_short.append(entry.source.path)
        self._notices.report(error)
        self.failed.emit()
        if entry.status is Status.OPENING and entry in self.all:
            self.close(entry)
        elif entry.status is Status.MEASURING:
            self._measured(entry, work.nothing_found())

    def _parameters(self) -> Parameters:
        """Those that a picture begins with."""
        model = self._settings.model
        return Parameters(model=model, latent=self._models.latent(model))

    def _add(self, entry: OpenPicture) -> None:
        self.all.append(entry)
        self.undo_group.addStack(entry.undo)
        self._notifier.tell(Changes.PICTURES)

    def _begin_reading(self, entry: OpenPicture) -> None:
        source = entry.source.path or entry.source.sample
        if entry.asked or source is None:
            return
        entry.asked = True
        reading = partial(work.read, source, entry.source.static, entry.source.allow_truncated)
        self.ask(entry, reading, partial(self._read, entry))

    def _read(self, entry: OpenPicture, opened: work.Opened) -> None:
        entry.picture, entry.thumbnail = opened.picture, opened.thumbnail
        entry.tables = opened.tables
        entry.status = Status.MEASURING
        if entry.source.path is not None:
            self._settings.add_recent(entry.source.path)
        on_view = entry is self.current
        self._notifier.tell(Changes.PICTURES | (Changes.CURRENT if on_view else Changes.NONE))
        if entry in self._arriving:
            self.show(entry)
        self.ask(entry, partial(work.measure, entry.picture), partial(self._measured, entry))

    def _measured(self, entry: OpenPicture, estimate: Any) -> None:
        entry.estimate, entry.status = estimate, Status.READY
        self.measured.emit(entry)
        if entry is self.current:
            self._notifier.tell(Changes.PICTURES | Changes.ESTIMATE | Changes.STATUS)
            self._count_scratches(entry)
        else:
            self._notifier.tell(Changes.PICTURES)

    def _count_scratches(self, entry: OpenPicture) -> None:
        """Once, when it is on view: it takes seconds, and other files wait for it."""
        if entry.counted or entry.picture is None or entry.estimate is None:
            return
        entry.counted = True
        counting = partial(work.count_scratches, entry.picture)
        self.ask(entry, counting, partial(self._counted, entry))

    def _counted(self, entry: OpenPicture, scratches: int) -> None:
        """Scratches take longer to be found, so that Restore does not wait for them."""
        if scratches and entry.estimate is not None:
            entry.estimate = replace(entry.estimate, scratches=scratches)
            if entry is self.current:
                self._notifier.tell(Changes.PROPOSAL)
