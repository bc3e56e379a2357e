"""File > Open recent."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from restorer.document import Settings
from restorer.ui.widgets.labels import no_key, to_the_letter
from restorer.words import tr


class RecentMenu(QMenu):
    """Recent files, newest first, read whenever the parent menu opens."""

    chosen = Signal(object)  # Path

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(tr("Open recent"), parent)
        self._settings = settings
        self.setToolTipsVisible(True)

    def renew(self) -> None:
        self.clear()
        recent = self._settings.recent
        for path in recent:
            action = self.addAction(no_key(path.name), partial(self.chosen.emit, path))
            action.setToolTip(to_the_letter(str(path)))
        self.addSeparator()
        self.addAction(tr("Clear the list"), self._settings.clear_recent)
        self.menuAction().setEnabled(bool(recent))
