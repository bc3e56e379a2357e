"""Common to tests of the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, QSize
from pytestqt.qtbot import QtBot

from restorer.document import Settings, Status, work
from restorer.engine.verdict import Judgement
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from restorer.ui.canvas import Canvas
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine, status_of


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


@pytest.fixture
def restored(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path
) -> Callable[[np.ndarray], MainWindow]:
    """Opens pixels in a window and restores them."""

    def restored(pixels: np.ndarray) -> MainWindow:
        window, path = empty_window, tmp_path / "noisy.png"
        write_picture(Picture(np.clip(pixels, 0, 1).astype(np.float32)), path)
        window.files.open_paths([path])
        qtbot.waitUntil(lambda: status_of(window) is Status.READY)
        window.document.runs.restore()
        qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED)
        return window

    return restored


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    """One that is shown, 320 by 240, and moves at once."""
    made = Canvas()
    made.reduced_motion = True
    qtbot.addWidget(made)
    made.resize(QSize(320, 240))
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture(autouse=True)
def _no_scratches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network that looks for scratches is loaded only where it is the point."""
    if request.node.get_closest_marker("prior") is None:
        monkeypatch.setattr(work, "count_scratches", lambda *_: 0)


@pytest.fixture(autouse=True)
def _no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fake engine makes would not be kept unasked; that is the point of one module only."""
    monkeypatch.setattr(work, "judge", lambda _: Judgement("", False))
