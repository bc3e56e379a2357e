"""Recovery after a crash, offered on the welcome page and in the menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from restorer.document import Document
from restorer.errors import BadInput
from restorer.ui.text import losses
from restorer.ui.window.welcome import Welcome


class Recovery(QObject):
    """Reopens the session of a crash, or forgets it."""

    def __init__(self, document: Document, welcome: Welcome, on_change: Callable[[], None]) -> None:
        """`on_change`: called when the session to recover has changed."""
        super().__init__(welcome)
        self._document, self._welcome, self._on_change = document, welcome, on_change
        document.session.other.connect(self._on_other)
        welcome.recover_wanted.connect(self.recover)
        welcome.forget_wanted.connect(self.forget)

    def begin(self) -> None:
        """Look for a session to recover, and record the present one from now on."""
        if self._document.settings.keep_session:
            self._document.session.begin()
        self._show()

    @Slot()
    def recover(self) -> None:
        """Reopen the session, and name files that are missing or have changed."""
        said = losses.not_as_they_were(*self._document.session.recover())
        self._show()
        if said:
            self._document.notices.report(BadInput(said))

    @Slot(str)
    def _on_other(self, name: str) -> None:
        self._document.notices.report(BadInput(losses.not_as_they_were([], [name])))

    @Slot()
    def forget(self) -> None:
        """Delete the session; the pictures' own files stay."""
        self._document.session.forget()
        self._show()

    def _show(self) -> None:
        self._welcome.show_left(losses.recoverable(self._document.session.left))
        self._on_change()
