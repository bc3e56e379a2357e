"""`restorer edit`: a file of another program is saved back, and nothing of it is lost unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.cli.main import main
from restorer.document import Status
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.ui.window.window import MainWindow
from tests.fakes import status_of

PIXELS = np.random.default_rng(1).random((40, 30, 3), np.float32)


def restored(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.files.edit(path)
    qtbot.waitUntil(lambda: status_of(window) is Status.READY)
    window.document.planner.change("Start", start=400.0)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED)


def test_save_writes_back_without_a_question(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "from darktable.tif"
    write_picture(Picture(PIXELS), path, bits=16)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked"))
    heard: list[str] = []
    empty_window.document.notices.hint.connect(heard.append)
    restored(qtbot, empty_window, path)
    assert path.name in heard[0], "it is said where Save writes"
    empty_window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not any(one.unsaved for one in empty_window.document.pictures.all))
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".tif"] == [path.name]
    assert np.abs(read_picture(path).pixels - PIXELS).max() > 0.01
    assert tifffile.imread(path).dtype == np.uint16


def test_what_holds_more_than_was_opened_is_not_replaced_unasked(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pages.tif"
    tifffile.imwrite(path, (np.stack([PIXELS, PIXELS]) * 255).astype(np.uint8), photometric="rgb")
    came, asked = path.read_bytes(), []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", ""))
    restored(qtbot, empty_window, path)
    empty_window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: bool(asked))
    assert path.read_bytes() == came


def test_what_cannot_be_saved_back_is_not_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.gif").touch()
    for name, sentence in (("a.gif", ".gif"), ("missing.png", "There is no file")):
        assert main(["edit", str(tmp_path / name)]) == 2
        assert sentence in capsys.readouterr().err
