"""The log file, for whoever looks for a fault. There are no pictures and no prompts in it."""

from __future__ import annotations

import logging
import platform
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

LEVELS = ("debug", "info", "warning", "error")

_BYTES, _OLDER = 1_000_000, 3  # of a file before the next is begun; older ones that are kept
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

log = logging.getLogger("restorer")
_ours: list[logging.Handler] = []


def log_folder() -> Path:
    """Where log files lie on this system."""
    return user_log_path("restorer", appauthor=False)


def log_file() -> Path | None:
    """The file that this process writes; None if it writes none."""
    files = (handler for handler in _ours if isinstance(handler, RotatingFileHandler))
    return next((Path(handler.baseFilename) for handler in files), None)


def begin(command: str, level: str = "info", debug: bool = False) -> None:
    """Write a log file from now on, and warnings to the standard error stream.

    Args:
        command: what this process does. Each has a file of its own: a training runs beside the
            window, and two processes cannot rotate one file.
        level: of `LEVELS`, the least that is written into the file.
        debug: write everything, and to the standard error stream too.
    """
    end()
    level = "debug" if debug else level
    log.setLevel(level.upper())
    screen = logging.StreamHandler()
    screen.setLevel(logging.DEBUG if debug else logging.WARNING)
    if not debug:  # an error is told in one sentence by whoever reports it
        screen.addFilter(lambda record: record.exc_info is None)
    _ours.append(screen)
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            log_folder() / f"{command}.log",
            maxBytes=_BYTES,
            backupCount=_OLDER,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:  # no reason not to work
        log.info("there is no log file: %s", error)
    else:
        file.setFormatter(logging.Formatter(_FORMAT))
        file.setLevel(level.upper())
        _ours.append(file)
    for handler in _ours:
        logging.getLogger().addHandler(handler)
    log.info("%s on Python %s, %s", command, platform.python_version(), platform.platform())


def end() -> None:
    """Close the log file; nothing is written any more."""
    for handler in _ours:
        logging.getLogger().removeHandler(handler)
        handler.close()
    _ours.clear()


def report_uncaught(report: Callable[[BaseException], object]) -> None:
    """From now on report exceptions that nobody catches; those in `__del__` are logged only.

    `report` is called in the thread that the exception ended.
    """

    def in_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None and not isinstance(caught.exc_value, SystemExit):
            report(caught.exc_value)

    def in_del(caught: sys.UnraisableHookArgs) -> None:
        log.error("exception in %r", caught.object, exc_info=caught.exc_value)

    sys.excepthook = lambda kind, error, trace: report(error)
    threading.excepthook, sys.unraisablehook = in_thread, in_del
