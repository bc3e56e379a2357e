"""A dialog that follows the document, and a holder that makes dialogs when first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from restorer.document import Changes, Document
from restorer.jobs.background import Background
from restorer.ui.widgets.layouts import Part, in_column
from restorer.ui.widgets.screen import fit_on_screen, scroll_area

D = TypeVar("D", bound=QDialog)


class LiveDialog(QDialog):
    """Stays beside the window, and computes its content again after some changes.

    Attributes:
        after: those changes.
    """

    after = Changes.CURRENT

    def __init__(self, document: Document, parent: QWidget, size: QSize, *parts: Part) -> None:
        super().__init__(parent)
        self._document = document
        self._background = Background("live-dialog", self)
        body = QWidget()
        in_column(*parts, on=body, margins=16, spacing=10)
        in_column(scroll_area(body), on=self)
        fit_on_screen(self, size, QSize(320, min(320, size.height() - 60)))
        document.changed.connect(self._on_changed)

    def work(self) -> Callable[[], Any] | None:
        """The work that computes the content off the main thread; None for no content."""
        raise NotImplementedError

    def show_found(self, found: Any) -> None:
        """Show the content; None for no content."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & self.after and self.isVisible():
            self._fill()

    def _fill(self) -> None:
        work = self.work()
        if work is None:
            self._background.cancel()
            self.show_found(None)
        else:
            report = self._document.notices.report
            self._background.run(work, self.show_found, report, newest_only=True)


class OnDemand(Generic[D]):
    """Makes `dialog` when it is first shown, and brings it to the front after that."""

    def __init__(self, make: Callable[[], D]) -> None:
        self._make = make
        self.dialog: D | None = None

    def show(self) -> None:
        self.dialog = self.dialog or self._make()
        self.dialog.show()
        self.dialog.activateWindow()
