"""What the window says a picture is, and what one click does about it; with a scriptable engine."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from restorer.document import Layer, Readiness, work
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import noisy_picture, opened, restored


@pytest.fixture
def window(empty_window: MainWindow) -> MainWindow:
    return empty_window


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    with Image.open(resource_path("samples", "church.webp")) as image:
        image.convert("RGB").crop((40, 20, 240, 180)).save(path)
    return path


def headline(window: MainWindow) -> str:
    return window.panel.rows["headline"].text.text()


def searched(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: not window.document.pictures.current.content.searching)


def test_a_clean_picture_looks_clean_and_other_tasks_are_offered(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path
) -> None:
    searched(qtbot, window, photo)
    assert headline(window) == "Looks clean"
    assert window.panel.restore.isEnabled()
    menu = window.panel.restore.menu()
    offered = {action.text(): action for action in menu.actions()}
    assert "Clean noise" not in offered and "Fill holes and scratches" in offered
    offered["Enlarge"].trigger()
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY)
    assert window.panel.restore.text() == "Enlarge × 2"
    restored(qtbot, window)
    assert engine.runs[0].damage.kind == "upscale"


def test_it_does_not_look_clean_before_scratches_were_looked_for(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Restore waits for them; what was found is then the headline, and filled."""
    look, mask = threading.Event(), np.zeros((160, 200), bool)
    mask[60:64, 20:180] = True

    def count(*_: object) -> int:
        assert look.wait(60)
        return 3

    monkeypatch.setattr(work, "count_scratches", count)
    monkeypatch.setattr(
        "restorer.degradation.estimate.with_scratches", lambda found, *_: (found, mask)
    )
    opened(qtbot, window, photo)
    assert headline(window) == "Looking for scratches…"
    assert window.panel.restore.isEnabled()
    window.panel.restore.click()
    assert "scratches" in window.panel.hint.text() and engine.runs == []
    look.set()
    qtbot.waitUntil(lambda: window.document.pictures.current.results.frames > 0)
    qtbot.waitUntil(lambda: window.document.pictures.current.results.steps is None)
    assert headline(window) == "Torn or scratched"
    assert [task.damage.kind for task in engine.runs] == ["inpaint"]


def test_pressed_too_early_on_a_clean_picture_it_says_that_there_is_nothing(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look, hints = threading.Event(), list[str]()
    monkeypatch.setattr(work, "count_scratches", lambda *_: 0 if look.wait(60) else 9)
    window.document.notices.hint.connect(hints.append)
    opened(qtbot, window, photo)
    window.panel.restore.click()
    look.set()
    qtbot.waitUntil(lambda: bool(hints))
    assert hints == ["Nothing was found that could be cleaned."]
    assert engine.runs == [] and headline(window) == "Looks clean"


def test_what_may_be_a_scratch_is_told_and_the_picture_not_called_clean(
    qtbot: QtBot, window: MainWindow, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "search", lambda *_: (0, 3, False))
    searched(qtbot, window, photo)
    assert headline(window) == "No damage for sure"
    assert "dust: 3. M, then F" in window.panel.rows["sentence"].text.text()


def test_scratches_that_could_not_be_looked_for_are_not_said_to_be_absent(
    qtbot: QtBot, window: MainWindow, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> int:
        raise BadInput("It could not be looked at.")

    monkeypatch.setattr(work, "count_scratches", fails)
    searched(qtbot, window, photo)
    assert headline(window) == "Hardly any noise"
    assert window.error_bar.text.text() == "It could not be looked at."


def test_the_headline_is_the_worst_and_one_click_does_all_that_is_proposed(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Noise of 25 under three scratches."""
    mask = np.zeros((120, 160), bool)
    mask[40:44] = True
    monkeypatch.setattr(work, "count_scratches", lambda *_: 3)
    monkeypatch.setattr(
        "restorer.degradation.estimate.with_scratches", lambda found, *_: (found, mask)
    )
    write_picture(noisy_picture(), tmp_path / "old.png")
    searched(qtbot, window, tmp_path / "old.png")
    current = window.document.pictures.current
    assert headline(window) == "Torn or scratched"
    assert window.panel.rows["proposal"].text.text().endswith(": clean, then fill.")
    assert window.panel.restore.text() == "Clean everything"
    window.panel.restore.click()
    qtbot.waitUntil(lambda: len(current.results) == 2 and current.results.steps is None)
    assert [task.damage.kind for task in engine.runs] == ["denoise", "inpaint"]


def test_hit_pixels_are_the_headline_and_filled_where_they_are(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path, tmp_path: Path
) -> None:
    """Not "noise 3", though that is what a clean picture with them reads."""
    rng = np.random.default_rng(4)
    with Image.open(photo) as image:
        pixels = np.array(image)
    where = rng.random(pixels.shape[:2]) < 0.05
    pixels[where] = rng.integers(0, 2, (where.sum(), 1)) * 255
    Image.fromarray(pixels).save(tmp_path / "hit.png")
    searched(qtbot, window, tmp_path / "hit.png")
    assert headline(window) == "5% of the pixels hit"
    assert not window.panel.rows["sentence"].widget.isVisible()
    assert window.panel.restore.text() == "Fill"
    window.panel.restore.click()
    qtbot.waitUntil(lambda: window.document.pictures.current.results.steps is None)
    hole = window.document.pictures.current.results.shown.inputs.hole
    assert (hole & where).sum() > 0.9 * where.sum()
    assert [task.damage.kind for task in engine.runs] == ["inpaint"]


@pytest.mark.prior
def test_marking_only_paints_what_was_hit_to_be_looked_at(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path, tmp_path: Path
) -> None:
    with Image.open(photo) as image:
        pixels = np.array(image)
    pixels[5::12, 7::11] = 255
    Image.fromarray(pixels).save(tmp_path / "hit.png")
    searched(qtbot, window, tmp_path / "hit.png")
    mark = window.panel.rows["proposal"].buttons[0]
    assert mark.text() == "Mark only" and mark.isVisible()
    mark.click()
    mask = window.document.masks.painted(Layer.MASK)
    assert mask is not None
    qtbot.waitUntil(lambda: mask.hole().any())
    assert mask.hole()[5::12, 7::11].mean() > 0.9
    assert engine.runs == []


def test_what_nothing_undoes_is_the_headline_too(
    qtbot: QtBot, window: MainWindow, photo: Path, tmp_path: Path
) -> None:
    with Image.open(photo) as image:
        grey = np.asarray(image.convert("L"), np.float32)[..., None] / 255
    sepia = (grey * np.array([1, 0.85, 0.65], np.float32)).astype(np.float32)
    write_picture(Picture(sepia), tmp_path / "sepia.png")
    searched(qtbot, window, tmp_path / "sepia.png")
    assert headline(window) == "A tone over all colours"
    assert "leaves it as it is" in window.panel.rows["sentence"].text.text()
    assert window.panel.restore.text() == "Other tasks"
    window.document.planner.change("Task", task="fade")
    assert window.panel.rows["even"].line.isVisibleTo(window) and window.panel.rows["tone"].shown
    searched(qtbot, window, photo)
    window.document.planner.change("Task", task="fade")
    assert window.panel.rows["warmth"].line.isVisibleTo(window)
    assert not window.panel.rows["even"].line.isVisibleTo(window)  # it is in colours
