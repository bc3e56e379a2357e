"""The inspector: a person points at a pixel, and its numbers are those of the recorded run."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from restorer.diffusion.schedule import LINEAR
from restorer.document.forward import place_of
from restorer.engine.trajectory import Quantity
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.canvas.forward import noise_field
from restorer.ui.inspector.panel import InspectorPanel
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import opened, restored
from tests.ui.test_window_accessible import unnamed


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, tmp_path: Path) -> MainWindow:
    """With a noisy picture, and the inspector over it."""
    window = empty_window
    noise = np.random.default_rng(0).standard_normal((96, 128, 3), np.float32) * 30 / 255
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.inspector_place.isVisible())
    return window


def panel(window: MainWindow) -> InspectorPanel:
    assert window.inspector.panel is not None
    return window.inspector.panel


def spot(window: MainWindow, x: int, y: int) -> QPoint:
    """Where a pixel of the picture lies on the canvas."""
    QCoreApplication.processEvents()  # the canvas has found its size
    place = window.canvas.viewport.to_widget(x + 0.5, y + 0.5, 0)
    return QPoint(int(place.x()), int(place.y()))


def numbers(text: str) -> np.ndarray:
    """Those of the lines of R, G and B, with the signs before them."""
    found = []
    for line in text.splitlines()[1:]:
        plain = line.replace("−", "-").replace("- ", "-").replace("+ ", "")
        terms = re.findall(r"(-?)([\d.]+)(?:·([\d.]+))?", plain)
        found.append(
            [float(sign + (b or a)) for sign, a, b in terms] + [float(a) for _, a, b in terms if b]
        )
    return np.array(found)


def test_without_a_result_the_forward_process_is_told(qtbot: QtBot, window: MainWindow) -> None:
    assert "Point at the picture" in panel(window).summary.text()
    assert panel(window).equation.isHidden() and panel(window).curves.isHidden()
    QTest.mouseMove(window.canvas, spot(window, 40, 30))
    qtbot.waitUntil(lambda: "as it came" in panel(window).summary.text())
    assert (panel(window).x_.value(), panel(window).y_.value()) == (40, 30)
    window.timeline.setFocus()
    for _ in range(4):
        QTest.keyClick(window.timeline, Qt.Key.Key_Left)
    t = window.timeline.model.playhead.t
    qtbot.waitUntil(lambda: f"at t {t:.0f}" in panel(window).summary.text())
    picture = window.document.pictures.current
    assert picture is not None and picture.content.picture is not None
    place = place_of(picture)
    assert place is not None and t > place
    abar = float(LINEAR.alpha_bar(t) / LINEAR.alpha_bar(place))
    x_0 = 2 * picture.content.picture.pixels[30, 40] - 1
    eps = noise_field()[30, 40]
    told = numbers(panel(window).equation.text())
    assert np.allclose(told[:, 0], sqrt(abar) * x_0 + sqrt(1 - abar) * eps, atol=6e-4)
    assert np.allclose(told[:, 1], x_0, atol=6e-4) and np.allclose(told[:, 2], eps, atol=6e-4)
    assert np.allclose(told[:, 3:], [sqrt(abar), sqrt(1 - abar)], atol=6e-4)


def test_a_recorded_step_has_its_numbers_and_the_way_on(qtbot: QtBot, window: MainWindow) -> None:
    restored(qtbot, window)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 40, 30))
    assert panel(window).held.isChecked()
    qtbot.waitUntil(lambda: "The last step" in panel(window).onward.text())
    assert panel(window).update_.isHidden()
    window.actions_["step_back"].trigger()
    qtbot.waitUntil(lambda: panel(window).update_.isVisible())
    assert "the mean of its answers so far" in panel(window).summary.text()  # Look is at Faithful
    current = window.document.pictures.current
    assert current is not None and current.results.shown is not None
    frames, index = current.results.shown.trajectory, current.results.playhead
    assert index == len(frames) - 2
    x_t, x_0, eps = (frames.read(index, q)[30, 40] for q in (Quantity.X_T, Quantity.X0, "eps"))
    told = numbers(panel(window).equation.text())
    assert np.allclose(told[:, :3], np.stack([x_t, x_0, eps], axis=1), atol=6e-4)
    following = numbers(panel(window).update_.text())
    then = 1 / (1 + frames.infos[index + 1].sigma ** 2)
    x_next = frames.read(index + 1, Quantity.X_T)[30, 40]
    rest = x_next - sqrt(then) * x_0 - sqrt(1 - then) * eps
    assert np.allclose(following[:, 0], x_next, atol=6e-4)
    assert np.allclose(following[:, 3], rest, atol=1e-3)
    assert panel(window).path.isVisible() and panel(window).curves.spectrum.isVisible()
    assert "away" in panel(window).noise.text()


def test_a_held_pixel_stays_and_can_be_typed(qtbot: QtBot, window: MainWindow) -> None:
    panel(window).x_.lineEdit().selectAll()
    QTest.keyClicks(panel(window).x_, "17")
    QTest.keyClick(panel(window).x_, Qt.Key.Key_Return)
    assert panel(window).held.isChecked()
    qtbot.waitUntil(lambda: panel(window).equation.isVisible())
    QTest.mouseMove(window.canvas, spot(window, 40, 30))
    assert panel(window).x_.value() == 17
    panel(window).held.click()
    QTest.mouseMove(window.canvas, spot(window, 41, 30))
    assert panel(window).x_.value() == 41


def test_dragging_the_picture_holds_no_pixel(window: MainWindow) -> None:
    here, there = spot(window, 40, 30), spot(window, 90, 60)
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=here)
    QTest.mouseMove(window.canvas, there)
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, pos=there)
    assert not panel(window).held.isChecked()


def test_all_of_it_has_names_and_goes_with_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    restored(qtbot, window)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 40, 30))
    qtbot.waitUntil(lambda: panel(window).path.isVisible())
    assert unnamed(window) == []
    window.files.may_lose = lambda *_: True  # type: ignore[method-assign]
    window.close_picture()
    qtbot.waitUntil(lambda: window.document.pictures.current is None)
    assert not window.inspector_place.isVisible()


def test_a_step_of_latents_is_said_to_have_none(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored(qtbot, window)
    current = window.document.pictures.current
    assert current is not None and current.results.shown is not None
    monkeypatch.setattr(current.results.shown, "latent", object())
    QTest.mouseMove(window.canvas, spot(window, 40, 30))
    assert "works on latents" in panel(window).summary.text()
    assert panel(window).equation.isHidden() and panel(window).path.isHidden()


def test_a_pixel_that_is_not_in_the_next_picture_or_result_is_left(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.document.planner.change("Task", task="upscale", start=None, steps=None)
    qtbot.waitUntil(lambda: window.actions_["restore"].isEnabled())
    restored(qtbot, window)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 120, 90))
    assert panel(window).x_.value() >= 240  # twice as large
    qtbot.waitUntil(lambda: panel(window).equation.isVisible())
    window.actions_["former"].trigger()
    qtbot.waitUntil(lambda: "Point at the picture" in panel(window).summary.text())
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 120, 90))
    qtbot.waitUntil(lambda: panel(window).equation.isVisible())
    write_picture(Picture(np.full((20, 20, 3), 0.5, np.float32)), tmp_path / "small.png")
    opened(qtbot, window, tmp_path / "small.png")
    assert not panel(window).held.isChecked()
    assert "Point at the picture" in panel(window).summary.text()
    assert not window.document.notices.errors
