"""Listeners are told what changed, once for each thing that happens, and nothing more."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from restorer.document import Changes, Document, ModelState, OpenPicture, Status, after
from restorer.document.changes import Notifier
from tests.fakes import PICTURE, FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(gated=True)


@pytest.fixture
def opened(qtbot: QtBot, document: Document) -> OpenPicture:
    opened = document.pictures.open_picture(PICTURE, "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY and not opened.content.searching)
    document.planner.change("Steps", steps=2)
    return opened


@pytest.fixture
def told(document: Document, opened: OpenPicture) -> list[Changes]:
    told: list[Changes] = []
    document.changed.connect(told.append)
    return told


def test_a_tick_of_a_slider_tells_of_the_parameters_only(
    document: Document, told: list[Changes]
) -> None:
    for level in (0.9, 0.8):
        document.planner.change("Look", dragging=True, faithfulness=level)
    assert told == [Changes.PARAMETERS] * 2


def test_a_run_that_begins_is_told_in_one(document: Document, told: list[Changes]) -> None:
    document.runs.restore()
    assert len(told) == 1
    assert Changes.RUN | Changes.STATUS | Changes.PICTURES in told[0]
    assert not told[0] & (Changes.CURRENT | Changes.ESTIMATE | Changes.PARAMETERS)


def test_a_tile_tells_of_the_progress_only(
    qtbot: QtBot, document: Document, engine: FakeEngine, told: list[Changes]
) -> None:
    document.runs.restore()
    qtbot.waitUntil(lambda: document.models.state is ModelState.READY)
    told.clear()
    engine.let_go(1)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [Changes.PROGRESS]


def test_a_run_that_is_stopped_is_told_in_one(
    qtbot: QtBot, document: Document, engine: FakeEngine, opened: OpenPicture, told: list[Changes]
) -> None:
    document.runs.restore()
    engine.let_go(3)
    qtbot.waitUntil(lambda: opened.results.frames == 1 and opened.results.progress is not None)
    qtbot.waitUntil(lambda: document.display.shown is not None)
    told.clear()
    document.runs.stop()
    assert told == [Changes.PICTURES | Changes.STATUS | Changes.PROGRESS]
    qtbot.waitUntil(lambda: opened.status is Status.STOPPED)
    assert told.count(Changes.PICTURES | Changes.STATUS | Changes.PROGRESS) == 2


def test_another_picture_that_is_restored_changes_nothing_on_view(
    qtbot: QtBot, document: Document, engine: FakeEngine, opened: OpenPicture, told: list[Changes]
) -> None:
    document.runs.restore()
    qtbot.waitUntil(lambda: document.models.state is ModelState.READY)
    other = document.pictures.open_picture(PICTURE, "b")
    qtbot.waitUntil(lambda: other.status is Status.READY and not other.content.searching)
    told.clear()
    engine.let_go(100)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert set(told) <= {Changes.PROGRESS, Changes.PICTURES}
    assert told.count(Changes.PICTURES) == 1


def test_what_changes_together_is_told_at_the_end_even_of_a_failure(qtbot: QtBot) -> None:
    parent = QObject()
    notifier, told = Notifier(parent), []
    notifier.changed.connect(told.append)

    def fail() -> None:
        with notifier.together():
            notifier.tell(Changes.STATUS)
            with notifier.together():
                notifier.tell(Changes.RUN)
            assert told == []
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        fail()
    assert told == [Changes.STATUS | Changes.RUN]
    notifier.tell(Changes.NONE)
    assert len(told) == 1


def test_a_listener_runs_after_the_changes_it_waits_for_and_when_it_is_called() -> None:
    class Listener:
        runs = 0

        @after(Changes.RUN | Changes.VIEW)
        def refresh(self) -> None:
            self.runs += 1

    listener = Listener()
    for changes in (Changes.RUN, Changes.STATUS, Changes.VIEW | Changes.STATUS):
        listener.refresh(changes)
    assert listener.runs == 2
    listener.refresh()
    assert listener.runs == 3
