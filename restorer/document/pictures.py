"""The list of open pictures: reading, measuring, switching, and what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack

from restorer.document import work
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.settings import Settings
from restorer.document.states import Status
from restorer.engine.models import ModelInfo
from restorer.errors import RestorerError, TruncatedFile
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs

log = logging.getLogger(__name__)

Answer = Callable[[Any], None]

#: So many of the files opened together are read at once, the others when they are looked at.
READ_AHEAD = 8


class OpenPictures(QObject):
    """What is open and which of it is on view; the part of a document that comes before a run.

    Signals without arguments say what to read again; they speak of the picture on view, except
    `pictures_changed`, which speaks of the list.
    """

    pictures_changed = Signal()
    current_changed = Signal()
    estimate_changed = Signal()
    proposal_changed = Signal()
    status_changed = Signal()
    errors_changed = Signal()
    told = Signal(str)  # a sentence for the person that is no error

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.settings = settings
        self.pictures: list[OpenPicture] = []
        self.current: OpenPicture | None = None
        self.errors: list[RestorerError] = []
        self.cut_short: list[Path] = []  # files of which a part could be read
        self.models: dict[str, ModelInfo] = {}  # those that can be chosen, by name
        self.undo_group = QUndoGroup(self)
        self._no_undo = QUndoStack(self.undo_group)
        self._answers: dict[int, tuple[OpenPicture, Answer]] = {}
        self._arriving: list[OpenPicture] = []  # opened last: the first to be read is shown

    def open_files(self, paths: Sequence[Path], allow_truncated: bool = False) -> None:
        """Open files beside what is open; the first that can be read is shown once it is."""
        entries = [OpenPicture(path.name, path, allow_truncated=allow_truncated) for path in paths]
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
        paths = self.cut_short
        self.dismiss_errors()
        self.open_files(paths, allow_truncated=True)

    def open_sample(self, path: Path, title: str, static: float | None, credit: str = "") -> None:
        """Open a bundled picture, covered with static of that noise (0-255 scale) if any."""
        entry = OpenPicture(title, static=static, sample=path, credit=credit)
        self._add(entry)
        self.show(entry)

    def open_picture(self, picture: Picture, title: str) -> OpenPicture:
        """The same for a picture that is not a file: pasted, or dropped from a browser."""
        entry = OpenPicture(title, asked=True)
        self._add(entry)
        self.ask(entry, partial(work.opened, picture), partial(self._read, entry))
        self.show(entry)
        return entry

    def close(self, entry: OpenPicture) -> None:
        """Forget a picture."""
        at = self.pictures.index(entry)
        self.pictures.remove(entry)
        self.undo_group.removeStack(entry.undo)
        if entry is self.current:
            self.show(self.pictures[min(at, len(self.pictures) - 1)] if self.pictures else None)
        self.pictures_changed.emit()

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
        self.current_changed.emit()

    def show_neighbour(self, by: int) -> None:
        """Go through the list; stops at its ends."""
        if self.current is None:
            return
        at = self.pictures.index(self.current) + by
        if 0 <= at < len(self.pictures):
            self.show(self.pictures[at])

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """These can be chosen from now on."""
        self.models = {info.name: info for info in models}

    def latent(self, name: str) -> ModelInfo | None:
        """What is known of a model, if it is one with prompts."""
        info = self.models.get(name)
        return info if info is not None and info.role.prompted else None

    def compute(self, job: Callable[[], Any], answer: Answer) -> None:
        """Do something for the picture on view off the main thread; the answer comes back here."""
        if self.current is not None:
            self.ask(self.current, job, answer)

    def ask(self, entry: OpenPicture, job: Callable[[], Any], answer: Answer) -> int:
        """Do something for a picture off the main thread; the answer comes back here."""
        number = self.jobs.in_background(job)
        self._answers[number] = (entry, answer)
        return number

    def awaits(self, number: int) -> bool:
        """The answer to what was asked under this number is still to come."""
        return number in self._answers

    def report(self, error: RestorerError) -> None:
        """Tell the person."""
        log.info("%s (%s)", error.sentence, error.detail)
        self.errors.append(error)
        self.errors_changed.emit()

    def dismiss_errors(self) -> None:
        self.errors.clear()
        self.cut_short = []
        self.errors_changed.emit()

    # What the jobs answer.

    def _answered(self, number: int, value: Any) -> None:
        """A job is done; nobody waits for the answer if its picture has been closed."""
        entry, answer = self._answers.pop(number)
        if entry in self.pictures:
            answer(value)

    def _unanswered(self, number: int, error: RestorerError) -> None:
        """A job has failed."""
        entry, _ = self._answers.pop(number)
        if isinstance(error, TruncatedFile) and entry.path is not None:
            self.cut_short.append(entry.path)
        self.report(error)
        if entry.status is Status.OPENING and entry in self.pictures:
            self.close(entry)
        elif entry.status is Status.MEASURING:
            self._measured(entry, work.nothing_found())

    def _add(self, entry: OpenPicture) -> None:
        model = self.settings.model
        entry.parameters = Parameters(model=model, latent=self.latent(model))
        self.pictures.append(entry)
        self.undo_group.addStack(entry.undo)
        self.pictures_changed.emit()

    def _begin_reading(self, entry: OpenPicture) -> None:
        source = entry.path or entry.sample
        if entry.asked or source is None:
            return
        entry.asked = True
        reading = partial(work.read, source, entry.static, entry.allow_truncated)
        self.ask(entry, reading, partial(self._read, entry))

    def _read(self, entry: OpenPicture, opened: work.Opened) -> None:
        entry.picture, entry.thumbnail = opened.picture, opened.thumbnail
        entry.tables = opened.tables
        entry.status = Status.MEASURING
        if entry.path is not None:
            self.settings.add_recent(entry.path)
        self.pictures_changed.emit()
        if entry is self.current:
            self.current_changed.emit()
        elif entry in self._arriving:
            self.show(entry)
        self.ask(entry, partial(work.measure, entry.picture), partial(self._measured, entry))

    def _measured(self, entry: OpenPicture, estimate: Any) -> None:
        entry.estimate = estimate
        if entry is self.current:
            self.estimate_changed.emit()
        self._set_status(entry, Status.READY)
        if entry is self.current:
            self._count_scratches(entry)

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
                self.proposal_changed.emit()

    def _set_status(self, entry: OpenPicture, status: Status) -> None:
        entry.status = status
        self.pictures_changed.emit()
        if entry is self.current:
            self.status_changed.emit()
