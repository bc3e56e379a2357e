"""Common to tests of the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from restorer.document import Settings, work
from restorer.engine.verdict import Judgement
from restorer.jobs import Jobs
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def open_window(qtbot: QtBot, settings_file: QSettings) -> Callable[[object], MainWindow]:
    """Shows a window with an engine, which closes without a question."""

    def open_window(engine: object) -> MainWindow:
        window = MainWindow(Jobs(lambda: engine), Settings(settings_file))
        qtbot.addWidget(window, before_close_func=_forget_results)
        window.show()
        qtbot.waitExposed(window)
        return window

    return open_window


def _forget_results(window: MainWindow) -> None:
    """So that closing does not ask."""
    window.files.may_lose = lambda *_: True  # type: ignore[method-assign]


@pytest.fixture
def empty_window(open_window: Callable[[object], MainWindow], engine: FakeEngine) -> MainWindow:
    """One in which nothing is open yet."""
    return open_window(engine)


@pytest.fixture(autouse=True)
def _no_scratches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network that looks for scratches is loaded only where it is the point."""
    if request.node.get_closest_marker("prior") is None:
        monkeypatch.setattr(work, "count_scratches", lambda *_: 0)


@pytest.fixture(autouse=True)
def _no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fake engine makes would not be kept unasked; that is the point of one module only."""
    monkeypatch.setattr(work, "judge", lambda _: Judgement("", False))
