"""Crash reports: what is in them and what is not, how many are kept, how the window copies one."""

from __future__ import annotations

import faulthandler
import platform
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from restorer import __version__, crashes, logs
from restorer.errors import BadInput, TruncatedFile, as_restorer_error


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "log"
    monkeypatch.setattr(logs, "log_folder", lambda: place)
    logs.begin("window")
    yield place
    logs.end()


def broken(message: str) -> Exception:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_a_report_says_where_it_happened_and_with_what(folder: Path) -> None:
    path = as_restorer_error(broken("seven")).report
    assert path is not None
    text = path.read_text("utf-8")
    assert f"Restorer {__version__}" in text
    assert platform.python_version() in text
    assert "torch" in text
    assert "raise ValueError(message)" in text
    assert "ValueError: seven" in text
    assert str(Path(__file__).parent) not in text, "files are told from where Python found them"
    assert as_restorer_error(BadInput("Foreseen.")).report is None


@pytest.mark.parametrize(
    "message",
    [
        "[Errno 2] No such file or directory: '/home/anna/holiday at sea.png'",
        'cannot identify image file "holiday.jpeg"',
        r"C:\Users\anna\holiday.tif is locked",
        "~/holiday/anna.xyz and /mnt/anna/holiday",
    ],
)
def test_a_report_names_no_file_of_the_person(message: str) -> None:
    told = crashes.clean_traceback(broken(message))
    assert "holiday" not in told
    assert "anna" not in told
    assert "<file>" in told


def test_what_is_no_file_is_told() -> None:
    for message in ("module 'torch.nn' has no 'Conv9d'", "shape (3, 4) against 5/6", "a: b / c"):
        assert message in crashes.clean_traceback(broken(message))


def test_the_same_error_is_reported_once_and_few_are_kept(folder: Path) -> None:
    first = crashes.save(broken("again and again"))
    assert first is not None
    assert crashes.save(broken("again and again")) == first
    for n in range(crashes.KEPT + 3):
        crashes.save(broken(f"number {n}"))
    kept = sorted(folder.glob("crash-*.txt"))
    assert len(kept) == crashes.KEPT
    assert first not in kept


def test_without_a_log_there_is_no_report() -> None:
    assert logs.log_file() is None
    assert as_restorer_error(broken("lost")).report is None


def test_a_fault_of_a_library_is_written_to_the_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enabled: list[FileIO] = []
    monkeypatch.setattr(faulthandler, "enable", enabled.append)
    crashes.watch_faults()
    logs.end()
    crashes.watch_faults()  # there is no log any more
    (file,) = enabled
    with file:
        assert file.name == str(folder / "window.log")


def test_the_window_copies_the_report(qtbot: QtBot, folder: Path) -> None:
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QWidget

    from restorer.ui.window.errorbar import ErrorBar

    window = QWidget()
    qtbot.addWidget(window)
    bar = ErrorBar()
    bar.setParent(window)
    bar.set_errors([BadInput("No picture.")])
    assert bar.copy_report.isHidden()
    bar.set_errors([as_restorer_error(broken("to be copied"))])
    assert not bar.copy_report.isHidden()
    bar.copy_report.click()
    assert "ValueError: to be copied" in QGuiApplication.clipboard().text()
    assert bar.copy_report.text() == "Copied"


def test_an_error_said_of_a_picture_leaves_the_error_as_it_was() -> None:
    """Also where somebody has taught `copy` to share what exceptions hold, as Dask does."""
    came = TruncatedFile("It ends early.", "EOF", 0.4)
    named = came.about("a.png")
    assert (named.sentence, came.sentence) == ("a.png: It ends early.", "It ends early.")
    assert isinstance(named, TruncatedFile) and (named.detail, named.complete) == ("EOF", 0.4)
