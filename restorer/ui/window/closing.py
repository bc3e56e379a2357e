"""Closing pictures or the window: asks once about all losses, and waits for saves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document, OpenPicture, after
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.words import tr

#: Says what closing would stop, and what is kept; "" for nothing.
Running = Callable[[], str]


class Closing(QObject):
    """Decides whether pictures or the window may close now."""

    def __init__(
        self, window: QWidget, document: Document, files: FileDialogs, others: Sequence[Running]
    ) -> None:
        """`others`: work of other rooms."""
        super().__init__(window)
        self._window, self._document, self._files, self._others = window, document, files, others
        self._agreed = False  # the window closes as soon as everything is saved
        self._closing: list[OpenPicture] = []  # these close as soon as they are saved
        document.saver.saved.connect(self._go_on)
        document.changed.connect(self._stay_open)

    def close(self, pictures: Sequence[OpenPicture]) -> None:
        """Close pictures after a question; those that are being saved close after that."""
        if not self._files.may_lose(pictures):
            return
        self._document.notices.dismiss()  # they may be about these pictures
        saving = self._document.saver.saving
        self._closing += [opened for opened in pictures if opened in saving]
        for opened in pictures:
            if opened not in saving:
                self._document.pictures.close(opened)

    def may_close(self) -> bool:
        """Ask once; true if the window may close. After a save under way it closes by itself."""
        saving, pictures = self._document.saver.saving, self._document.pictures.all
        asked = [opened for opened in pictures if opened.results.making or opened not in saving]
        if (
            self._document.session.closes_paused
        ):  # the next start opens all pictures from files again
            asked = [opened for opened in asked if opened.source.path is None]
        others = [words for other in self._others if (words := other())]
        if not self._agreed and not self._files.may_lose(asked, others):
            return False
        still = self._document.saver.saving  # some may have ended or failed during the question
        self._agreed = bool(still)
        if still:
            self._document.notices.hint.emit(tr("It closes as soon as the result is saved."))
        return not still and not any(opened.unsaved for opened in saving)

    @Slot()
    def _go_on(self) -> None:
        saving = self._document.saver.saving
        for opened in [opened for opened in self._closing if opened not in saving]:
            self._closing.remove(opened)
            if opened in self._document.pictures.all and not opened.unsaved:
                self._document.pictures.close(opened)
        if self._agreed and not saving:
            self._window.close()

    @after(Changes.ERRORS)
    def _stay_open(self) -> None:
        """A person must see what could not be saved."""
        if self._document.notices.errors:
            self._agreed = False
            self._closing.clear()
