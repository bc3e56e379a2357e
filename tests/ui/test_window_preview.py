"""What is in view is restored before all of the picture is, in the window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from restorer.document import Status, work
from restorer.errors import BadInput
from restorer.imaging.picture import Picture
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine, status_of

PIXELS = np.random.default_rng(1).random((700, 900, 3), np.float32)


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """With a picture larger than its canvas, at 100 %."""
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    empty_window.document.pictures.open_picture(Picture(PIXELS), "a")
    qtbot.waitUntil(lambda: status_of(empty_window) is Status.READY)
    empty_window.canvas.viewport.actual()
    return empty_window


def seen_box(window: MainWindow) -> tuple[int, int, int, int]:
    left, top, width, height = window.canvas.viewport.geometry.visible
    return left, top, left + width, top + height


def wait_for_it(qtbot: QtBot, window: MainWindow) -> None:
    tiles = window.canvas.layers.shown.tiles
    qtbot.waitUntil(lambda: seen_box(window) in tiles)


def test_it_follows_the_view_and_what_is_asked_for(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    assert window.panel.preview.isVisible()
    window.panel.preview.click()
    wait_for_it(qtbot, window)
    assert window.canvas.labels[2] == "preview"
    first = seen_box(window)
    height, width = engine.inputs[-1].picture.pixels.shape[:2]
    assert first[2] - first[0] < width < 900 or height < 700  # a part, and what lies around it
    assert engine.inputs[-1].whole.picture.size == (900, 700)

    window.canvas.viewport.pan(QPointF(150, 100))
    assert seen_box(window) != first
    wait_for_it(qtbot, window)
    assert first in window.canvas.layers.shown.tiles  # that is as it was

    window.document.planner.change("Amount", amount=0.5)
    qtbot.waitUntil(lambda: engine.runs[-1].amount == 0.5)
    tiles = window.canvas.layers.shown.tiles
    qtbot.waitUntil(lambda: [*tiles] == [seen_box(window)])  # the rest was of another amount
    before = len(engine.runs)
    window.document.planner.change("Amount", amount=0.5)
    qtbot.wait(200)
    assert len(engine.runs) == before  # known already

    window.panel.preview.click()
    assert not window.canvas.layers.shown.tiles
    assert window.canvas.labels[2] == ""
    assert not window.document.pictures.current.results.frames  # no result came of it


def test_restore_takes_its_place(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    window.panel.preview.click()
    wait_for_it(qtbot, window)
    asked = len(engine.runs)
    window.actions_["crop"].trigger()  # all of the picture is on view: nothing is laid over it
    qtbot.wait(200)
    assert not window.canvas.layers.shown.tiles
    assert len(engine.runs) == asked
    window.actions_["crop"].trigger()
    window.actions_["restore"].trigger()
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED)
    assert window.document.pictures.current.results.frames == engine.runs[-1].steps
    assert engine.inputs[-1].whole is None
    assert not window.document.preview.wanted


def test_what_cannot_be_seen_in_part_says_why(qtbot: QtBot, window: MainWindow) -> None:
    window.document.planner.change("Sampler", faithfulness=0.0, sampler="ddpm")
    window.panel.preview.click()
    assert window.runs.notice.text().startswith("No preview: What is drawn by chance")
    assert not window.document.preview.wanted
    assert not window.panel.preview.isChecked()


def test_a_proposal_of_steps_is_carried_out_on_the_part(
    qtbot: QtBot, empty_window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads its damage from all of the picture once, the rest in the part in view."""
    monkeypatch.setattr(work, "measure", lambda picture: replace(NOISY, stripes=5.0))
    stripes = np.random.default_rng(2).normal(0, 0.05, (1, 900, 1)).astype(np.float32)
    empty_window.document.pictures.open_picture(Picture(0.4 + 0.2 * PIXELS + stripes), "a")
    qtbot.waitUntil(lambda: status_of(empty_window) is Status.READY)
    assert empty_window.document.pictures.current.proposal.steps == ("destripe", "denoise")
    empty_window.canvas.viewport.actual()
    empty_window.panel.preview.click()
    wait_for_it(qtbot, empty_window)
    assert empty_window.canvas.labels[2] == "preview"
    (whole, part) = engine.inputs
    assert [task.damage.kind for task in engine.runs] == ["destripe", "denoise"]
    assert whole.whole is None and part.whole.picture.size == whole.picture.size == (900, 700)
    assert not empty_window.runs.notice.text()  # the part is as it will be
    empty_window.canvas.viewport.pan(QPointF(150, 100))
    wait_for_it(qtbot, empty_window)
    assert [task.damage.kind for task in engine.runs] == ["destripe", "denoise", "denoise"]
    assert not empty_window.document.pictures.current.results.frames
    empty_window.panel.preview.click()
    assert not empty_window.canvas.layers.shown.tiles


def test_what_cannot_be_planned_is_said_and_shown_no_more(
    qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "measure", lambda picture: replace(NOISY, stripes=5.0))
    monkeypatch.setattr(work, "next_step", lambda chain: BadInput("Not this one."))
    empty_window.document.pictures.open_picture(Picture(PIXELS), "a")
    qtbot.waitUntil(lambda: status_of(empty_window) is Status.READY)
    empty_window.actions_["preview"].trigger()
    qtbot.waitUntil(lambda: bool(empty_window.document.notices.errors))
    assert empty_window.document.notices.errors[-1].sentence == "Not this one."
    assert not empty_window.document.preview.wanted
