"""Pushed towards a label or words, from the panel to the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.latent import tiny
from tests.ui.test_window import opened


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models go: a home of our own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "restorer" / "models"


@pytest.fixture
def window(qtbot: QtBot, library: Path, empty_window: MainWindow, tmp_path: Path) -> MainWindow:
    """With a noisy picture."""
    noise = np.random.default_rng(0).standard_normal((96, 96, 3), np.float32)
    photo = tmp_path / "photo.png"
    write_picture(Picture(np.clip(0.5 + 0.15 * noise, 0, 1)), photo)
    window = empty_window
    opened(qtbot, window, photo)
    window.panel.more.heading.click()
    return window


def choose(window: MainWindow, words: str) -> None:
    combo = window.panel.rows["toward"].box
    row = next(row for row in range(combo.count()) if words in combo.itemText(row))
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


def test_only_guesses_are_pushed(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    rows, document = window.panel.rows, window.document
    toward, words, push = rows["toward"].box, rows["words"].box, rows["push"].field
    titles = [toward.itemText(row) for row in range(toward.count())]
    assert titles == ["Nothing", "Photo", "Painting"]
    assert not toward.isEnabled()
    assert "towards Vivid" in toward.toolTip()
    document.planner.change("Look", faithfulness=0.3)
    assert toward.isEnabled()
    assert not push.isVisible()
    choose(window, "Painting")
    assert push.isVisible() and not words.isVisible()
    push.slider.setValue(55)
    document.runs.restore()
    qtbot.waitUntil(lambda: len(engine.runs) == 1)
    assert (engine.runs[0].toward, engine.runs[0].push) == ("painting", 55.0)

    current = document.pictures.current
    assert current is not None and current.plan.task is not None
    document.planner.change("Look", faithfulness=1.0)
    assert current.plan.task is not None and current.plan.task.toward == ""
    document.pictures.undo_group.undo()
    document.pictures.undo_group.undo()
    document.pictures.undo_group.undo()
    assert toward.currentText() == "Nothing"
    document.planner.change("What to do", task="upscale")
    assert not toward.isVisible()


def test_words_where_there_is_clip_and_labels_again_when_it_is_gone(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, library: Path
) -> None:
    rows, document = window.panel.rows, window.document
    toward, words = rows["toward"].box, rows["words"].box
    tiny.clip(library / "sees")
    window.panel.renew_models()
    document.planner.change("Look", faithfulness=0.0)
    choose(window, "Words (sees)")
    assert words.isVisible()
    assert window.panel.rows["private"].box.isVisible()
    assert document.pictures.current is not None and document.pictures.current.plan.task is not None
    assert document.pictures.current.plan.task.toward == ""  # nothing said, nothing pushed
    words.setPlainText("a painting in oil")
    document.runs.restore()
    qtbot.waitUntil(lambda: len(engine.runs) == 1)
    assert (engine.runs[0].toward, engine.runs[0].classifier) == ("a painting in oil", "sees")
    document.planner.forget_model("sees")
    assert document.pictures.current.plan.task.toward == ""
    assert toward.currentText() == "Nothing"
