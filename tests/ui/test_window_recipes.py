"""Settings go into files and to other pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.document import Status, work
from restorer.document.recipes import changes_for
from restorer.engine.plan import start_for
from restorer.engine.recipe import read_recipe, write_recipe
from restorer.engine.request import Request
from restorer.imaging.picture import Picture
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, tells_errors


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With three pictures, a, b and c, of which the first is on view."""
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    pictures = empty_window.document.pictures
    for title in "abc":
        pictures.open_picture(Picture(np.full((60, 80, 3), 0.5, np.float32)), title)
    qtbot.waitUntil(lambda: all(opened.status is Status.READY for opened in pictures.all))
    pictures.show(pictures.all[0])
    return empty_window


def chosen(monkeypatch: pytest.MonkeyPatch, path: object) -> None:
    for dialog in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, dialog, lambda *_: (str(path), ""))


def test_settings_come_back_from_a_recipe(qtbot, window, tmp_path, monkeypatch) -> None:
    first, second, _ = window.document.pictures.all
    window.document.planner.change("x", task="upscale", scale=3, amount=0.5)
    chosen(monkeypatch, tmp_path / "mine")
    window.actions_["save_recipe"].trigger()
    path = tmp_path / "mine.toml"
    qtbot.waitUntil(path.exists)
    assert read_recipe(path) == Request(task="upscale", scale=3, amount=0.5)
    window.strip.setCurrentRow(1)
    chosen(monkeypatch, path)
    window.actions_["load_recipe"].trigger()
    qtbot.waitUntil(lambda: second.plan.parameters == first.plan.parameters)
    window.actions_["undo"].trigger()
    assert second.plan.parameters.task == "denoise"


def test_a_recipe_says_noise_and_the_panel_where_to_start(
    qtbot, window, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "recipe.json"
    write_recipe(Request(noise=20.0), path)
    chosen(monkeypatch, path)
    window.actions_["load_recipe"].trigger()
    opened = window.document.pictures.current
    qtbot.waitUntil(lambda: opened.plan.parameters.start == start_for(20.0))
    assert changes_for(Request(task="auto"))["task"] == "denoise"


def test_a_recipe_that_cannot_be_followed_changes_nothing(
    qtbot, window, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('model = "nowhere"')
    chosen(monkeypatch, path)
    before = window.document.pictures.current.plan.parameters
    with qtbot.waitSignal(window.document.changed, check_params_cb=tells_errors):
        window.actions_["load_recipe"].trigger()
    assert "asks for the model “nowhere”" in window.document.notices.errors[-1].sentence
    assert window.document.pictures.current.plan.parameters == before


def test_settings_go_to_those_that_are_selected(window: MainWindow) -> None:
    first, second, third = window.document.pictures.all
    assert not window.actions_["apply_selected"].isEnabled()
    window.document.planner.change("x", amount=0.5, start=100.0)
    place = window.strip.visualItemRect(window.strip.item(2)).center()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(window.strip.viewport(), Qt.MouseButton.LeftButton, control, place)
    assert window.document.pictures.current is first  # what is on view stays
    assert window.strip.chosen == [first, third]
    window.strip.refresh()
    assert window.strip.chosen == [first, third]
    window.actions_["apply_selected"].trigger()
    assert third.plan.parameters == first.plan.parameters != second.plan.parameters
    assert window.runs.notice.text() == "One other picture has the same settings now."
    third.undo.undo()
    assert third.plan.parameters == second.plan.parameters


def test_settings_go_to_all(window: MainWindow) -> None:
    window.document.planner.change("x", amount=0.5)
    window.actions_["apply_all"].trigger()
    assert {opened.plan.parameters.amount for opened in window.document.pictures.all} == {0.5}
    window.strip.setCurrentRow(1)
    assert window.strip.chosen == window.document.pictures.all[1:2]
