"""Starts the window."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from restorer import __version__
from restorer.document import Document, Settings
from restorer.errors import as_restorer_error
from restorer.jobs import Jobs
from restorer.jobs.jobs import real_engine
from restorer.resources import resource_path
from restorer.ui.window.window import MainWindow

if TYPE_CHECKING:
    from restorer.diffusion.hardware import Precision

log = logging.getLogger(__name__)


def run(paths: Sequence[Path] = (), precision: Precision = "auto") -> int:
    """Show the window with these files open; returns its exit code when it is closed."""
    app = make_application()
    window = MainWindow(Jobs(partial(real_engine, precision)), Settings())
    _report_to(window.document)
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


def _report_to(document: Document) -> None:
    """An exception that nobody caught in the main thread reaches the window and the log."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("uncaught", exc_info=(kind, error, trace))
        document.report(as_restorer_error(error))

    sys.excepthook = hook
