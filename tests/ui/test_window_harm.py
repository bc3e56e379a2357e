"""A result that has lost something of the picture: a warning before it is kept, and ways on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot
from scipy.ndimage import gaussian_filter

from restorer.document import Status, work
from restorer.engine.verdict import Judgement
from restorer.engine.views import CLEAN, RESIDUAL
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.window import MainWindow
from tests.fakes import status_of


@pytest.fixture(autouse=True)
def _no_harm() -> None:
    """Here it is the point."""


@pytest.fixture
def window(restored: Callable[[np.ndarray], MainWindow]) -> MainWindow:
    """With a picture that has been restored by an engine that takes its contrast away."""
    drawn = np.random.default_rng(0).standard_normal((96, 128, 3))
    scene = gaussian_filter(drawn, (3, 3, 0))
    pixels = 0.5 + 0.15 * scene / scene.std() + 25 / 255 * drawn
    return restored(pixels)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The questions; whoever is asked says no as long as the list ends with one."""
    questions: list[str] = []

    def confirm(_: FileDialogs, question: str, __: str) -> bool:
        questions.append(question)
        return len(questions) > 1

    monkeypatch.setattr(FileDialogs, "_confirm", confirm)
    target = str(tmp_path / "out.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (target, ""))
    return questions


def test_it_is_warned_of_and_kept_after_a_question_only(
    qtbot: QtBot, window: MainWindow, asked: list[str], tmp_path: Path
) -> None:
    window.actions_["save"].trigger()  # at once: the look at it may not be over
    qtbot.waitUntil(lambda: len(asked) == 1)
    harm, out = window.panel.rows["harm"], tmp_path / "out.png"
    assert harm.widget.isVisible() and harm.text.text() in asked[0]
    assert "Not only noise was taken away" in asked[0]
    window.actions_["copy"].trigger()
    assert len(asked) == 2  # the answer was yes, so nobody is asked again
    assert not out.exists()
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    assert len(asked) == 2
    assert "Not only noise" in json.loads(read_record(read_picture(out)) or "")["caution"]


def test_save_all_asks_about_it_too(
    qtbot: QtBot,
    window: MainWindow,
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def save(*_: object) -> QMessageBox.StandardButton:
        return QMessageBox.StandardButton.SaveAll

    monkeypatch.setattr(FileDialogs, "_ask_to_lose", save)
    may_close = window.files.may_lose
    opened = window.document.pictures.current
    assert opened is not None and opened.results.shown is not None
    assert not may_close([opened])  # at once: the look at it may not be over
    assert "“noisy.png”: Not only noise was taken away" in asked[0]
    assert not window.document.saver.saving
    with qtbot.waitSignal(window.document.saver.saved):
        assert may_close([opened])
    assert len(asked) == 2 and (tmp_path / "noisy-restored.png").exists()


def test_one_can_look_at_what_went_and_take_it_back(qtbot: QtBot, window: MainWindow) -> None:
    document, harm = window.document, window.panel.rows["harm"]
    where, back = harm.buttons
    opened = document.pictures.current
    assert opened is not None and opened.results.shown is not None
    run = opened.results.shown
    qtbot.waitUntil(harm.widget.isVisible)
    where.click()
    assert document.display.view is RESIDUAL and where.isChecked()
    where.click()
    assert document.display.view is CLEAN
    back.click()
    assert opened.results.shown is None and opened.result is None and not opened.unsaved
    assert status_of(window) is Status.READY and not harm.widget.isVisible()
    assert not window.actions_["save"].isEnabled()
    document.pictures.undo_group.undo()
    assert opened.results.shown is run and opened.unsaved and harm.widget.isVisible()
    document.pictures.undo_group.redo()
    document.versions.step(1)  # nor is it lost without undoing
    assert opened.results.shown is run


def test_a_good_result_is_kept_unasked(
    qtbot: QtBot, window: MainWindow, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "judge", lambda _: Judgement("Fine.", False))
    window.document.runs.restore()
    opened = window.document.pictures.current
    assert opened is not None
    qtbot.waitUntil(
        lambda: status_of(window) is Status.RESTORED and opened.results.shown.judgement is not None
    )
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    assert asked == [] and not window.panel.rows["harm"].widget.isVisible()


def test_what_cannot_be_looked_at_is_not_lost(window: MainWindow) -> None:
    opened = window.document.pictures.current
    assert opened is not None and opened.results.shown is not None
    opened.results.shown.inputs = replace(
        opened.results.shown.inputs, strength=np.zeros((3, 3), np.float32)
    )
    judgement = work.judge(opened.results.shown)
    assert not judgement.alarm and "could not be checked" in judgement.sentence
