"""Model > Manage models: the list, adding, checking, removing, the hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from restorer.document import Settings
from restorer.engine.models import WEIGHTS
from restorer.jobs import Jobs
from restorer.jobs.background import shutdown_all
from restorer.resources import resource_path
from restorer.training.folder import folder_for
from restorer.ui.models.dialog import ModelsDialog
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.hub import hub_of
from tests.ui.dropping import drop


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models go: a home of our own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "restorer" / "models"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A model as somebody has it."""
    return shutil.copytree(resource_path("models", "builtin"), tmp_path / "mine")


@pytest.fixture
def dialog(qtbot: QtBot) -> ModelsDialog:
    dialog = ModelsDialog(None)
    qtbot.addWidget(dialog, before_close_func=shutdown_all)
    dialog.show()
    return dialog


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Press this button of every question; what was asked is noted."""

    def will_press(words: str) -> list[str]:
        asked: list[str] = []

        def press(box: QMessageBox) -> int:
            asked.append(f"{box.text()} {box.informativeText()}")
            next(button for button in box.buttons() if words in button.text()).click()
            return 0

        monkeypatch.setattr(QMessageBox, "exec", press)
        return asked

    return will_press


def rows(dialog: ModelsDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def done(qtbot: QtBot, dialog: ModelsDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.background.running, timeout=20000)


def test_what_ships_is_listed_with_what_it_can_do_and_stays(
    qtbot: QtBot, dialog: ModelsDialog
) -> None:
    titles = [row.split("\n")[0] for row in rows(dialog)]
    assert titles == [
        "Built-in prior",
        "Camera prior",
        "Prior that knows the damage",
        "Filling prior",
        "Sharpening prior",
        "Photo or painting?",
    ]
    about = dialog.about
    assert about.ability.text().startswith("Cleans, fills holes, brings back faded colours")
    assert about.licence.text() == "apache-2.0"
    assert not about.remove.isEnabled()
    assert "Not compared" in about.weights.text()
    about.verify.click()
    done(qtbot, dialog)
    assert about.weights.text() == "Unchanged since they were added: 1 file compared."
    dialog.list.setCurrentRow(2)
    assert "Removes JPEG blocks" in about.ability.text()
    assert not about.use.isVisible()
    dialog.list.setCurrentRow(3)
    assert "Fills holes" in about.ability.text()
    assert not about.use.isVisible()
    dialog.list.setCurrentRow(5)
    assert "towards photo or painting" in about.ability.text()
    assert not about.use.isVisible()


def test_added_verified_damaged_and_removed(
    qtbot: QtBot,
    dialog: ModelsDialog,
    source: Path,
    library: Path,
    answer: Callable[[str], list[str]],
) -> None:
    changed, removed = [], []
    dialog.changed.connect(lambda: changed.append(True))
    dialog.removed.connect(removed.append)
    drop(dialog, source)
    assert dialog.background.running
    assert not dialog.add.folder.isEnabled()
    done(qtbot, dialog)
    assert len(changed) == 1
    assert dialog.pages.currentWidget() is dialog.about
    assert "was added" in dialog.status.text()
    assert rows(dialog)[6] == "Built-in prior\nmine  ·  15.8 MB"
    assert dialog.about.remove.isEnabled()

    drop(dialog, source)
    done(qtbot, dialog)
    assert "already" in dialog.error.text()

    weights = library / "mine" / WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    dialog.renew("mine")
    dialog.about.verify.click()
    done(qtbot, dialog)
    assert "has changed since it was added" in dialog.error.text()
    assert "Unchanged since" not in dialog.about.weights.text()

    asked = answer("Cancel")
    dialog.about.remove.click()
    assert "15.8 MB" in asked[0] and str(library / "mine") in asked[0]
    assert not dialog.background.running
    answer("Remove")
    dialog.about.remove.click()
    done(qtbot, dialog)
    assert removed == ["mine"]
    assert not (library / "mine").exists()
    assert source.is_dir()
    assert len(rows(dialog)) == 6


def test_pickles_and_programs_are_refused_in_one_sentence(
    qtbot: QtBot, dialog: ModelsDialog, source: Path, library: Path
) -> None:
    (source / "pipeline.py").write_text("print('hello')")
    drop(dialog, source)
    done(qtbot, dialog)
    assert "contains a program (pipeline.py)" in dialog.error.text()
    (source / WEIGHTS).rename(source / "diffusion_pytorch_model.bin")
    drop(dialog, source)
    done(qtbot, dialog)
    assert "pickle files, which can run code" in dialog.error.text()
    assert not library.exists()


def test_a_folder_that_cannot_be_used_says_why_and_can_be_removed(
    qtbot: QtBot, dialog: ModelsDialog, library: Path, answer: Callable[[str], list[str]]
) -> None:
    (library / "old").mkdir(parents=True)
    (library / "old" / "model.ckpt").touch()
    dialog.renew("old")
    assert "cannot be used" in rows(dialog)[6]
    assert "pickle" in dialog.about.ability.text()
    assert not dialog.about.use.isVisible() and not dialog.about.verify.isVisible()
    answer("Remove")
    dialog.about.remove.click()
    done(qtbot, dialog)
    assert not (library / "old").exists()


def test_what_is_being_trained_stays(
    qtbot: QtBot, dialog: ModelsDialog, library: Path, answer: Callable[[str], list[str]]
) -> None:
    training = folder_for("young")
    answer("Remove")
    with training.locked():
        dialog.renew("young")
        dialog.about.remove.click()
        done(qtbot, dialog)
    assert "being trained" in dialog.error.text()
    assert (library / "young").is_dir()


def test_size_and_licence_come_before_the_download(
    qtbot: QtBot,
    dialog: ModelsDialog,
    source: Path,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add = dialog.add
    dialog.add_button.click()
    assert not add.look_up.isEnabled() and not add.fetch.isEnabled()
    with hub_of(source, monkeypatch):
        add.name.setText("someone/tiny")
        add.look_up.click()
        done(qtbot, dialog)
        assert add.about.text() == "someone/tiny: 15.8 MB, licence cc0-1.0."
        assert not library.exists()
        add.name.setText("someone/tin")
        assert not add.fetch.isEnabled()
        add.name.setText("someone/tiny")
        add.look_up.click()
        done(qtbot, dialog)
        add.fetch.click()
        done(qtbot, dialog)
    assert (library / "tiny" / WEIGHTS).is_file()
    assert "was added" in dialog.status.text()


def test_without_a_net_it_says_so(
    qtbot: QtBot, dialog: ModelsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restorer.engine.hub._OFFLINE", "1")
    dialog.show_add()
    dialog.add.name.setText("someone/tiny")
    dialog.add.look_up.click()
    done(qtbot, dialog)
    assert "could not be reached" in dialog.error.text()


def test_the_window_uses_it_and_goes_back_when_it_is_gone(
    qtbot: QtBot, settings_file: QSettings, source: Path, answer: Callable[[str], list[str]]
) -> None:
    window = MainWindow(Jobs(FakeEngine), Settings(settings_file))
    qtbot.addWidget(window)
    window.show()
    window.actions_["models"].trigger()
    dialog = window.models.dialog
    assert dialog is not None
    drop(dialog, source)
    done(qtbot, dialog)
    combo = window.panel.rows["model"].box
    assert [combo.itemData(row) for row in range(combo.count())] == ["builtin", "camera", "mine"]
    window.document.pictures.open_sample(resource_path("samples", "church.webp"), "Church", None)
    qtbot.waitUntil(lambda: window.document.pictures.current.plan.task is not None, timeout=20000)
    dialog.about.use.click()
    assert not dialog.isVisible()
    assert window.document.settings.model == "mine"
    assert window.document.pictures.current.plan.parameters.model == "mine"
    window.actions_["models"].trigger()
    dialog.renew("mine")
    answer("Remove")
    dialog.about.remove.click()
    done(qtbot, dialog)
    assert window.document.settings.model == "builtin"
    assert window.document.pictures.current.plan.parameters.model == "builtin"
    assert combo.currentData() == "builtin"
    window.close()
