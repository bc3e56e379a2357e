"""A second call opens its files in the window that is there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QFileOpenEvent
from pytestqt.qtbot import QtBot

from restorer.cli import window as command
from restorer.cli.arguments import parse
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui import app
from restorer.ui.first_window import FirstWindow, _address, hand_over
from restorer.ui.window.window import MainWindow


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.fixture
def owner() -> Iterator[QObject]:
    """Ends what it owns when the test does."""
    owner = QObject()
    yield owner
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner)


def answered(qtbot: QtBot, words: bytes) -> bytes:
    """What a process that says this is told; b"" if the window hangs up."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(_address())
        asking.sendall(words)
        asking.setblocking(False)
        answers: list[bytes] = []

        def heard() -> bool:
            with suppress(BlockingIOError):
                answers.append(asking.recv(10))
            return bool(answers)

        qtbot.waitUntil(heard)
    return answers[0]


def test_its_files_open_beside_what_is_open_and_the_window_comes_forward(
    qtbot: QtBot,
    empty_window: MainWindow,
    owner: QObject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = FirstWindow(owner)
    first.wanted.connect(partial(app.open_here, empty_window))
    empty_window.showMinimized()
    names = ["grün 1.png", os.fsdecode(b"\xff.png")]
    for name in names:
        write_picture(Picture(np.full((8, 8, 3), 0.5, np.float32)), tmp_path / name)
    second = subprocess.Popen([sys.executable, "-m", "restorer", *names], cwd=tmp_path)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=60_000)
    assert second.returncode == 0
    pictures = empty_window.document.pictures
    assert [one.source.path for one in pictures.all] == [tmp_path / name for name in names]
    assert not empty_window.isMinimized()


def test_without_a_window_there_is_nobody_to_hand_files_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not hand_over([])
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere/at all")
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/self")
    assert not hand_over([])


def test_what_a_killed_window_has_left_is_in_nobodys_way(qtbot: QtBot, owner: QObject) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(_address())
    left.close()
    assert not hand_over([])
    heard: list[list[Path]] = []
    FirstWindow(owner).wanted.connect(heard.append)
    assert answered(qtbot, b'{"files": ["/a.png"], "token": ""}\n') == b"ok\n"
    assert heard == [[Path("/a.png")]]


def test_what_is_no_wish_is_not_answered(qtbot: QtBot, owner: QObject) -> None:
    heard: list[object] = []
    FirstWindow(owner).wanted.connect(heard.append)
    for words in (b"\n", b"[]\n", b'{"files": 1, "token": ""}\n', b"\xff\n"):
        assert answered(qtbot, words) == b""
    assert heard == []


def test_the_desktop_may_ask_too(qtbot: QtBot, owner: QObject) -> None:
    heard: list[list[Path]] = []
    FirstWindow(owner).wanted.connect(heard.append)
    QCoreApplication.sendEvent(owner, QFileOpenEvent("/a/b.png"))
    assert heard == [[Path("/a/b.png")]]


@pytest.mark.parametrize(
    ("words", "opens"),
    [(["a.png"], None), (["--new", "a.png"], False), (["--precision", "float32"], False)],
)
def test_a_window_of_its_own_opens_only_where_it_is_asked_for(
    words: list[str], opens: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []
    monkeypatch.setattr("restorer.ui.first_window.hand_over", lambda paths: True)
    monkeypatch.setattr(app, "run", lambda *_, shared: opened.append(shared) or 0)
    assert command.run(parse(words)) == 0
    assert opened == ([] if opens is None else [opens])
