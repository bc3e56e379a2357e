"""Messages for a person: errors, which stay until dismissed, and hints."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from restorer.document.changes import Changes, Notifier
from restorer.errors import RestorerError

log = logging.getLogger(__name__)


class Notices(QObject):
    """Collects errors and forwards hints.

    Attributes:
        errors: oldest first.
        cut_short: files of which a part could be read.
    """

    hint = Signal(str)  # a sentence that is no error

    def __init__(self, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._notifier = notifier
        self.errors: list[RestorerError] = []
        self.cut_short: list[Path] = []

    def report(self, error: RestorerError) -> None:
        log.info("%s (%s)", error.english, error.detail)
        self.errors.append(error)
        self._notifier.tell(Changes.ERRORS)

    def dismiss(self) -> None:
        """Forget all errors."""
        if self.errors:
            self.errors.clear()
            self.cut_short = []
            self._notifier.tell(Changes.ERRORS)
