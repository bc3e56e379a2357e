"""Starts the window."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from restorer import __version__, logs
from restorer.document import Document, Settings
from restorer.errors import RestorerError, as_restorer_error
from restorer.jobs import Jobs
from restorer.jobs.jobs import real_engine
from restorer.resources import resource_path
from restorer.ui.window.window import MainWindow

if TYPE_CHECKING:
    from restorer.diffusion.hardware import Precision


def run(paths: Sequence[Path] = (), precision: Precision = "auto") -> int:
    """Show the window with these files open; returns its exit code when it is closed."""
    app = make_application()
    window = MainWindow(Jobs(partial(real_engine, precision)), Settings())
    UncaughtErrors(window.document)
    window.show()
    QTimer.singleShot(0, window.begin)
    if paths:
        window.files.open_paths([Path(path) for path in paths])
    return app.exec()


def make_application() -> QApplication:
    """The application with its name, under which settings are kept."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setOrganizationName("Restorer")
    app.setApplicationName("Restorer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("restorer")
    app.setWindowIcon(QIcon(str(resource_path("icons", "restorer.svg"))))
    # Python looks at signals only when it runs; between events it does not.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.SIG_DFL)
    return app


class UncaughtErrors(QObject):
    """Takes exceptions that nobody caught, in any thread, to the log and to the document."""

    _caught = Signal(object)  # RestorerError

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._caught.connect(self._report)  # a slot of this thread, wherever it comes from
        logs.report_uncaught(lambda error: self._caught.emit(as_restorer_error(error)))

    @Slot(object)
    def _report(self, error: RestorerError) -> None:
        self._document.notices.report(error)
