"""The frame over the picture: what is kept, and that nothing of the rest is lost."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import Changes, Status, work
from restorer.document.masks.painted import PaintedMask
from restorer.document.recipes import recipe_of
from restorer.document.session_store import read_state
from restorer.engine.recipe import write_recipe
from restorer.engine.record import steps_in
from restorer.engine.request import Request
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.ui.crop.selection import Selection
from restorer.ui.timeline.labels import CLEAN_NOTE, place_note
from restorer.ui.window.window import MainWindow
from tests.fakes import NOISY, FakeEngine
from tests.ui.test_window import noisy_picture, opened

WHOLE = (160, 120)


@pytest.fixture
def window(
    qtbot: QtBot, empty_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """With one picture from a file, of 160 by 120."""
    monkeypatch.setattr(work, "measure", lambda picture: NOISY)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 0)
    write_picture(noisy_picture(), tmp_path / "a.png")
    opened(qtbot, empty_window, tmp_path / "a.png")
    return empty_window


def drag(window: MainWindow, start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas = window.canvas
    a, b = (canvas.viewport.to_widget(*place, 0).toPoint() for place in (start, end))
    plain = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, plain, a)
    QTest.mouseMove(canvas, (a + b) / 2)
    QTest.mouseMove(canvas, b)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, plain, b)


def kept(qtbot: QtBot, window: MainWindow, size: tuple[int, int]) -> None:
    pictures = window.document.pictures
    qtbot.waitUntil(lambda: pictures.current.content.picture.size == size)
    qtbot.waitUntil(lambda: pictures.current.status is not Status.MEASURING)


def test_what_is_framed_is_kept_and_undo_brings_all_back(qtbot: QtBot, window: MainWindow) -> None:
    current = window.document.pictures.current
    mask = np.zeros((120, 160), np.uint8)
    mask[50:60, 60:100] = 255
    current.painted.mask = PaintedMask(mask)
    window.document.runs.restore()
    qtbot.waitUntil(lambda: current.status is Status.RESTORED)
    whole, results = current.content.picture, list(current.results)

    window.actions_["crop"].trigger()
    assert window.crop.choosing and window.crop.bar.isVisible()
    drag(window, (0, 0), (40, 30))
    drag(window, (160, 80), (140, 80))
    left, top = (round(n) for n in window.crop.tool.selection.corners[0])
    right, bottom = (round(n) for n in window.crop.tool.selection.corners[2])
    assert abs(left - 40) < 3 and abs(top - 30) < 3 and abs(right - 140) < 3 and bottom == 120
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    kept(qtbot, window, (right - left, bottom - top))
    assert not window.crop.choosing and not len(current.results)
    here = slice(top, bottom), slice(left, right)
    np.testing.assert_array_equal(current.content.picture.pixels, whole.pixels[here])
    np.testing.assert_array_equal(current.painted.mask.values, mask[here])

    window.undo.undo()
    assert current.content.picture is whole and list(current.results) == results
    np.testing.assert_array_equal(current.painted.mask.values, mask)
    window.undo.redo()
    assert current.content.picture.size == (right - left, bottom - top)


def test_the_rest_is_seen_again_and_esc_leaves(qtbot: QtBot, window: MainWindow) -> None:
    current = window.document.pictures.current
    window.actions_["turn_right"].trigger()
    kept(qtbot, window, (120, 160))
    window.actions_["crop"].trigger()
    drag(window, (0, 0), (20, 20))
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: current.content.picture.size != (120, 160))
    part = current.content.picture
    window.actions_["crop"].trigger()
    assert window.canvas.viewport.geometry.picture == (120, 160)  # all of it, turned
    turned, whole = window.document.crops.choosing, current.content.whole
    assert np.shares_memory(turned.pixels, whole.pixels)  # no copy, in the thread that draws
    corner = window.crop.tool.selection.corners[0]
    assert abs(corner[0] - 20) < 3 and abs(corner[1] - 20) < 3
    window.actions_["stop"].trigger()  # Esc
    assert not window.crop.choosing and current.content.picture is part
    assert window.canvas.viewport.geometry.picture == part.size
    whole = read_picture(current.source.path).pixels
    turned = np.rot90(whole, -1)[-part.size[1] :, -part.size[0] :]
    np.testing.assert_array_equal(part.pixels, turned)


def test_a_result_says_which_part_it_is_of(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.actions_["turn_left"].trigger()
    kept(qtbot, window, (120, 160))
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.pictures.current.status is Status.RESTORED)
    window.document.saver.save(tmp_path / "out.png", force=False)
    qtbot.waitUntil((tmp_path / "out.png").exists)
    (step,) = steps_in(read_picture(tmp_path / "out.png"))
    assert step.source["sha256"] == read_picture(tmp_path / "a.png").digest
    assert step.source["crop"] == [160, 0, 160, 120, 0, 120, 0, 0]


def test_restore_with_the_frame_open_restores_what_is_framed(
    qtbot: QtBot, window: MainWindow
) -> None:
    current = window.document.pictures.current
    whole = current.content.picture
    window.actions_["crop"].trigger()
    drag(window, (0, 0), (40, 30))
    qtbot.waitUntil(lambda: not current.content.searching)
    QTest.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    assert not window.crop.choosing
    window.document.pictures.searched.emit(current)  # the search of the whole ends only now
    qtbot.waitUntil(lambda: current.status is Status.RESTORED)
    assert current.content.picture.size != whole.size
    assert current.results.shown.inputs.picture is current.content.picture
    window.actions_["crop"].trigger()  # a frame that nobody moved changes nothing
    assert window.canvas_controller.view is None  # all of the picture as it came is seen
    window.runs.restore()
    qtbot.waitUntil(lambda: len(current.results) == 2)
    assert current.results.shown.inputs.picture is current.content.picture


def test_it_is_in_the_session_and_in_a_recipe(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    document = window.document
    document.session.begin()
    write_recipe(Request(crop=(10.0, 20.0, 90.0, 100.0)), tmp_path / "recipe.toml")
    document.recipes.load("Load recipe", tmp_path / "recipe.toml")
    kept(qtbot, window, (80, 80))
    corners = (10, 20, 90, 20, 90, 100, 10, 100)
    assert recipe_of(document.pictures.current).corners == corners
    folder = document.session._store.folder
    qtbot.waitUntil(lambda: [one.crop for one in read_state(folder)] == [corners])
    again = work.read(tmp_path / "a.png", crop=corners)
    np.testing.assert_array_equal(
        again.picture.pixels, document.pictures.current.content.picture.pixels
    )
    assert again.whole is not None


def test_it_does_not_wait_for_what_is_read_or_looked_for(qtbot: QtBot, window: MainWindow) -> None:
    current, free = window.document.pictures.current, Event()
    window.document.pictures.ask(current, free.wait, lambda _: None)
    window.actions_["turn_right"].trigger()
    qtbot.waitUntil(lambda: current.content.picture.size == (120, 160))
    free.set()
    kept(qtbot, window, (120, 160))


def test_it_waits_while_the_picture_is_restored(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.gated = True
    window.document.runs.restore()
    qtbot.waitUntil(lambda: window.document.pictures.current.results.making is not None)
    with qtbot.waitSignal(window.document.notices.hint, timeout=1000) as told:
        window.actions_["crop"].trigger()
    assert "Esc" in told.args[0] and not window.crop.choosing
    engine.let_go(100)
    qtbot.waitUntil(lambda: window.document.pictures.current.results.making is None)


@pytest.mark.parametrize("again", [False, True])
def test_undone_or_done_again_in_mid_run_the_run_ends_and_all_is_as_it_was(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, again: bool
) -> None:
    current, document = window.document.pictures.current, window.document
    document.runs.restore()
    qtbot.waitUntil(lambda: current.status is Status.RESTORED)
    results = list(current.results)
    window.actions_["turn_left"].trigger()
    kept(qtbot, window, (120, 160))
    if again:
        window.undo.undo()
    engine.gated = True
    document.runs.restore()
    engine.let_go(3)  # a step and a half
    qtbot.waitUntil(lambda: current.results.frames == 1 and current.results.making is not None)
    engine.gated = False
    if again:
        window.undo.redo()
        assert current.content.picture.size == (120, 160) and not current.results.frames
        assert current.status is Status.READY
    else:
        window.undo.undo()
        assert current.content.picture.size == WHOLE
    assert not document.runs.busy and current.results.making is None
    if again:
        window.undo.undo()
    assert list(current.results) == results and current.results.shown is results[0]
    assert current.status is Status.RESTORED
    document.runs.restore()  # and the next one is heard
    qtbot.waitUntil(lambda: len(current.results) == 2 and current.status is Status.RESTORED)


def test_the_axis_calls_no_picture_clean_before_it_is_measured(
    qtbot: QtBot, window: MainWindow
) -> None:
    current, model = window.document.pictures.current, window.timeline.model
    current.content.estimate = DegradationEstimate(noise=1.0, noise_in_file=1.0, clean=True)
    window.document.changed.emit(Changes.ESTIMATE)
    assert place_note(model) == CLEAN_NOTE
    window.actions_["turn_left"].trigger()
    qtbot.waitUntil(lambda: current.content.picture.size == (120, 160))
    assert current.status is Status.MEASURING and not place_note(model)
    kept(qtbot, window, (120, 160))


def test_a_selection_stays_on_its_picture_and_a_rectangle_one() -> None:
    whole = Selection(((0, 0), (160, 0), (160, 120), (0, 120)), WHOLE)
    for angle in (-15.0, 0.5, 15.0):
        turned = whole.straightened(angle)
        assert turned.crop is not None and turned.square
        assert turned.angle == pytest.approx(angle)
        pulled = turned.with_corner(0, (-50, 60), free=False)
        assert pulled.crop is not None and pulled.square
    assert whole.straightened(5).straightened(0).level().crop.exact
    part = whole.with_corner(0, (30, 20), free=False)
    assert part.corners == ((30, 20), (160, 20), (160, 120), (30, 120))
    assert part.moved((-100, -100)).corners[0] == (0, 0)
    assert part.with_side(1, (-10, 7)).corners[1:3] == ((150, 20), (150, 120))
    free = part.with_corner(0, (10, 5), free=True)
    assert free.corners == ((10, 5), (160, 20), (160, 120), (30, 120)) and not free.square
    assert part.with_corner(0, (170, 130), free=True) == part  # it would cross itself


def test_what_was_only_cropped_is_saved_as_it_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not window.actions_["save"].isEnabled()
    window.actions_["turn_right"].trigger()
    kept(qtbot, window, (120, 160))
    asked: list[str] = []

    def answer(*arguments: object) -> tuple[str, str]:
        asked.append(str(arguments[2]))
        return str(tmp_path / "out.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    assert Path(asked[0]).name == "a-cropped.png"
    turned = np.rot90(read_picture(tmp_path / "a.png").pixels, -1)
    made = read_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(made.pixels, turned)
    assert not steps_in(made)
