"""How far a result can be trusted, in the window; with a fake engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from restorer.document import Status
from restorer.engine.views import CLEAN, DOUBT, NOISY, RESIDUAL
from restorer.errors import RestorerError
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine, status_of


@pytest.fixture
def window(restored: Callable[[np.ndarray], MainWindow]) -> MainWindow:
    """With a picture that has been restored."""
    noise = np.random.default_rng(0).standard_normal((96, 128, 3), np.float32) * 30 / 255
    return restored(0.5 + noise)


def test_doubt_is_measured_when_it_is_asked_for(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    document = window.document
    opened = document.pictures.current
    assert opened is not None and opened.results.shown is not None
    runs = len(engine.runs)
    with qtbot.waitSignal(document.doubts.ended):
        window.actions_["show_doubt"].trigger()
        assert document.doubts.measuring is opened.results.shown
        assert "Measuring" in window.status.text.text()
        assert window.status.bar.isVisible()
    qtbot.waitUntil(lambda: "truth lies within" in window.status.text.text())
    legend = document.display.legend
    assert legend is not None and legend.high == "off by 64 of 255 or more"
    assert len(engine.runs) == runs + 4  # two pairs of probes
    assert opened.status is Status.RESTORED
    spread = document.display.spread
    assert spread is not None and spread.std.shape == (96, 128)
    window.view_bar.show_cursor(5, 7, (1, 2, 3))
    assert f"± {2 * spread.value_at(5, 7):.0f}" in window.view_bar._cursor.text()
    document.display.set_view(CLEAN)
    document.display.set_view(DOUBT)
    assert document.doubts.measuring is None  # it is known
    assert len(engine.runs) == runs + 4
    last = window.timeline.model.playhead
    window.timeline.playback.step(-1)
    assert document.display.view is CLEAN, "a step before the result has no doubt of its own"
    document.display.set_view(DOUBT)
    assert window.timeline.model.playhead == last


def test_stopping_it_goes_back_to_the_picture(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = True
    document = window.document
    document.display.set_view(DOUBT)
    engine.let_go(3)
    qtbot.waitUntil(lambda: document.doubts.progress is not None)
    with qtbot.waitSignal(document.doubts.ended):
        window.actions_["stop"].trigger()
    assert document.display.view is CLEAN
    assert window.actions_["show_x0"].isChecked()
    assert document.display.spread is None
    assert not window.status.bar.isVisible()
    assert status_of(window) is Status.RESTORED
    assert not document.notices.errors


def test_a_run_that_begins_leaves_the_check(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = True
    document = window.document
    document.display.set_view(DOUBT)
    qtbot.waitUntil(lambda: document.doubts.measuring is not None)
    document.runs.restore()
    assert status_of(window) is Status.WAITING  # the doubt is measured to its end
    assert window.status.text.text().startswith("Measuring the doubt first")
    assert document.display.view is DOUBT
    engine.let_go(10)
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORING, timeout=20_000)
    assert document.doubts.measuring is None
    assert document.display.view is CLEAN
    document.display.set_view(RESIDUAL)  # there is nothing to judge yet
    assert document.display.view is CLEAN
    engine.gated = False
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED)


def test_an_error_while_measuring_is_said(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.error = RestorerError("It broke.")
    document = window.document
    with qtbot.waitSignal(document.doubts.ended):
        document.display.set_view(DOUBT)
    qtbot.waitUntil(lambda: [e.sentence for e in document.notices.errors] == ["It broke."])
    assert document.display.view is CLEAN
    engine.error = None
    with qtbot.waitSignal(document.doubts.ended):
        document.display.set_view(DOUBT)
    assert document.display.spread is not None


def test_what_was_taken_away_comes_with_its_verdict_after_what_was_saved(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    document = window.document
    window.actions_["show_residual"].trigger()
    qtbot.waitUntil(lambda: "taken away" in window.status.text.text())
    assert document.display.shown is not None and document.display.shown.shape == (96, 128, 3)
    assert abs(float(document.display.shown.mean()) - 0.5) < 0.05
    document.saver.save(tmp_path / "out.png", force=False)
    qtbot.waitUntil(lambda: "Saved as out.png" in window.status.text.text())
    assert "taken away" in window.status.text.text()
    document.display.set_view(NOISY)
    qtbot.waitUntil(lambda: document.display.verdict == "")
    assert "taken away" not in window.status.text.text()


def test_amount_and_grain_become_part_of_the_task(qtbot: QtBot, window: MainWindow) -> None:
    rows, document = window.panel.rows, window.document
    amount, grain = rows["amount"].field, rows["grain"].field
    opened = document.pictures.current
    assert opened is not None
    amount.slider.setValue(60)
    grain.slider.setValue(25)
    assert opened.plan.task is not None
    assert (opened.plan.task.amount, opened.plan.task.grain) == (0.6, 0.25)
    rows["grain_way"].edit("even")
    assert (opened.plan.task.grain, opened.plan.task.even_grain) == (1.0, True)
    document.pictures.undo_group.undo()
    assert (opened.plan.task.grain, opened.plan.task.even_grain) == (0.25, False)
    grain.reset.emit()
    document.pictures.undo_group.undo()
    assert opened.plan.task.grain == 0.25
    document.planner.change("Task", task="dejpeg")
    assert not grain.isVisibleTo(window.panel)
    assert opened.plan.parameters.request.grain == 0
