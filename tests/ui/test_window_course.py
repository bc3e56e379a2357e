"""The course: every page asks, then shows, on the canvas, the timeline and the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from restorer.document import Status
from restorer.engine.truth import patch_of
from restorer.engine.views import CLEAN
from restorer.errors import RestorerError
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.ui.course import page_context as stages
from restorer.ui.course.contents import MAP, Contents
from restorer.ui.course.page import Drag, Finding, MultipleChoice, Number, Question
from restorer.ui.course.page_context import PageContext
from restorer.ui.course.page_view import PageView
from restorer.ui.course.pages import PAGES
from restorer.ui.course.panel import WIDTH
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine
from tests.ui.test_window import opened
from tests.ui.test_window_accessible import unnamed


@pytest.fixture
def window(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """With a noisy picture, the course over it, and a small piece for what is measured."""
    window = empty_window
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((96, 128, 3), np.float32) * 30 / 255
    clean = np.linspace(0.2, 0.8, 24 * 24 * 3, dtype=np.float32).reshape(24, 24, 3)
    monkeypatch.setattr(stages, "_read_patch", lambda *_: patch_of(clean, 40))
    write_picture(Picture(np.clip(0.5 + noise, 0, 1)), tmp_path / "noisy.png")
    opened(qtbot, window, tmp_path / "noisy.png")
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    return window


def context(window: MainWindow) -> PageContext:
    assert window.course.context is not None
    return window.course.context


def view(window: MainWindow, name: str) -> PageView:
    """The page of this name, opened."""
    window.course.show_page(name)
    assert window.course.panel is not None and isinstance(window.course.panel.body, PageView)
    return window.course.panel.body


def predict(window: MainWindow, page: PageView) -> None:
    """Answer as a person would, not knowing better."""
    match page.page.ask:
        case MultipleChoice() as ask:
            page.ask.inputs[(ask.right + 1) % 3].click()  # type: ignore[attr-defined]
        case Number() as ask:
            page.ask.inputs[0].setValue(ask.low + 1)  # type: ignore[attr-defined]
        case Drag():
            context(window).goto(500)
        case _:
            context(window).pixel = 5, 6
            context(window).changed.emit()


def shown(qtbot: QtBot, window: MainWindow, name: str) -> tuple[PageView, Finding]:
    """A page that was predicted and shown."""
    page = view(window, name)
    assert not page.show_button.isEnabled(), "one must predict first"
    predict(window, page)
    assert page.show_button.isEnabled()
    page.show_button.click()
    qtbot.waitUntil(lambda: page.found is not None)
    assert page.found is not None
    return page, page.found


def test_every_page_can_be_gone_through(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    monkeypatch.setattr("restorer.ui.course.pages.beyond._LARGE", 16)
    monkeypatch.setattr("restorer.ui.course.pages.beyond._SMALL", 8)
    for page in PAGES:
        last, found = shown(qtbot, window, page.name)
        assert found.told and "{" not in found.told + found.equation, page.name
        if page.tool is not None:
            page.tool.run(context(window))
        assert unnamed(window) == [], page.name
        assert last.minimumSizeHint().width() <= WIDTH - 8, f"{page.name} is cut"  # of the bar
        wall = context(window).wall
        assert wall.isVisible() is bool(found.piece) is last.large.isChecked()
        if found.piece:
            room = QRectF(window.canvas.rect())
            assert all(room.contains(place) for place in wall.places())
            assert len(wall.places()) == len(found.figures)
            QTest.mouseClick(wall, Qt.MouseButton.LeftButton)
            assert not wall.isVisible() and not last.large.isChecked()
        assert isinstance(last, PageView)
    assert window.settings.course_seen == [page.name for page in PAGES]
    assert not window.document.notices.errors
    assert {"ddpm", "ddpm-quiet", "ddim", "dpmpp"} <= {task.sampler for task in engine.runs}
    current = window.document.pictures.current
    assert current is not None and len(current.results) == 1, "trials leave no results"


def test_the_jump_tells_where_the_playhead_was_put(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    width, height = window.document.pictures.current.content.picture.size
    assert context(window).pixel == (width // 2, height // 2)
    page, found = shown(qtbot, window, "jump")
    assert page.ask.guess == pytest.approx(500, abs=1)
    assert "t = 500" in found.told and "There 29 %" in found.told and "0.286·" in found.equation
    assert window.timeline.model.playhead.t == pytest.approx(500, abs=1)
    before = page.numbers.text()
    context(window).pixel = 3, 4
    context(window).changed.emit()
    assert "x 3, y 4" in page.whose.text() and page.numbers.text() != before


def test_no_step_that_is_made_takes_the_fog_away(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    opened = window.document.pictures.current
    assert opened is not None
    engine.gated = True
    window.document.runs.restore()
    qtbot.waitUntil(lambda: opened.under_way)
    context(window).goto(500)
    engine.let_go(200)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    playhead = window.timeline.model.playhead
    assert playhead.frame is None and playhead.t == pytest.approx(500, abs=1)
    assert window.canvas_controller.view is None  # fog
    window.actions_["show_x0"].trigger()
    assert window.canvas_controller.view is CLEAN
    assert window.timeline.model.playhead.frame == opened.results.frames - 1
    qtbot.waitUntil(lambda: window.document.display.shown is not None)


def test_a_page_that_is_left_is_not_told_of(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    engine.gated = True
    page = view(window, "average")
    predict(window, page)
    page.show_button.click()
    qtbot.waitUntil(lambda: bool(engine.runs))
    window.course.show_page("noise")
    assert not window.document.trials.busy
    engine.let_go(200)
    window.course.close()
    assert not window.course_place.isVisible() and window.panel.isVisible()


def test_what_failed_can_be_shown_again(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    for name in ("average", "network"):  # a trial, and a run of the picture
        page = view(window, name)
        predict(window, page)
        engine.error = RestorerError("The card is on fire.")
        page.show_button.click()
        assert not page.show_button.isEnabled()
        qtbot.waitUntil(page.show_button.isEnabled)
        assert page.waiting.isHidden() and window.document.notices.errors
        window.document.notices.dismiss()
        engine.error = None
        page.show_button.click()
        qtbot.waitUntil(lambda page=page: page.found is not None)


def test_it_begins_with_contents_and_remembers_the_page(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: context(window).fit)
    assert window.course.panel is not None
    assert isinstance(window.course.panel.body, Contents)
    assert not window.panel.isVisible()
    view(window, "network")
    window.actions_["course"].trigger()
    window.actions_["course"].trigger()
    contents = window.course.panel.body
    assert isinstance(contents, Contents) and contents.go_button.text() == "Go on"
    contents.go_button.click()
    assert window.settings.course_page == "network"


def test_without_a_noisy_picture_one_is_offered(qtbot: QtBot, empty_window: MainWindow) -> None:
    empty_window.welcome.course_wanted.emit()
    course = empty_window.course
    assert course.panel is not None and isinstance(course.panel.body, Contents)
    assert not course.panel.body.go_button.isEnabled()
    assert unnamed(empty_window) == []
    course.panel.body.painting_wanted.emit()
    qtbot.waitUntil(lambda: context(empty_window).fit)
    assert isinstance(course.panel.body, Contents) and course.panel.body.go_button.isEnabled()


def test_contents_lead_everywhere() -> None:
    """Every page is on the map, and every question is answered by some page."""
    names = {page.name for page in PAGES}
    assert {name for row in MAP for _, name in row} == names
    assert {question for page in PAGES for question in page.answers} == set(Question)
    assert sum(page.myth is not None for page in PAGES) >= 2
