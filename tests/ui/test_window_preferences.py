"""Preferences count at once, and are remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from restorer.document import Settings
from restorer.ui.app import _engine
from restorer.ui.preferences.controller import show_preferences
from restorer.ui.preferences.rows import PREFERENCES
from restorer.ui.window.window import MainWindow


@pytest.fixture
def window(empty_window: MainWindow) -> MainWindow:
    return empty_window


def test_every_preference_is_a_setting_and_is_shown_as_it_is(window: MainWindow) -> None:
    dialog = show_preferences(window)
    rows = [row for section in PREFERENCES.values() for row in section]
    assert list(dialog.fields) == [row.setting for row in rows]
    for name, field in dialog.fields.items():
        value = getattr(window.settings, name)
        match field:
            case QComboBox():
                assert field.currentData() == value
            case QCheckBox():
                assert field.isChecked() == value
            case QSpinBox():
                assert field.value() == value
        assert field.accessibleName()
    named = [one.accessibleName() or one.text() for one in dialog.findChildren(QPushButton)]
    assert len(set(named)) == len(named), "a screen reader says of what each button is"


def test_animations_are_refused_if_wished(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    field = show_preferences(window).fields["animations"]
    field.setCurrentIndex(field.findData("refuse"))
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    window.files.open_paths([tmp_path / "a.gif"])
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.document.pictures.all == []


def test_what_is_chosen_counts_at_once(window: MainWindow, tmp_path: Path) -> None:
    fields = show_preferences(window).fields
    theme, motion, recent, private = (
        fields[name] for name in ("theme", "reduced_motion", "keep_recent", "private")
    )
    theme.setCurrentIndex(theme.findData("light"))
    assert window.actions_["light"].isChecked()
    motion.setChecked(True)
    assert window.canvas.reduced_motion and window.actions_["reduced_motion"].isChecked()
    picture = tmp_path / "a.png"
    picture.touch()
    window.settings.add_recent(picture)
    recent.setChecked(False)
    assert window.settings.recent == []
    window.settings.add_recent(picture)
    assert window.settings.recent == []
    private.setChecked(True)
    assert window.document.pictures._parameters().private
    fields["results_megabytes"].setValue(100)
    assert window.document.runs.budget() == 100 << 20


def test_results_go_where_they_are_wanted(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "pictures/a.png"
    assert window.settings.place_for_results(beside) == beside.parent
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    choose, usual = show_preferences(window).fields["results_folder"].findChildren(QPushButton)
    choose.click()
    assert window.settings.place_for_results(beside) == tmp_path
    usual.click()
    assert window.settings.place_for_results(beside) == beside.parent
    window.settings.results_folder = str(tmp_path / "gone")
    assert window.settings.place_for_results(beside) == beside.parent


def test_the_engine_computes_where_it_is_told(settings_file, qtbot: QtBot) -> None:
    settings = Settings(settings_file)
    settings.device, settings.precision = "cpu", "float32"
    assert _engine("auto", settings).args == ("float32", "cpu")
    assert _engine("bfloat16", settings).args == ("bfloat16", "cpu")
    settings.precision = "nonsense"
    assert _engine("auto", settings).args == ("auto", "cpu")
