"""Sharing a result from the window."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from pytestqt.qtbot import QtBot

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.jobs.background import report
from restorer.ui.window.share import ShareDialog, ways
from restorer.ui.window.window import MainWindow
from tests.ui.test_window import opened, restored


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, tmp_path: Path) -> MainWindow:
    noise = np.random.default_rng(0).standard_normal((48, 64, 3), np.float32) * 30 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, empty_window, tmp_path / "noisy.png")
    assert not empty_window.actions_["share"].isEnabled()
    restored(qtbot, empty_window)
    return empty_window


def dialog(window: MainWindow) -> ShareDialog:
    window.actions_["share"].trigger()
    assert window.share.dialog is not None
    return window.share.dialog


def test_every_way_to_share_writes_a_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for index, way in enumerate(ways()):
        asking = dialog(window)
        asking.way.setCurrentIndex(index)
        assert asking.size_.isVisible() == way.film
        path = tmp_path / f"shared-{way.name}{way.suffixes[0]}"
        asking.save_to(path)
        qtbot.waitUntil(lambda: window.share.dialog is None)
        if way.name != "report":
            with Image.open(path) as picture:
                assert picture.width > 64
    assert "Began at" in (tmp_path / "shared-report.html").read_text()
    assert not window.document.notices.errors


def test_before_and_after_is_copied(qtbot: QtBot, window: MainWindow) -> None:
    asking = dialog(window)
    asking.way.setCurrentIndex(1)
    QGuiApplication.clipboard().clear()
    asking.copy_button.click()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().width() > 2 * 64


def test_what_is_dragged_out_is_the_result(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    monkeypatch.setattr(window.share, "_drag", written.append)
    monkeypatch.setattr(window.files, "save", lambda: pytest.fail("that was no click"))
    handle, left = window.toolbar.save_button, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    at = QPointF(handle.rect().center())

    def hand(kind: QEvent.Type, by: float) -> None:
        here = at + QPointF(by, 0)
        held = Qt.MouseButton(0) if kind == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(kind, here, handle.mapToGlobal(here), left, held, none)
        QGuiApplication.sendEvent(handle, event)

    hand(QEvent.Type.MouseButtonPress, 0)
    for by in (14.0, 2.0):  # beyond what begins a drag, and on over the button
        hand(QEvent.Type.MouseMove, by)
        assert not handle.isDown()
    hand(QEvent.Type.MouseButtonRelease, 2)
    qtbot.waitUntil(lambda: bool(written))
    with Image.open(written[0]) as picture:
        assert picture.size == (64, 48)
    assert written[0].name == "noisy-restored.png"


def test_while_it_is_made_files_are_opened_and_it_can_be_given_up(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, begun = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        report(1, 4)
        going.wait(20)
        report(2, 4)
        raise AssertionError("it was given up")

    asking = dialog(window)
    monkeypatch.setattr(ShareDialog, "chosen", replace(ways()[0], write=slow))
    asking.save_to(tmp_path / "film.gif")
    qtbot.waitUntil(lambda: begun.is_set() and asking.waiting.value() == 25)
    assert not asking.save_button.isVisible()
    write_picture(Picture(np.full((8, 8, 3), 0.5, np.float32)), tmp_path / "other.png")
    window.files.open_paths([tmp_path / "other.png"])
    qtbot.waitUntil(lambda: window.document.pictures.current.source.title == "other.png")
    qtbot.waitUntil(lambda: window.document.pictures.current.content.picture is not None)
    assert not asking.isModal()
    asking.stop_button.click()
    going.set()
    assert window.share.dialog is None
    assert not window.document.notices.errors
