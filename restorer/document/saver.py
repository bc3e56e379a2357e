"""Saves results, after checks that they are complete and have lost no detail."""

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
from restorer.document.settings import Settings
from restorer.engine.run import Run
from restorer.errors import BadInput
from restorer.imaging.formats import AS_USUAL, SaveOptions
from restorer.jobs.background import Job
from restorer.words import tr


class Saver(QObject):
    """Saves results."""

    saved = Signal(object)  # Path

    def __init__(
        self,
        pictures: Pictures,
        runs: Runs,
        settings: Settings,
        notices: Notices,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._pictures, self._notices, self._notifier = pictures, notices, notifier
        self._saves: list[tuple[OpenPicture, Job]] = []  # some of them done
        self._judgements = Judgements(self)
        self._judgements.known.connect(self._judged)
        runs.ended.connect(self._judge)

    @property
    def saving(self) -> list[OpenPicture]:
        """Pictures with a result that is being saved."""
        self._saves = [(opened, job) for opened, job in self._saves if job.running]
        return [opened for opened, _ in self._saves]

    def may_keep(self) -> bool:
        """The shown result is complete and no preview; otherwise says what is missing."""
        opened = self._pictures.current
        if opened is not None and opened.under_way:
            sentence = tr("It cannot be saved or used yet: it is still being restored.")
            self._notices.hint.emit(
                " ".join((sentence, tr("Esc stops it and keeps what there is.")))
            )
            return False
        if opened is None or not opened.results.preview:
            return True
        sentence = tr("This is a preview: the run was stopped before it was decoded. ")
        if opened.results.decodable:
            sentence += tr("Decode this step, then you can save it.")
        else:
            sentence += tr("Not even one step was complete; restore again to get a result.")
        self._notices.report(BadInput(sentence))
        return False

    def when_judged(self, then: Callable[[], None]) -> None:
        """Call something once the shown result is judged.

        Not if another one is on view by then.
        """
        opened = self._pictures.current
        if opened is None or opened.results.shown is None:
            return
        run = opened.results.shown

        def known() -> None:
            if self._pictures.current is opened and opened.results.shown is run:
                then()

        if not self._judgements.begin(run, partial(self._pictures.ask, opened), known):
            self._notices.hint.emit(tr("One moment: the result is being checked for lost detail."))

    def judge(self, opened: OpenPicture, run: Run, then: Callable[[], None]) -> None:
        """Call something once a result is judged."""
        self._judgements.begin(run, partial(self._pictures.ask, opened), then)

    def save(self, path: Path, force: bool, options: SaveOptions = AS_USUAL) -> None:
        """Save the shown result; `force` if the person agreed to replace the file."""
        opened = self._pictures.current
        if opened is not None and self.may_keep():
            self.save_result(opened, path, force, options)

    def save_result(
        self, opened: OpenPicture, path: Path, force: bool, options: SaveOptions
    ) -> None:
        """The same for any picture with a complete result."""
        result, run = opened.savable, opened.results.shown
        if result is None:
            return
        prompts, sign = not opened.plan.parameters.private, self._settings.sign
        writing = partial(work.write, result, run, path, force, options, prompts, sign)
        job = self._pictures.ask(
            opened, writing, partial(self._written, opened, run, path, options)
        )
        self._saves.append((opened, job))

    # Helpers.

    @Slot(object, object)
    def _judge(self, opened: OpenPicture, run: Run) -> None:
        self._judgements.begin(run, partial(self._pictures.ask, opened))

    @Slot(object)
    def _judged(self, run: Run) -> None:
        current = self._pictures.current
        if current is not None and run is current.results.shown:
            self._notifier.tell(Changes.JUDGEMENT)

    def _written(
        self,
        opened: OpenPicture,
        run: Run | None,
        path: Path,
        options: SaveOptions,
        notes: tuple[str, ...],
    ) -> None:
        results = opened.results
        results.saved_to, results.save_options, results.save_notes = path, options, notes
        if run is not None:
            results.saved_runs.add(run.number)
        self._notifier.tell(Changes.PICTURES)
        self.saved.emit(path)
