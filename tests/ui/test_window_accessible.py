"""What a screen reader meets: everything that can be used has a name, sliders say their value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from restorer.document import Readiness
from restorer.engine import models as registry
from restorer.engine.tasks import TASKS
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.latent import tiny
from tests.ui.test_window import opened, restored

ROLE = QAccessible.Role
USED = (
    ROLE.Button,
    ROLE.ButtonMenu,
    ROLE.CheckBox,
    ROLE.ComboBox,
    ROLE.EditableText,
    ROLE.Link,
    ROLE.List,
    ROLE.ListItem,
    ROLE.MenuItem,
    ROLE.PageTab,
    ROLE.ProgressBar,
    ROLE.RadioButton,
    ROLE.Slider,
    ROLE.SpinBox,
)


@pytest.fixture
def window(empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With a model with prompts, and a ControlNet for it."""
    monkeypatch.setattr(registry, "models_folder", lambda: tmp_path / "library")
    tiny.stable_diffusion(tmp_path / "library" / "any")
    tiny.controlnet().save_pretrained(tmp_path / "library" / "leader")
    return empty_window


def parts(thing: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """All that can be seen, however deep."""
    for number in range(thing.childCount()):
        part = thing.child(number)
        if part is not None and part.isValid() and not part.state().invisible:
            yield part
            yield from parts(part)


def unnamed(window: MainWindow) -> list[str]:
    """What can be used and has no name, in the window and in what stands open beside it."""
    tree = QAccessible.queryAccessibleInterface(window)
    assert sum(part.role() in USED for part in parts(tree)) > 10
    beside = [top for top in QApplication.topLevelWidgets() if top.isVisible()]
    return [name for top in {window, *beside} for name in unnamed_in(top)]


def unnamed_in(top: QWidget) -> list[str]:
    """The same of one window."""
    tree = QAccessible.queryAccessibleInterface(top)
    found = []
    for part in parts(tree):
        inner = part.parent().role() in (ROLE.SpinBox, ROLE.ComboBox)  # said with what it is in
        if part.role() in USED and not inner and not part.text(QAccessible.Text.Name):
            thing = part.object()
            found.append(f"{part.role().name} {type(thing).__name__} {thing.objectName()}")
    return found


def test_whatever_can_be_used_has_a_name(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    assert unnamed(window) == []
    rng = np.random.default_rng(0)
    noisy = 0.5 + rng.standard_normal((48, 64, 3), np.float32) * np.float32(0.1)
    write_picture(Picture(np.clip(noisy, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.panel.more.heading.click()
    planner = window.document.planner
    for kind in (name for name, task in TASKS.items() if task.offered):
        planner.change("Task", task=kind, start=None, steps=None)
        qtbot.waitUntil(lambda: planner.readiness is not Readiness.PREPARING)
        assert unnamed(window) == [], kind
    planner.change("Task", task="denoise", start=None, steps=None)
    window.actions_["mask"].trigger()
    for tool in ("brush", "select", "layer"):
        window.actions_[tool].trigger()
        assert unnamed(window) == [], tool
    restored(qtbot, window)
    assert unnamed(window) == []
    planner.change("Model", model="any")
    assert unnamed(window) == []


def test_nothing_is_unnamed_in_any_state(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    """While it runs, waits or fails, in every view and way to compare, in every dialog and room."""
    noisy = 0.5 + np.random.default_rng(0).standard_normal((48, 64, 3), np.float32) * 0.1
    for name in ("one.png", "two.png"):
        write_picture(Picture(np.clip(noisy, 0, 1).astype(np.float32)), tmp_path / name)
        opened(qtbot, window, tmp_path / name)
    dialogs = "models", "train", "shortcuts", "limitations", "schedule", "lab", "old_photo"
    for action in (*dialogs, "how_to", "preferences", "variations"):
        window.actions_[action].trigger()
        assert unnamed(window) == [], action
        _close_others(window)
    window.actions_["crop"].trigger()
    assert unnamed(window) == [], "crop"
    window.actions_["crop"].trigger()
    engine.gated = True
    for _ in range(2):  # one runs, the other waits
        window.document.runs.restore()
        window.document.pictures.show_neighbour(-1)
    qtbot.waitUntil(lambda: bool(engine.runs))
    assert unnamed(window) == [], "running"
    engine.gated = False
    engine.let_go(100)
    qtbot.waitUntil(lambda: not window.document.runs.busy)
    for action in ("show_x_t", "show_residual", "wipe", "side_by_side", "difference", "inspector"):
        window.actions_[action].trigger()
        assert unnamed(window) == [], action
    window.document.display.set_playhead(0)
    window.document.planner.change("Look", faithfulness=0.5)
    window.document.branches.begin()
    qtbot.waitUntil(lambda: window.runs.branches.tree.isVisible())
    assert unnamed(window) == [], "branches"
    for action in ("share", "noise", "course"):
        window.actions_[action].trigger()
        assert unnamed(window) == [], action
        _close_others(window)
    window.files.open_paths([tmp_path / "none.png"])
    qtbot.waitUntil(lambda: bool(window.document.notices.errors))
    assert unnamed(window) == [], "an error"


def _close_others(window: MainWindow) -> None:
    """What stands open beside the window."""
    for top in QApplication.topLevelWidgets():
        if top is not window and top.isVisible():
            top.close()


def test_sliders_say_their_value(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    write_picture(Picture(np.full((48, 64, 3), 0.5, np.float32)), tmp_path / "calm.png")
    opened(qtbot, window, tmp_path / "calm.png")
    window.panel.more.heading.click()
    window.document.planner.change("Strength", start=40.0)
    window.panel.rows["grain_way"].edit("keep")
    said = {}
    for row in ("strength", "look", "amount", "grain"):
        slider = window.panel.rows[row].field.slider
        interface = QAccessible.queryAccessibleInterface(slider)
        said[interface.text(QAccessible.Text.Name)] = interface.text(QAccessible.Text.Value)
    noise = window.panel.rows["strength"].field.value_label.text()
    window.actions_["mask"].trigger()
    size = QAccessible.queryAccessibleInterface(window.mask_widget.bar.slider)
    assert size.text(QAccessible.Text.Value) == window.mask_widget.bar._value.text()
    assert said == {
        "Strength": f"{noise} of 150",
        "Look": "faithful",
        "Amount": "all",
        "Grain given back": "50 %",
    }
