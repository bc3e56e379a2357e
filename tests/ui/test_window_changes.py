"""The parts of the window read again what changed, and nothing else: counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.document import Changes, ModelState, Status, plan, work
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Picture
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine

PICTURE = Picture(np.random.default_rng(1).random((60, 80, 3), np.float32))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(gated=True)


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 0)
    made = empty_window
    opened = made.document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY and not opened.content.searching)
    made.document.planner.change("Steps", steps=2)
    return made


@pytest.fixture
def refreshes(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a part has read all that it shows, and the task was planned."""
    counted: Counter[str] = Counter()
    for name in ("panel", "strip"):
        part = getattr(window, name)
        refresh = part.refresh

        def counting(name: str = name, refresh=refresh) -> None:
            counted[name] += 1
            refresh()

        monkeypatch.setattr(part, "refresh", counting)
    plan_step = plan.plan_step

    def planned(*arguments: Any, **named: Any) -> RestorationTask:
        counted["planned"] += 1
        return plan_step(*arguments, **named)

    monkeypatch.setattr(plan, "plan_step", planned)
    window.document.changed.connect(lambda changes: counted.update(["told"]))
    return counted


def test_a_tick_of_a_slider_is_planned_once_and_read_by_the_panel_once(
    window: MainWindow, refreshes: Counter[str]
) -> None:
    window.document.planner.change("Look", dragging=True, faithfulness=0.8)
    assert refreshes == {"told": 1, "planned": 1, "panel": 1}


def test_who_made_a_change_is_not_told_of_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start handle stays where it was dragged; undoing moves it, and all else follows."""
    timeline, told = window.timeline, list[float]()
    monkeypatch.setattr(timeline, "set_start", told.append)
    seen: list[Changes] = []
    window.document.changed.connect(seen.append)
    timeline.start.moved.emit(300.0)
    assert window.document.planner.start == 300 and seen == [Changes.PARAMETERS]
    assert told == []
    assert not window.document.is_by(window.timeline_controller)
    window.document.pictures.undo_group.undo()
    assert told == [window.document.planner.start] != [300]


def test_a_tile_is_read_by_nobody_as_a_whole(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, refreshes: Counter[str]
) -> None:
    document = window.document
    document.runs.restore()
    qtbot.waitUntil(lambda: document.models.state is ModelState.READY)
    refreshes.clear()
    engine.let_go(1)
    qtbot.waitUntil(lambda: window.status.bar.value() > 0)
    assert refreshes == {"told": 1}


def test_another_status_is_read_once(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, refreshes: Counter[str]
) -> None:
    document = window.document
    told: list[Changes] = []
    document.changed.connect(told.append)
    document.runs.restore()
    assert refreshes == {"told": 1, "panel": 1, "strip": 1}
    assert window.panel.restore.text() == "Stop"
    qtbot.waitUntil(lambda: document.models.state is ModelState.READY)
    refreshes.clear()
    document.runs.stop()
    assert refreshes == {"told": 1, "panel": 1, "strip": 1}
    assert window.panel.restore.text() == "Stopping…"
