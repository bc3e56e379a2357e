"""Starts the window."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from restorer import __version__, crashes, logs
from restorer.document import Document, Settings
from restorer.errors import ErrorKind, RestorerError, as_restorer_error
from restorer.jobs import Jobs
from restorer.jobs.jobs import real_engine
from restorer.resources import resource_path
from restorer.ui.first_window import FirstWindow
from restorer.ui.language import speak
from restorer.ui.window.window import MainWindow
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.diffusion.hardware import Precision
    from restorer.engine.run import EngineLike

#: Seconds after which another thread lets the main thread have the interpreter, which each call of
#: Qt gives away: to paint takes dozens of calls. Python's own 0.005 made gaps of 0.2 s of these.
_HANDS_OVER = 0.001

_NO_SCREEN = _(
    "No window can be opened here: there is no screen that can be used. "
    "restorer --help tells what works without one."
)


def run(
    paths: Sequence[Path] = (),
    precision: Precision = "auto",
    edited: Path | None = None,
    shared: bool = False,
) -> int:
    """Show the window with these files open; returns its exit code when it is closed.

    Args:
        precision: how precisely to compute.
        edited: a file that another program waits for, into which results are saved back.
        shared: files of later calls open in this window, too.
    """
    crashes.watch_faults()
    app = make_application()
    first = FirstWindow(app) if shared else None  # before the rest: a second call may be near
    settings = Settings()
    speak(app, settings.language)
    window = MainWindow(Jobs(_engine(precision, settings)), settings)
    UncaughtErrors(window.document)
    window.show()
    QTimer.singleShot(0, window.begin)
    if first is not None:
        first.wanted.connect(partial(open_here, window))
    if paths:
        window.files.open_paths([Path(path) for path in paths])
    if edited is not None:
        window.files.edit(edited)
    return app.exec()


def open_here(window: MainWindow, paths: list[Path]) -> None:
    """Bring the window to the front, with these files open in it."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.activateWindow()
    if paths:
        window.files.open_paths(paths)


def _engine(precision: Precision, settings: Settings) -> Callable[[], EngineLike]:
    """What makes the engine; options given at the start override the preferences."""
    choices: tuple[Precision, ...] = ("float32", "bfloat16")
    wanted = settings.precision if precision == "auto" else precision
    known: Precision = next((choice for choice in choices if choice == wanted), "auto")
    return partial(real_engine, known, settings.device)


def make_application() -> QApplication:
    """The application with its name, under which settings are kept."""
    sys.setswitchinterval(_HANDS_OVER)
    existing = QApplication.instance()
    with _ended_without_a_screen():
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


@contextmanager
def _ended_without_a_screen() -> Iterator[None]:
    """Qt aborts the process where it finds no screen; here that becomes a sentence and code 2."""

    def handle(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        logs.log.info("Qt: %s", text)
        if kind is not QtMsgType.QtFatalMsg:
            return
        if sys.stderr is not None:  # a windowed build has none
            sys.stderr.write(f"restorer: {tr(_NO_SCREEN)}\n")
            sys.stderr.flush()
        os._exit(int(ErrorKind.BAD_INPUT))

    former = qInstallMessageHandler(handle)
    try:
        yield
    finally:
        qInstallMessageHandler(former)


class UncaughtErrors(QObject):
    """Sends exceptions that nobody caught, in any thread, to the log and to the document."""

    _caught = Signal(object)  # RestorerError

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._caught.connect(self._report)  # a slot of this thread, wherever it comes from
        logs.report_uncaught(lambda error: self._caught.emit(as_restorer_error(error)))

    @Slot(object)
    def _report(self, error: RestorerError) -> None:
        self._document.notices.report(error)
