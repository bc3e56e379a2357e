"""Closing the window: one question about all that would be lost, and saves are waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document
from restorer.ui.window.file_dialogs import FileDialogs

#: Says what would be ended, and what stays of it; "" for nothing.
Running = Callable[[], str]


class Closing(QObject):
    """Decides whether a window may close now."""

    def __init__(
        self, window: QWidget, document: Document, files: FileDialogs, others: Sequence[Running]
    ) -> None:
        """`others`: work of other rooms."""
        super().__init__(window)
        self._window, self._document, self._files, self._others = window, document, files, others
        self._agreed = False
        document.saver.saved.connect(self._go_on)
        document.changed.connect(self._on_changed)

    def may_close(self) -> bool:
        """Ask once; true if the window may close. It closes by itself after a save under way."""
        saving, pictures = self._document.saver.saving, self._document.pictures.all
        entries = [entry for entry in pictures if entry.making or entry not in saving]
        others = [words for other in self._others if (words := other())]
        if not self._agreed and not self._files.may_lose(entries, others):
            return False
        still = self._document.saver.saving  # some may have ended, or failed, under the question
        self._agreed = bool(still)
        if still:
            self._document.notices.hint.emit(self.tr("It closes as soon as the result is saved."))
        return not still and not any(entry.unsaved for entry in saving)

    @Slot()
    def _go_on(self) -> None:
        if self._agreed and not self._document.saver.saving:
            self._window.close()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        """What could not be saved must be seen."""
        if changes & Changes.ERRORS:
            self._agreed = False
