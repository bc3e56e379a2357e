"""Saving several results at once, without a question for each of them."""

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

#: Asks a question, with what the button says that does it; True if it was pressed.
Confirm = Callable[[str, str], bool]


def suggested_name(opened: OpenPicture) -> str:
    """What a saved result is called unless the person says otherwise."""
    file = opened.source.path or opened.source.origin
    name = Path(file.name if file else f"{opened.source.title}.png")
    only_cropped = opened.content.whole is not None and opened.results.shown is None
    done = "cropped" if only_cropped else "restored"
    return f"{name.stem}-{done}{suffix_for_result(name)}"


def writable(path: Path) -> bool:
    """Its suffix names a format that results can be saved in."""
    return any(path.suffix.lower() in format.suffixes for format in writable_formats())


class SaveAll(QObject):
    """Saves results beside their pictures; asks once about those that have lost something."""

    def __init__(
        self, document: Document, confirm: Confirm, folder: Callable[[], str], parent: QObject
    ) -> None:
        """`folder`: where results go whose pictures came from no file."""
        super().__init__(parent)
        self._document, self._confirm, self._folder = document, confirm, folder
        self._promised: set[Path] = set()  # files that results are on their way into
        self._announced: list[OpenPicture] = []  # of which it is said that they are saved
        document.saver.saved.connect(self._on_saved)

    @Slot()
    def save_unsaved(self) -> None:
        """Save the results of all pictures that are not saved, and say where they are."""
        savable = [o for o in self._document.pictures.all if o.unsaved and not o.results.preview]
        if savable and self.save(savable):
            self._announced = savable

    def save(self, pictures: Sequence[OpenPicture]) -> bool:
        """Save results where they were saved before, or beside their pictures; False for no."""
        if not self._agreed_to_keep(pictures):
            return False
        for opened in pictures:
            again = opened.save_target is not None
            self._document.saver.save_result(
                opened, self._free_target(opened), again, opened.results.save_options
            )
        return True

    def _agreed_to_keep(self, pictures: Sequence[OpenPicture]) -> bool:
        """Ask about results that have lost something, before they are saved; True to save them."""
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
        """Results that have just come are still being looked at; a moment without the person."""
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
        """Where a result is saved without a question: never over another file."""
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
        """Say that all are saved, once they are, and after what was said has gone for that."""
        if self._announced and not self._document.saver.saving:
            done = losses.saved([opened for opened in self._announced if opened.results.saved])
            QTimer.singleShot(0, self, partial(self._document.notices.hint.emit, done))
            self._announced = []
