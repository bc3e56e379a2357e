"""Sharing a result from the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
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
    return window.findChildren(ShareDialog)[-1]


def test_every_way_to_share_writes_a_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for index, way in enumerate(ways()):
        asking = dialog(window)
        asking.way.setCurrentIndex(index)
        assert asking.size_.isVisible() == way.film
        path = tmp_path / f"shared-{way.name}{way.suffixes[0]}"
        asking.save_to(path)
        qtbot.waitUntil(path.exists)
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


def test_what_is_dragged_out_is_the_result(qtbot: QtBot, window: MainWindow) -> None:
    written: list[Path] = []
    window.share.write_for_drag(written.append)
    qtbot.waitUntil(lambda: bool(written))
    with Image.open(written[0]) as picture:
        assert picture.size == (64, 48)
    assert written[0].name == "noisy-restored.png"
