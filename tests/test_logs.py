"""The log file: where it lies, what is in it, and that every unexpected error gets there."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from restorer import logs
from restorer.errors import BadInput, as_restorer_error


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(logs, "log_folder", lambda: tmp_path / "log")
    yield tmp_path / "log"
    logs.end()


def test_it_is_begun_and_ended(folder: Path) -> None:
    assert logs.log_file() is None
    logs.begin("window")
    assert logs.log_file() == folder / "window.log"
    logging.getLogger("restorer.somewhere").info("seen")
    logging.getLogger("restorer.somewhere").debug("not seen")
    logs.begin("restore", "warning")
    logging.getLogger("restorer.somewhere").info("not seen either")
    logging.getLogger("someone.else").warning("seen, too")
    logs.end()
    assert logs.log_file() is None
    first, second = (folder / name for name in ("window.log", "restore.log"))
    assert "MainThread restorer.somewhere: seen" in first.read_text()
    assert "not seen" not in first.read_text() + second.read_text()
    assert "seen, too" in second.read_text()


def test_it_does_not_grow_for_ever(folder: Path) -> None:
    logs.begin("window")
    (handler,) = [h for h in logging.getLogger().handlers if isinstance(h, RotatingFileHandler)]
    handler.maxBytes = 2000
    for n in range(500):
        logging.getLogger("restorer").info("line %d", n)
    assert len(list(folder.iterdir())) == 4
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000


def test_without_a_folder_everything_works_but_the_log(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write_text("a file in its place")
    logs.begin("window")
    assert logs.log_file() is None
    assert str(folder) not in as_restorer_error(ValueError("so")).sentence
    assert capsys.readouterr().err == ""


def test_an_unexpected_error_is_logged_and_names_its_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.begin("window")
    try:
        raise KeyError("where")
    except KeyError as error:
        problem = as_restorer_error(error)
    assert problem.report is not None
    assert problem.report.parent == folder
    assert str(problem.report) in problem.sentence
    as_restorer_error(BadInput("Foreseen."))
    logs.end()
    text = (folder / "window.log").read_text()
    assert "Traceback" in text
    assert 'raise KeyError("where")' in text
    assert "Foreseen" not in text
    assert "Traceback" not in capsys.readouterr().err, "a person is told in one sentence"


def test_what_nobody_catches_in_any_thread_is_reported(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restorer.document import Document, Settings
    from restorer.jobs import Jobs
    from restorer.ui.app import UncaughtErrors

    from .fakes import FakeEngine

    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    logs.begin("window")
    jobs = Jobs(FakeEngine)
    document = Document(jobs, Settings())
    UncaughtErrors(document)
    heard: list[int] = []
    document.changed.connect(lambda _: heard.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: 1 / 0, name="far-away")
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("here"), None)
    qtbot.waitUntil(lambda: len(document.notices.errors) == 2)
    assert set(heard) == {threading.get_ident()}
    jobs.shutdown()
    logs.end()
    text = (folder / "window.log").read_text()
    assert "ZeroDivisionError" in text
    assert "far-away" in text
    assert "ValueError: here" in text


def test_a_command_writes_its_own(tmp_path: Path) -> None:
    environment = os.environ | {
        "XDG_STATE_HOME": str(tmp_path),
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(tmp_path),
    }
    command = [sys.executable, "-m", "restorer", "estimate", "missing.png", "--log-level", "debug"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    (file,) = tmp_path.rglob("estimate.log")
    assert "estimate on Python" in file.read_text()
