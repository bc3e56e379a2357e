"""Side by side: several ways on the same piece, and one of them is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.side_by_side.variations import VARIATIONS
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import opened
from tests.ui.test_window_accessible import unnamed


def test_ways_are_tried_told_and_taken(
    qtbot: QtBot, empty_window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    window = empty_window
    noise = np.random.default_rng(0).standard_normal((48, 64, 3), np.float32) * 30 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.actions_["variations"].trigger()
    dialog = window.variations.dialog
    assert dialog is not None
    for index in range(len(VARIATIONS)):
        engine.runs.clear()
        dialog.what.setCurrentIndex(index)
        dialog.try_button.click()
        assert not dialog.take_buttons
        qtbot.waitUntil(lambda: len(dialog.take_buttons) == len(engine.runs) > 1)
        assert len({task.to_json() for task in engine.runs}) == len(engine.runs), "all differ"
        assert len({task.start for task in engine.runs}) == 1 or index == 4
    assert unnamed(window) == []
    current = window.document.pictures.current
    assert current is not None and not len(current.results), "nothing was kept"
    dialog.what.setCurrentIndex(1)
    dialog.try_button.click()
    qtbot.waitUntil(lambda: len(dialog.take_buttons) == 4)
    images = [made for made in dialog.findChildren(QLabel) if "8 steps," in made.accessibleName()]
    QTest.mouseClick(images[0], Qt.MouseButton.LeftButton)  # as its button does
    qtbot.waitUntil(lambda: len(current.results) == 1)
    assert current.results.shown is not None and current.results.shown.task.steps == 8
    assert dialog.isHidden(), "the picture that is being restored can be seen"
    assert not window.document.notices.errors


def test_what_is_left_in_mid_run_is_told_as_stopped(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path
) -> None:
    window = empty_window
    noise = np.random.default_rng(0).standard_normal((48, 64, 3), np.float32) * 30 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.actions_["variations"].trigger()
    dialog = window.variations.dialog
    assert dialog is not None and dialog.told.text().startswith("Try cleans the middle")
    dialog.try_button.click()
    assert not dialog.waiting.isHidden() and dialog.told.text().startswith("Trying")
    dialog.close()
    window.actions_["variations"].trigger()
    assert dialog.waiting.isHidden() and dialog.told.text().startswith("Stopped.")
    dialog.try_button.click()
    qtbot.waitUntil(lambda: bool(dialog.take_buttons))
    write_picture(Picture(np.full((48, 64, 3), 0.5, np.float32)), tmp_path / "grey.png")
    opened(qtbot, window, tmp_path / "grey.png")
    dialog.take_buttons[0].click()
    assert "“noisy.png”" in dialog.told.text()
    dialog.try_button.click()
    assert not dialog.take_buttons and "noisy picture" in dialog.told.text()
