"""Saving results, and whether one should: whether it is whole, whether it has lost something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.judgements import Judgements
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.runs import Runs
from restorer.engine.run import Run
from restorer.errors import BadInput
from restorer.imaging.formats import AS_USUAL, SaveOptions
from restorer.jobs.background import Job


class Saver(QObject):
    """Saves results."""

    saved = Signal(object)  # Path

    def __init__(
        self, pictures: Pictures, runs: Runs, notices: Notices, notifier: Notifier, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._pictures, self._notices, self._notifier = pictures, notices, notifier
        self._saves: list[tuple[OpenPicture, Job]] = []  # some of them done
        self._judgements = Judgements(self)
        self._judgements.known.connect(self._judged)
        runs.ended.connect(self._judge)

    @property
    def saving(self) -> list[OpenPicture]:
        """Pictures with a result on its way into a file."""
        self._saves = [(entry, job) for entry, job in self._saves if job.running]
        return [entry for entry, _ in self._saves]

    def may_keep(self) -> bool:
        """The result on view is whole and no mere preview; says what is missing if it is not."""
        entry = self._pictures.current
        if entry is not None and entry.under_way:
            sentence = self.tr("It cannot be saved or used yet: it is still being restored.")
            self._notices.hint.emit(
                " ".join((sentence, self.tr("Esc stops it and keeps what there is.")))
            )
            return False
        if entry is None or not entry.results.preview:
            return True
        sentence = "This is a preview: the run was stopped before it was decoded. "
        if entry.results.decodable:
            sentence += "Decode this step, then you can save it."
        else:
            sentence += "Not even one step was complete; restore again to have a result."
        self._notices.report(BadInput(sentence))
        return False

    def when_judged(self, then: Callable[[], None]) -> None:
        """Do something as soon as it is known whether the result on view has lost something.

        Not if another one is on view by then.
        """
        entry = self._pictures.current
        if entry is None or entry.results.shown is None:
            return
        run = entry.results.shown

        def known() -> None:
            if self._pictures.current is entry and entry.results.shown is run:
                then()

        if not self._judgements.begin(run, partial(self._pictures.ask, entry), known):
            self._notices.hint.emit(
                self.tr("One moment: it is being looked at whether anything was lost.")
            )

    def judge(self, entry: OpenPicture, run: Run, then: Callable[[], None]) -> None:
        """Do something as soon as it is known whether a result has lost something."""
        self._judgements.begin(run, partial(self._pictures.ask, entry), then)

    def save(self, path: Path, force: bool, options: SaveOptions = AS_USUAL) -> None:
        """Write the result on view; `force` if the person agreed to replace the file."""
        entry = self._pictures.current
        if entry is not None and self.may_keep():
            self.save_result(entry, path, force, options)

    def save_result(
        self, entry: OpenPicture, path: Path, force: bool, options: SaveOptions
    ) -> None:
        """The same for a picture that need not be on view, whose result is whole."""
        result, run = entry.result, entry.results.shown
        if result is None or run is None:
            return
        writing = partial(
            work.write, result, run, path, force, options, not entry.parameters.private
        )
        job = self._pictures.ask(entry, writing, partial(self._written, entry, run, path, options))
        self._saves.append((entry, job))

    # Helpers.

    @Slot(object, object)
    def _judge(self, entry: OpenPicture, run: Run) -> None:
        self._judgements.begin(run, partial(self._pictures.ask, entry))

    @Slot(object)
    def _judged(self, run: Run) -> None:
        current = self._pictures.current
        if current is not None and run is current.results.shown:
            self._notifier.tell(Changes.JUDGEMENT)

    def _written(
        self,
        entry: OpenPicture,
        run: Run,
        path: Path,
        options: SaveOptions,
        notes: tuple[str, ...],
    ) -> None:
        results = entry.results
        results.saved_to, results.save_options, results.save_notes = path, options, notes
        results.saved_runs.add(run.number)
        self._notifier.tell(Changes.PICTURES)
        self.saved.emit(path)
