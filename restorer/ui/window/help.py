"""The pages of the Help menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from restorer import __version__
from restorer.logs import log_file, log_folder
from restorer.ui.widgets.question import message_box
from restorer.ui.window.help_pages import HOW_TO, LIMITATIONS
from restorer.ui.window.sheet import Sheet
from restorer.ui.window.shortcuts import ShortcutSheet
from restorer.words import tr


class Help(QObject):
    """Opens the help pages."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def show_shortcuts(self) -> None:
        _shown(ShortcutSheet(self._window))

    def show_limitations(self) -> None:
        """What a model with prompts makes up."""
        _shown(Sheet(self._window, tr("Limitations"), LIMITATIONS))

    def show_how_to(self) -> None:
        _shown(Sheet(self._window, tr("How to…"), HOW_TO))

    def open_log_folder(self) -> None:
        """Open the folder of the log files in the system's file manager."""
        log_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))

    def show_about(self) -> None:
        text = tr(
            "Restorer {0}\n\nRepairs damaged pictures with a diffusion model, and shows how.\n"
            "Apache-2.0. Your pictures stay on this computer."
        ).format(__version__)
        if (file := log_file()) is not None:
            text += tr("\n\nLog file: {0}").format(file)
        box = message_box(self._window, text)
        box.setWindowTitle(tr("About Restorer"))
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setIconPixmap(self._window.windowIcon().pixmap(64))
        box.exec()


def _shown(sheet: QDialog) -> None:
    """Show a sheet that is deleted when it closes."""
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.show()
