"""The open pictures: reading, measuring, and which one is current."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.content import Content, Source
from restorer.document.models import Models
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.session_store import stamp_of
from restorer.document.settings import Settings
from restorer.document.states import Status
from restorer.engine.job import with_tables
from restorer.errors import RestorerError, TruncatedFile
from restorer.imaging.picture import Picture
from restorer.jobs import Jobs
from restorer.jobs.background import Job

#: Is given the value of what was asked for.
Answer = Callable[[Any], None]

#: So many of the files opened together are read at once, the others when they are looked at.
READ_AHEAD = 8


class Pictures(QObject):
    """The open pictures and the current one.

    The signals are for the other parts of the document; everybody else hears of `Changes`.
    """

    switched = Signal()  # another picture is on view
    measured = Signal(object)  # OpenPicture
    searched = Signal(object)  # OpenPicture of which now all is known, or never will be
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

    def open_files(
        self, paths: Sequence[Path], allow_truncated: bool = False, back: bool = False
    ) -> None:
        """Open files in addition; the first readable one becomes current.

        A file that is open already, and has not changed since, is not opened twice: it is shown if
        no other one is new.

        Args:
            allow_truncated, back: as in `Source`.
        """
        pictures, there = list[OpenPicture](), list[OpenPicture]()
        for path in paths:
            source = Source(
                path.name,
                path,
                allow_truncated=allow_truncated,
                back=back,
                stamp=stamp_of(path),
            )
            open_already = self._of_file(source)
            if open_already is not None:
                there.append(open_already)
                continue
            pictures.append(OpenPicture(source, parameters=self._parameters()))
            self.add(pictures[-1])
        for opened in pictures[:READ_AHEAD]:
            self.read(opened)
        if there and not pictures:
            self.show(there[0])
        elif pictures and self.current is None:
            self.show(pictures[0])
        elif pictures:  # until then one goes on seeing what is on view
            self._arriving = pictures[:READ_AHEAD]

    def open_cut_short(self) -> None:
        """Open the readable part of the truncated files."""
        paths = self._notices.cut_short
        self._notices.dismiss()
        self.open_files(paths, allow_truncated=True)

    def open_sample(
        self, path: Path, title: str, static: float | None, credit: str = "", **asks: Any
    ) -> None:
        """Open a bundled picture, with static of this noise (0-255 scale) if any.

        Args:
            asks: what it begins with, by the names of `Parameters`.
        """
        source = Source(title, static=static, sample=path, credit=credit)
        opened = OpenPicture(source, parameters=replace(self._parameters(), **asks))
        self.add(opened)
        self.show(opened)

    def open_picture(self, picture: Picture | Callable[[], Picture], title: str) -> OpenPicture:
        """Open a picture that is no file: pasted, or dropped from a browser."""
        opened = OpenPicture(Source(title), parameters=self._parameters())
        made = picture if callable(picture) else lambda: picture
        self.open_made(opened, lambda: work.loaded(made()))
        return opened

    def open_made(self, opened: OpenPicture, making: Callable[[], work.Loaded]) -> None:
        """Open a picture that is made off the main thread."""
        self.make(opened, making)
        self.show(opened)

    def make(self, opened: OpenPicture, making: Callable[[], work.Loaded]) -> None:
        """The same, without showing it."""
        opened.content.requested = True
        self.add(opened)
        self.ask(opened, making, partial(self._read, opened))

    def close(self, opened: OpenPicture) -> None:
        self.closing.emit(opened)
        at = self.all.index(opened)
        self.all.remove(opened)
        self.undo_group.removeStack(opened.undo)
        opened.undo.clear()  # its steps hold the picture, which Python cannot see through Qt
        if opened is self.current:
            self.show(self.all[min(at, len(self.all) - 1)] if self.all else None)
        self._notifier.tell(Changes.PICTURES)

    def show(self, opened: OpenPicture | None) -> None:
        self.current = opened
        self._arriving = []
        if opened is None:
            self.undo_group.setActiveStack(self._no_undo)
        else:
            self.undo_group.setActiveStack(opened.undo)
            self.read(opened)
            self._count_scratches(opened)
        self._notifier.tell(Changes.CURRENT)
        self.switched.emit()

    def show_neighbour(self, by: int) -> None:
        """Show the next picture in the list, but stop at its ends."""
        if self.current is None:
            return
        at = self.all.index(self.current) + by
        if 0 <= at < len(self.all):
            self.show(self.all[at])

    def compute(self, job: Callable[[], Any], answer: Answer) -> None:
        """Compute something for the current picture in the background; the answer comes here."""
        if self.current is not None:
            self.ask(self.current, job, answer)

    def ask(
        self,
        opened: OpenPicture,
        work: Callable[[], Any],
        answer: Answer,
        painting: bool = False,
    ) -> Job:
        """Compute something for a picture off the main thread; answer in the main thread.

        Args:
            painting: a person waits for it with the brush in hand: not behind reading and planning.
        """
        answered, failed = partial(self._answered, opened, answer), partial(self._failed, opened)
        background = self._jobs.masks if painting else self._jobs.files
        return background.run(work, answered, failed)

    # Helpers.

    def _of_file(self, source: Source) -> OpenPicture | None:
        """The open picture of the same, unchanged file, opened in the same way."""
        assert source.path is not None
        same = replace(source, path=None, title="")
        for opened in self.all:
            other = opened.source
            if other.path is None or replace(other, path=None, title="", crop=()) != same:
                continue
            if os.path.realpath(other.path) == os.path.realpath(source.path):
                return opened
        return None

    def _answered(self, opened: OpenPicture, answer: Answer, value: Any) -> None:
        """Drop the answer if the picture has been closed."""
        if opened in self.all:
            answer(value)

    def _failed(self, opened: OpenPicture, error: RestorerError) -> None:
        if isinstance(error, TruncatedFile) and opened.source.path is not None:
            self._notices.cut_short.append(opened.source.path)
        self._notices.report(error)
        self.failed.emit()
        if opened.status is Status.OPENING and opened in self.all:
            self.close(opened)
        elif opened.status is Status.MEASURING:
            opened.content.unmeasured = True
            self._measured(opened, opened.content, work.nothing_found())

    def _parameters(self) -> Parameters:
        """The initial parameters of a picture."""
        model = self._settings.model
        latent, private = self._models.latent(model), self._settings.private
        return Parameters(model=model, latent=latent, private=private)

    def add(self, opened: OpenPicture) -> None:
        """Append a picture, which is read when it is first shown."""
        self.all.append(opened)
        self.undo_group.addStack(opened.undo)
        self._notifier.tell(Changes.PICTURES)

    def read(self, opened: OpenPicture) -> None:
        """Read and measure a picture, unless that was begun before."""
        source = opened.source.path or opened.source.sample
        if opened.content.requested or source is None:
            return
        opened.content.requested = True
        said = opened.source
        one_only = self._settings.animations == "refuse"
        reading = partial(work.read, source, said.static, said.allow_truncated, said.crop, one_only)
        self.ask(opened, reading, partial(self._read, opened))

    def _read(self, opened: OpenPicture, loaded: work.Loaded) -> None:
        opened.content.picture, opened.content.thumbnail = loaded.picture, loaded.thumbnail
        opened.content.tables, opened.content.whole = loaded.tables, loaded.whole
        opened.status = Status.MEASURING
        if opened.source.path is not None:
            self._settings.add_recent(opened.source.path)
        on_view = opened is self.current
        self._notifier.tell(Changes.PICTURES | (Changes.CURRENT if on_view else Changes.NONE))
        if opened in self._arriving:
            self.show(opened)
        self.measure(opened)

    def measure(self, opened: OpenPicture) -> None:
        """Measure a picture that has been read."""
        assert opened.content.picture is not None
        measuring = partial(work.measure, opened.content.picture)
        self.ask(opened, measuring, partial(self._measured, opened, opened.content))

    def _measured(self, opened: OpenPicture, content: Content, estimate: Any) -> None:
        content.estimate = with_tables(estimate, content.tables)
        if opened.content is not content:  # cropped otherwise meanwhile
            return
        opened.status = Status.READY
        self.measured.emit(opened)
        if opened is self.current:
            self._count_scratches(opened)
            self._notifier.tell(Changes.PICTURES | Changes.ESTIMATE | Changes.STATUS)
        else:
            self._notifier.tell(Changes.PICTURES)

    def _count_scratches(self, opened: OpenPicture) -> None:
        """Search for scratches once it is current: this takes seconds and blocks other files."""
        content = opened.content
        if content.counted or content.picture is None or content.estimate is None:
            return
        content.counted = content.searching = True
        counting = partial(work.search, content.picture, content.estimate)
        counted = partial(self._answered, opened, partial(self._counted, opened, content))
        self._jobs.files.run(counting, counted, partial(self._not_counted, opened, content))

    def _counted(self, opened: OpenPicture, content: Content, found: tuple[int, int, bool]) -> None:
        """Search for scratches after everything else, which can be restored meanwhile."""
        assert content.estimate is not None
        scratches, perhaps, uneven = found
        content.estimate = replace(
            content.estimate, scratches=scratches, perhaps=perhaps, uneven=uneven
        )
        self._searched(opened, content)

    def _not_counted(self, opened: OpenPicture, content: Content, error: RestorerError) -> None:
        self._notices.report(error)
        self._searched(opened, content)

    def _searched(self, opened: OpenPicture, content: Content) -> None:
        content.searching = False
        if opened.content is not content:
            return
        on_view = opened is self.current
        self._notifier.tell(Changes.PICTURES | (Changes.PROPOSAL if on_view else Changes.NONE))
        self.searched.emit(opened)
