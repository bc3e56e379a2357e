"""Reports of unexpected errors, saved beside the log for whoever reports them. Nothing is sent.

What is in one: versions, the system, and the traceback. No picture, no values of variables, and
names of files only where they are the program's own.
"""

from __future__ import annotations

import faulthandler
import os
import platform
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from mimetypes import guess_type
from pathlib import Path

from restorer import __version__
from restorer.logs import log_file

#: Reports that are kept; older ones go.
KEPT = 10

_PATTERN = "crash-*.txt"
_FRAME = re.compile(r'[\s|+-]*File "')  # a line of a traceback that names the program's own file
_QUOTED = re.compile(r"""(['"“])(.*?)(['"”])""")
_BARE = re.compile(r"(?<![\w.<])(?:[A-Za-z]:\\|~?/)[^\s'\"“”,;)]+")
_REQUIREMENT = re.compile(r"([\w.-]+)")

_saved: dict[str, Path] = {}  # by traceback: what goes wrong at every repaint is reported once


def save(error: BaseException) -> Path | None:
    """Write a report of an error; None while no log is written, or if it cannot be.

    The same traceback is written once a process, and gives the same file again.
    """
    log = log_file()
    if log is None:
        return None
    told = clean_traceback(error)
    if told not in _saved or not _saved[told].exists():
        moment = datetime.now(UTC)
        path = log.parent / f"crash-{moment:%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt"
        try:
            path.write_text(_head(moment) + told, encoding="utf-8", errors="backslashreplace")
            for old in sorted(log.parent.glob(_PATTERN))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        _saved[told] = path
    return _saved[told]


def clean_traceback(error: BaseException) -> str:
    """The traceback without the places of a person's files: those of the program are relative."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    told = (_own(line) if _FRAME.match(line) else _without_files(line) for line in lines)
    return "\n".join(told) + "\n"


def requirements() -> Iterator[tuple[str, str, str]]:
    """What the program is made with, as its package says: name, version, extra that wants it.

    The version is empty for what is not installed, the extra for what every installation has.
    """
    try:
        wanted = requires("restorer") or []
    except PackageNotFoundError:  # a checkout that was never installed
        wanted = []
    for line in wanted:
        name = _REQUIREMENT.match(line)
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", line)
        if name is not None:
            yield name[1], _version(name[1]), extra[1] if extra else ""


def watch_faults() -> None:
    """From now on the log file also gets the traceback of what ends the process at once.

    A fault in a library leaves no exception to catch. Does nothing while no log is written.
    """
    file = log_file()
    if file is not None:
        faulthandler.enable(file.open("ab", buffering=0))  # stays open as long as the process


def _head(moment: datetime) -> str:
    needed = [f"{name} {had}" for name, had, extra in requirements() if had and not extra]
    return (
        f"Crash report of Restorer {__version__}\n"
        f"{moment:%Y-%m-%d %H:%M:%S} UTC, thread {threading.current_thread().name}\n"
        f"Python {platform.python_version()}, {platform.platform()}\n"
        f"{', '.join(needed)}\n\n"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _own(line: str) -> str:
    """A frame's line with its file seen from where Python found it."""
    for place in sorted(filter(None, sys.path), key=len, reverse=True):
        line = line.replace(f'"{place.rstrip(os.sep)}{os.sep}', '"')
    return line.replace(str(Path.home()), "~")


def _without_files(line: str) -> str:
    """Words in quotes that are a file's name or place, and places without quotes, left out."""

    def hidden(match: re.Match[str]) -> str:
        name = match[2]
        kind = guess_type(name, strict=False)[0] or ""
        is_file = "/" in name or "\\" in name or kind.startswith("image/")
        return f"{match[1]}<file>{match[3]}" if is_file else match[0]

    return _BARE.sub("<file>", _QUOTED.sub(hidden, line))
