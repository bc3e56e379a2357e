"""Common to all tests: no screen, no traces on the machine, no leaks."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LANGUAGE"] = os.environ["RESTORER_LANGUAGE"] = "en"  # of what tests start, too

import hypothesis
import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QThread
from pytestqt.qtbot import QtBot

from restorer import logs

#: Where a person's settings would be, here and in the programs that tests start.
_CONFIG = tempfile.TemporaryDirectory(prefix="restorer-tests-")
for _name in (
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA",
    "HYPOTHESIS_STORAGE_DIRECTORY",
):
    os.environ[_name] = _CONFIG.name

# The same examples every time, and none of them has to be quick on a machine that is busy.
hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, max_examples=50
)
hypothesis.settings.load_profile("same")

#: What is waited for comes or does not; how soon hangs on what else the machine does.
_PATIENCE_MS = 120_000


def _patient(wait: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(wait)
    def longer(*arguments: Any, timeout: int = 5000, **options: Any) -> Any:
        # a moment is waited on purpose, to see that nothing comes
        timeout = timeout if timeout < 1000 else max(timeout, _PATIENCE_MS)
        return wait(*arguments, timeout=timeout, **options)

    return longer


for _name in ("waitUntil", "waitSignal", "waitSignals"):
    setattr(QtBot, _name, _patient(getattr(QtBot, _name)))


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the settings of the person who runs it."""
    folder = str(tmp_path_factory.mktemp("settings"))
    QCoreApplication.setOrganizationName("Restorer")
    QCoreApplication.setApplicationName("Restorer-tests")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, folder)


@pytest.fixture(autouse=True)
def _no_leaked_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that leaves a QThread or a Python thread running fails."""
    started: list[QThread] = []
    start = QThread.start

    def recording_start(thread: QThread, *args: object) -> None:
        started.append(thread)
        start(thread, *args)

    monkeypatch.setattr(QThread, "start", recording_start)
    before = set(threading.enumerate())
    yield
    # Threads that Qt started and Python has seen are "dummies" which outlive the real thread.
    begun = [t for t in threading.enumerate() if t not in before and t.name[:5] != "Dummy"]
    # Those that end by themselves in a moment (an executor being shut down) are no leak, nor those
    # that end with the process.
    alive = [t for t in begun if not t.daemon]
    for thread in alive:
        thread.join(timeout=2)
    leaked = [t.name for t in alive if t.is_alive()]
    leaked += [t.objectName() for t in started if _running(t)]
    assert not leaked, f"threads left running: {leaked}"


def _running(thread: QThread) -> bool:
    from shiboken6 import isValid

    return isValid(thread) and thread.isRunning()


@pytest.fixture(autouse=True)
def _no_log_left_open() -> Iterator[None]:
    """The command line begins one; the next test is not to find it."""
    yield
    logs.end()


@pytest.fixture
def settings_file(tmp_path: Path) -> QSettings:
    """A store of its own for one test."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Programs that a test starts heed Ctrl-C, however the tests were started.

    A signal that is ignored (under `nohup`, or after `&` in a script) is ignored by children, too;
    one that is handled falls back to the default in them.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
