"""Model > Train on my pictures, with a scripted process and once with the real one."""

# ruff: noqa: F811  a fixture is imported

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from restorer.document import Settings
from restorer.errors import ErrorKind
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from restorer.jobs.background import shutdown_all
from restorer.jobs.training import TrainingProcess
from restorer.ui.training.curve import loss_ticks
from restorer.ui.training.dialog import TrainingDialog
from restorer.ui.window.shortcuts import sheet_rows
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.training.conftest import tiny  # noqa: F401
from tests.ui.dropping import drop

FAKE = [sys.executable, str(Path(__file__).with_name("fake_training.py"))]


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models go: a home of our own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return tmp_path / "data" / "restorer" / "models"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(5):
        pixels = np.random.default_rng(seed).random((96, 96, 3), np.float32)
        write_picture(Picture(pixels), folder / f"{seed}.png")
    (folder / "broken.png").write_text("nothing")
    return folder


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What the scripted process does next."""
    return lambda words: monkeypatch.setenv("FAKE_TRAINING", words)


def _end(dialog: TrainingDialog) -> None:
    dialog.process.shutdown()
    shutdown_all(dialog)


@pytest.fixture
def dialog(qtbot: QtBot, photos: Path) -> TrainingDialog:
    """The form, filled in."""
    dialog = TrainingDialog(None, TrainingProcess(FAKE))
    qtbot.addWidget(dialog, before_close_func=_end)
    dialog.show()
    dialog.setup.set_folder(photos)
    qtbot.waitUntil(dialog.setup.train.isEnabled)
    return dialog


def ended(qtbot: QtBot, dialog: TrainingDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.process.running, timeout=20000)


def test_a_dropped_folder_is_looked_at(qtbot: QtBot, photos: Path) -> None:
    dialog = TrainingDialog(None, TrainingProcess(FAKE))
    qtbot.addWidget(dialog)
    assert not dialog.setup.train.isEnabled()
    drop(dialog, photos)
    qtbot.waitUntil(dialog.setup.train.isEnabled)
    assert dialog.setup._count.text() == "5 pictures, 1 skipped"
    assert dialog.setup._skipped.text().startswith("broken.png")
    assert "“mine”" in dialog.setup.will.text()
    empty = photos / "empty"
    empty.mkdir()
    dialog.setup.set_folder(empty)
    qtbot.waitUntil(lambda: "no pictures" in dialog.setup.error.text())
    assert not dialog.setup.train.isEnabled()


def test_names_that_cannot_be(dialog: TrainingDialog, library: Path) -> None:
    (library / "old" / "training").mkdir(parents=True)
    (library / "old" / "training" / "checkpoint.safetensors").touch()
    for name, word in (("old", "already"), ("builtin", "ships"), ("a/b", "slash"), (".", "slash")):
        dialog.setup.name.setText(name)
        dialog.setup.train.click()
        assert word in dialog.setup.error.text() or name == "."
        assert not dialog.process.running


def test_watch_stop_and_use(
    qtbot: QtBot, dialog: TrainingDialog, play: Callable[[str], None]
) -> None:
    play("reading start steps steps wait finish")
    used = []
    dialog.use_wanted.connect(used.append)
    dialog.setup.train.click()
    course = dialog.progress
    qtbot.waitUntil(lambda: course.samples.slider.maximum() == 2, timeout=20000)
    assert course.scores.texts() == ["33.81 dB +0.20", "31.19 dB +0.27", "28.11 dB +0.40"]
    assert course.status.text() == "Step 80  ·  6 min left"
    assert course.facts.toolTip() == "broken.png is damaged."
    assert not any(tile.empty for tile in (course.samples.noisy, course.samples.clean))
    shown = course.samples.restored.grab().toImage()
    course.samples.slider.setValue(0)
    assert "before training" in course.samples._caption.text()
    assert course.samples.restored.grab().toImage() != shown
    dialog.close()  # training goes on
    assert dialog.process.running
    course.stop.click()
    ended(qtbot, dialog)
    assert dialog.isVisible()
    assert "0.29 dB better" in course.status.text()
    assert course.go_on.isVisible()
    course.use.click()
    assert used == ["mine"]


def test_who_does_not_listen_is_ended_and_the_best_kept(
    qtbot: QtBot, dialog: TrainingDialog, play: Callable[[str], None]
) -> None:
    play("start steps deaf")
    dialog.setup.train.click()
    qtbot.waitUntil(lambda: dialog.progress.best is not None, timeout=20000)
    dialog.progress.stop.click()
    assert dialog.process.stopping
    dialog.progress.stop.click()
    ended(qtbot, dialog)
    assert dialog.progress.use.isVisible()
    assert not dialog.progress.error.isVisible()


def test_errors_are_said_where_one_looks(
    qtbot: QtBot, dialog: TrainingDialog, play: Callable[[str], None]
) -> None:
    play("refuse")
    with qtbot.waitSignal(dialog.process.ended, timeout=20000) as said:
        dialog.setup.train.click()
    assert said.args[0].kind is ErrorKind.BAD_INPUT
    assert dialog.pages.currentWidget() is dialog.setup
    assert dialog.setup.error.text() == "None of the pictures can be trained on."
    play("start steps crash")
    with qtbot.waitSignal(dialog.process.ended, timeout=20000):
        dialog.setup.train.click()
    assert dialog.pages.currentWidget() is dialog.progress
    assert "stopped unexpectedly" in dialog.progress.error.text()
    assert dialog.progress.use.isVisible()
    play("start steps finish")
    dialog.progress.go_on.click()
    ended(qtbot, dialog)
    assert "going on after step 40" in dialog.progress.facts.text()
    assert not dialog.progress.error.isVisible()


def test_a_program_that_is_not_there(qtbot: QtBot, photos: Path) -> None:
    process = TrainingProcess(["no such program"])
    with qtbot.waitSignal(process.ended) as said:
        process.start([])
    assert "could not be started" in said.args[0].sentence


@pytest.mark.parametrize(("low", "high"), [(0.0612, 0.0613), (0.05, 1.1), (0.01, 0.03), (1, 1)])
def test_losses_stand_between_their_labels(low: float, high: float) -> None:
    found = loss_ticks(low, high)
    assert len(found) >= 2
    assert 0 < found[0] <= low * 1.01
    assert found[-1] >= high * 0.99


def test_a_training_that_gains_nothing_says_so(
    qtbot: QtBot, dialog: TrainingDialog, play: Callable[[str], None]
) -> None:
    play("start worse worse give-up")
    dialog.setup.train.click()
    ended(qtbot, dialog)
    course = dialog.progress
    assert dialog.pages.currentWidget() is course
    assert course.status.text() == (
        "Stopped early. On the held-out pictures it got no better than the model it began from, "
        "so that model is kept and no new one is made."
    )
    assert not course.use.isVisible()
    before, *later = [loss for _, loss in course.curve.measured]
    assert all(loss > before for loss in later)


@pytest.fixture
def window(qtbot: QtBot, settings_file: QSettings) -> MainWindow:
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def test_the_real_thing(
    qtbot: QtBot,
    window: MainWindow,
    photos: Path,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the menu to a model that restores, by the shortest training there is."""
    assert any(text == "Train on my pictures…" for _, text, _ in sheet_rows())
    window.actions_["train"].trigger()
    dialog = window.training.dialog
    assert dialog is not None
    begun = dialog.process.start
    short = ["--batch", "1", "--crop", "16", "--from", str(tiny), "--lr", "1e-2"]
    monkeypatch.setattr(dialog.process, "start", lambda given: begun([*given, *short]))
    dialog.setup.set_folder(photos)
    qtbot.waitUntil(dialog.setup.train.isEnabled)
    dialog.setup.train.click()
    qtbot.waitUntil(lambda: dialog.progress.status.text().startswith("Step 2"), timeout=120_000)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: 0)
    monkeypatch.setattr(QMessageBox, "clickedButton", lambda box: None)
    assert not window.close()  # it asks, and nobody says yes
    dialog.progress.stop.click()
    qtbot.waitUntil(lambda: not dialog.process.running, timeout=120_000)
    assert dialog.progress.finished is not None
    assert dialog.progress.finished.stopped
    assert dialog.setup.error.text() == ""

    dialog.progress.use.click()
    assert window.settings.model == "mine"
    assert window.panel.rows["model"].box.findData("mine") > 0
    from restorer.engine.models import find_model
    from restorer.engine.networks import load_prior

    load_prior(find_model("mine"))
    dialog.progress.another.click()
    assert dialog.setup._going_on.count() == 2  # a heading, and the one that was stopped
