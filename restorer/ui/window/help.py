"""The Help menu: what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMessageBox

from restorer import __version__
from restorer.ui.window.limitations import DistrustSheet
from restorer.ui.window.shortcuts import ShortcutSheet

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow


class Help(QObject):
    """Opens the pages over the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.actions_["shortcuts"].triggered.connect(self.show_shortcuts)
        window.actions_["distrust"].triggered.connect(self.show_distrust)
        window.actions_["about"].triggered.connect(self.show_about)

    @Slot()
    def show_shortcuts(self) -> None:
        ShortcutSheet(self._window).show()

    @Slot()
    def show_distrust(self) -> None:
        """What of a model with prompts not to believe."""
        DistrustSheet(self._window).show()

    @Slot()
    def show_about(self) -> None:
        text = self.tr(
            "Restorer {0}\n\nCleans noisy pictures with a diffusion prior, and shows how.\n"
            "Apache-2.0. Your pictures stay on this computer."
        ).format(__version__)
        QMessageBox.about(self._window, self.tr("About Restorer"), text)
