"""Saving several results at once, without a question for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot

from restorer.document import Document, OpenPicture
from restorer.engine.run import Run
from restorer.imaging.formats import suffix_for_result, writable_formats
from restorer.ui.text import losses
from restorer.words import tr

#: Asks a question, given the text of its button; True if that was pressed.
Confirm = Callable[[str, str], bool]


def suggested_name(opened: OpenPicture) -> str:
    """The default file name of a result."""
    file = opened.source.path or opened.source.origin
    name = Path(file.name if file else f"{opened.source.title}.png")
    only_cropped = opened.content.whole is not None and opened.results.shown is None
    done = "cropped" if only_cropped else "restored"
    return f"{name.stem}-{done}{suffix_for_result(name)}"


def writable(path: Path) -> bool:
    """Its suffix belongs to a format that can be written."""
    return any(path.suffix.lower() in format.suffixes for format in writable_formats())


class SaveAll(QObject):
    """Saves results beside their pictures; asks once about those that have lost detail."""

    def __init__(
        self, document: Document, confirm: Confirm, folder: Callable[[], str], parent: QObject
    ) -> None:
        """`folder`: for results of pictures without a file."""
        super().__init__(parent)
        self._document, self._confirm, self._folder = document, confirm, folder
        self._promised: set[Path] = set()  # files that results are being saved to
        self._announced: list[OpenPicture] = []  # a notice follows once these are saved
        document.saver.saved.connect(self._on_saved)

    @Slot()
    def save_unsaved(self) -> None:
        """Save all unsaved results, and say where."""
        savable = [o for o in self._document.pictures.all if o.unsaved and not o.results.preview]
        if savable and self.save(savable):
            self._announced = savable

    def save(self, pictures: Sequence[OpenPicture]) -> bool:
        """Save results where they were saved before, or beside their pictures; False if refused."""
        if not self._agreed_to_keep(pictures):
            return False
        for opened in pictures:
            again = opened.save_target is not None
            self._document.saver.save_result(
                opened, self._free_target(opened), again, opened.results.save_options
            )
        return True

    def _agreed_to_keep(self, pictures: Sequence[OpenPicture]) -> bool:
        """Ask about results that have lost detail; True to save them."""
        self._wait_until_judged(pictures)
        alarming = [
            (opened, run.judgement)
            for opened in pictures
            if (run := opened.results.shown) is not None
            and run.judgement is not None
            and run.judgement.alarm
            and not run.judgement.accepted
        ]
        named = tr("“{0}”: {1}")
        sentences = [
            named.format(opened.source.title, found.sentence) for opened, found in alarming
        ]
        question = tr("{0}\nKeep these results all the same?").format("\n".join(sentences))
        if alarming and not self._confirm(question, tr("Keep them")):
            return False
        for _, judgement in alarming:
            judgement.accepted = True
        return True

    def _wait_until_judged(self, pictures: Sequence[OpenPicture]) -> None:
        """Wait for the judgement of new results, without taking user input."""
        runs = [run for opened in pictures if (run := opened.results.shown) is not None]
        unknown, loop = set(runs), QEventLoop()

        def known(run: Run) -> None:
            unknown.discard(run)
            if not unknown:
                loop.quit()

        for opened, run in zip(pictures, runs, strict=True):
            self._document.saver.judge(opened, run, partial(known, run))
        if unknown:
            self._document.pictures.failed.connect(loop.quit)
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _free_target(self, opened: OpenPicture) -> Path:
        """A file for a result without a question: never an existing one."""
        if opened.save_target is not None:
            return opened.save_target
        file = opened.source.path or opened.source.origin
        place = self._document.settings.place_for_results(file) or Path(self._folder())
        wanted = place / suggested_name(opened)
        taken = {other.results.saved_to for other in self._document.pictures.all} | self._promised
        names = (wanted.with_stem(f"{wanted.stem}-{n}") for n in itertools.count(2))
        free = (path for path in itertools.chain([wanted], names) if not path.exists())
        target = next(path for path in free if path not in taken)
        self._promised.add(target)
        return target

    @Slot()
    def _on_saved(self) -> None:
        """Announce the saves once all are done, after the former notice is hidden."""
        if self._announced and not self._document.saver.saving:
            done = losses.saved([opened for opened in self._announced if opened.results.saved])
            QTimer.singleShot(0, self, partial(self._document.notices.hint.emit, done))
            self._announced = []
