"""What docs/adding-a-command.md says is so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from restorer.document import Settings
from restorer.jobs import Jobs
from restorer.ui.settings import fields
from restorer.ui.widgets import binding
from restorer.ui.window import actions
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.shortcuts import sheet_rows
from restorer.ui.window.window import MainWindow

from ..fakes import FakeEngine
from ..ui.test_window import noisy_picture, opened
from .blocks import blocks


@pytest.fixture
def window(qtbot: QtBot, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With the command of the page."""
    row, method, _ = blocks("adding-a-command.md")
    command = eval(row, vars(actions))
    names = {"QGuiApplication": QGuiApplication}
    exec(method, names)
    monkeypatch.setattr(FileDialogs, "copy_title", names["copy_title"], raising=False)
    edit = (*actions.MENUS["Edit"], command)
    monkeypatch.setitem(actions.MENUS, "Edit", edit)
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    window.show()
    return window


def test_the_command_is_there_and_works(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    from restorer.imaging.write import write_picture

    action = window.actions_["copy_title"]
    assert not action.isEnabled()  # there is no picture
    write_picture(noisy_picture(), tmp_path / "boat.png")
    opened(qtbot, window, tmp_path / "boat.png")
    assert action.isEnabled()
    action.trigger()
    assert QGuiApplication.clipboard().text() == "boat.png"
    assert ("Edit", "Copy name", "Ctrl+Alt+C") in sheet_rows()
    keys = [key for row in actions.all_actions() for key in row.keys.split()]
    assert len(keys) == len(set(keys))


def test_the_row_of_a_setting(qtbot: QtBot) -> None:
    *_, row = blocks("adding-a-command.md")
    slider = eval(row, vars(fields) | {"Slider": binding.Slider})
    qtbot.addWidget(slider.line)
    assert slider.line.accessibleName() == "Amount"
