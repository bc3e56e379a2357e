"""The canvas as people see it: real renders, and what the mouse and the keyboard do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl
from PySide6.QtGui import (
    QImage,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restorer.ui.canvas import Canvas, CompareMode, Dropped, compositor, picture_from
from restorer.ui.canvas import layer as layer_module
from restorer.ui.widgets.qimage import to_bytes, to_qimage
from tests.ui.dropping import drag, let_go, of_files

SIZE = QSize(320, 240)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    return np.rint(pixels * 255).astype(np.uint8)


def flat(value: float, height: int = 100, width: int = 200) -> np.ndarray:
    return np.full((height, width, 3), value, np.float32)


def render(canvas: Canvas) -> np.ndarray:
    image = QImage(canvas.size(), QImage.Format.Format_RGB32)
    canvas.render(image)
    return to_bytes(image)


def picture_part(canvas: Canvas) -> np.ndarray:
    """What of the render the picture covers."""
    left, top, width, height = canvas.viewport.geometry.target
    return render(canvas)[max(0, top) : top + height, max(0, left) : left + width]


def wheel(canvas: Canvas, x: int, y: int, notches: float = 0, pixels: int = 0) -> None:
    event = QWheelEvent(
        QPointF(x, y),
        QPointF(canvas.mapToGlobal(QPoint(x, y))),
        QPoint(0, pixels),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.ScrollUpdate if pixels else Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    canvas.event(event)


# What is on view


def test_100_percent_shows_exactly_the_pixels(canvas: Canvas) -> None:
    pixels = noise(100, 200)
    canvas.set_original(pixels)
    canvas.viewport.actual()
    assert np.array_equal(picture_part(canvas), as_bytes(pixels))
    assert np.all(render(canvas)[0] == canvas.background.red())


def test_a_picture_larger_than_the_canvas_at_100_percent(canvas: Canvas) -> None:
    pixels = noise(700, 900)
    canvas.set_original(pixels)
    canvas.viewport.actual()
    rect = QRect(*canvas.viewport.geometry.visible)
    assert rect.size() == SIZE
    part = pixels[rect.top() : rect.bottom() + 1, rect.left() : rect.right() + 1]
    assert np.array_equal(render(canvas), as_bytes(part))


def test_pixels_are_blocks_past_300_percent(canvas: Canvas) -> None:
    pixels = noise(200, 200)
    canvas.set_original(pixels)
    canvas.viewport.zoom_to(4)
    left, top, width, height = canvas.viewport.geometry.target
    whole = np.repeat(np.repeat(as_bytes(pixels), 4, 0), 4, 1)
    assert whole.shape[:2] == (height, width)
    seen = whole[-top : -top + SIZE.height(), -left : -left + SIZE.width()]
    assert np.array_equal(render(canvas), seen)


def test_up_to_300_percent_is_smooth(canvas: Canvas) -> None:
    step = np.zeros((100, 100, 3), np.float32)
    step[:, 50:] = 1
    canvas.set_original(step)
    canvas.viewport.zoom_to(3)
    assert len(np.unique(picture_part(canvas))) > 2


def test_downscaling_averages(canvas: Canvas) -> None:
    # A fine checkerboard seen from afar is grey; taking single pixels would show 0 or 255.
    board = np.indices((1600, 1600)).sum(0) % 2
    canvas.set_original(np.repeat(board[..., None], 3, 2).astype(np.float32))
    inner = picture_part(canvas)[5:-5, 5:-5].astype(int)
    assert canvas.viewport.zoom < 0.2
    assert np.abs(inner - 128).max() <= 2


def test_edge_is_crisp_at_any_zoom(canvas: Canvas) -> None:
    canvas.set_original(flat(1.0, 333, 517))
    for zoom in (0.13, 0.21, 0.37, 0.49):
        canvas.viewport.zoom_to(zoom)
        assert set(np.unique(render(canvas))) == {canvas.background.red(), 255}


def test_fit_is_kept_on_resize_and_never_enlarges(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.set_original(flat(0.5, 400, 400))
    small = canvas.viewport.zoom
    with qtbot.waitSignal(canvas.viewport.zoom_changed):
        canvas.resize(600, 420)
    assert small < canvas.viewport.zoom < 1
    canvas.resize(900, 900)
    assert canvas.viewport.zoom == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
def test_odd_shapes_draw_everywhere(canvas: Canvas, shape: tuple[int, int]) -> None:
    canvas.set_original(flat(1.0, *shape))
    canvas.layers.set_shown(flat(0.0, *shape))
    for mode in CompareMode:
        canvas.set_compare(mode)
        for zoom in (0.01, 1, 32):
            canvas.viewport.zoom_to(zoom)
            assert render(canvas).shape == (SIZE.height(), SIZE.width(), 3)
    canvas.set_compare(CompareMode.SINGLE)
    assert (render(canvas) == 0).any()


def test_alpha_shows_a_checkerboard(canvas: Canvas) -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[:, 100:] = 1
    canvas.set_original(flat(1.0), alpha=alpha)
    part = picture_part(canvas)
    assert len(np.unique(part[:, :100])) == 2
    assert part[:, :100].max() < 255
    assert np.all(part[:, 100:] == 255)


def test_clear_leaves_nothing(canvas: Canvas) -> None:
    canvas.empty_text = ""
    canvas.set_original(flat(1.0))
    canvas.layers.set_shown(flat(0.0))
    canvas.clear()
    assert QRect(*canvas.viewport.geometry.visible).isEmpty()
    assert np.all(render(canvas) == canvas.background.red())


def test_another_picture_forgets_what_was_shown(canvas: Canvas) -> None:
    canvas.set_original(flat(1.0))
    canvas.layers.set_shown(flat(0.0))
    assert np.all(picture_part(canvas) == 0)
    canvas.set_original(flat(0.2))
    assert np.all(picture_part(canvas) == 51)


# Tiles and frames


def test_tiles_appear_in_their_place(canvas: Canvas) -> None:
    original, tile = noise(100, 200), noise(30, 40, seed=1)
    canvas.set_original(original)
    canvas.viewport.actual()
    canvas.layers.paint_tile((50, 20, 90, 50), tile)
    expected = as_bytes(original)
    expected[20:50, 50:90] = as_bytes(tile)
    assert np.array_equal(picture_part(canvas), expected)
    canvas.layers.set_shown(original)
    assert np.array_equal(picture_part(canvas), as_bytes(original))


def test_an_enlarged_frame_lies_over_the_original_and_shows_its_own_pixels(
    canvas: Canvas,
) -> None:
    original, frame, tile = noise(60, 80), noise(120, 160, seed=1), noise(30, 40, seed=2)
    canvas.set_original(original)
    canvas.set_times(2)
    canvas.layers.set_shown(frame)
    canvas.viewport.actual()
    assert np.array_equal(picture_part(canvas), as_bytes(frame))
    canvas.layers.paint_tile((50, 20, 90, 50), tile)
    expected = as_bytes(frame)
    expected[20:50, 50:90] = as_bytes(tile)
    assert np.array_equal(picture_part(canvas), expected)
    places: list[tuple[int, int, object]] = []
    canvas.cursor_moved.connect(lambda *place: places.append(place))
    left, top, *_ = canvas.viewport.geometry.target
    for x, y in ((7, 9), (60, 30)):
        canvas.pointer.hovered.emit(QPointF(left + x + 0.5, top + y + 0.5))
    assert places == [(x, y, tuple(expected[y, x])) for x, y in ((7, 9), (60, 30))]
    canvas.hold_original(True)
    canvas.viewport.zoom_to(4)
    canvas.pointer.hovered.emit(QPointF(canvas.width() / 2, canvas.height() / 2))
    x, y, value = places[-1]
    assert value == tuple(as_bytes(original)[y // 2, x // 2])
    assert np.array_equal(render(canvas)[120, 160], value)


def test_the_difference_of_an_enlarged_frame_is_to_the_picture_enlarged(canvas: Canvas) -> None:
    alpha = np.ones((50, 60), np.float32)
    canvas.set_original(flat(0.5, 50, 60), alpha=alpha)
    canvas.set_times(3)
    canvas.layers.set_shown(flat(0.5, 150, 180))
    canvas.set_compare(CompareMode.DIFFERENCE)
    part = picture_part(canvas)
    assert part.shape == (150, 180, 3)
    assert np.all(part[:100] == 128)
    canvas.set_compare(CompareMode.WIPE)
    assert np.all(np.abs(picture_part(canvas)[5].astype(int) - 128)[[10, 170]] <= 1)


def test_neighbouring_tiles_leave_no_seam(canvas: Canvas) -> None:
    canvas.set_original(flat(0.0, 600, 600))
    for top in range(0, 600, 75):
        for left in range(0, 600, 75):
            canvas.layers.paint_tile((left, top, left + 75, top + 75), flat(1.0, 75, 75))
    for zoom in (0.3, 0.37, 0.77, 1.7, 5):
        canvas.viewport.zoom_to(zoom)
        assert np.all(picture_part(canvas) == 255)


def test_frames_fade_in_and_end_exact(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.reduced_motion = False
    canvas.set_original(flat(0.0))
    canvas.layers.set_shown(flat(1.0))
    canvas.layers._fade.pause()
    canvas.layers._fade.setCurrentTime(40)
    assert np.all(np.abs(picture_part(canvas).astype(int) - 128) <= 2)
    canvas.layers._fade.resume()
    qtbot.waitUntil(lambda: bool(np.all(picture_part(canvas) == 255)), timeout=2000)


def test_with_reduced_motion_frames_are_there_at_once(canvas: Canvas) -> None:
    canvas.set_original(flat(0.0))
    canvas.layers.set_shown(flat(1.0))
    assert np.all(picture_part(canvas) == 255)


def test_large_pictures_come_later_and_stale_ones_never(
    canvas: Canvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_original(flat(0.0))
    monkeypatch.setattr(layer_module, "BUILD_INLINE_UP_TO", 1000)
    canvas.set_original(flat(0.2))
    canvas.set_original(flat(0.4))
    assert np.all(picture_part(canvas) == 0), "what was shown stays while the next is built"
    seen: set[int] = set()

    def newest() -> bool:
        seen.update(np.unique(picture_part(canvas)).tolist())
        return 102 in seen

    qtbot.waitUntil(newest)
    qtbot.wait(200)
    newest()
    assert seen == {0, 102}


def test_an_answer_after_clear_is_dropped(
    canvas: Canvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_module, "BUILD_INLINE_UP_TO", 1000)
    canvas.set_original(flat(0.2))
    canvas.clear()
    qtbot.wait(200)
    assert QRect(*canvas.viewport.geometry.visible).isEmpty()


def test_an_error_in_the_thread_reaches_the_window(
    canvas: Canvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    canvas.set_original(flat(0.2))
    monkeypatch.setattr(layer_module, "to_pyramid", fail)
    monkeypatch.setattr(layer_module, "BUILD_INLINE_UP_TO", 1000)
    with qtbot.waitSignal(canvas.layers.failed) as failed:
        canvas.set_original(flat(0.4))
    assert "memory" in failed.args[0].sentence
    assert np.all(picture_part(canvas) == 51)


# Comparing


def test_wipe_has_restored_left_and_original_right(canvas: Canvas) -> None:
    canvas.set_original(flat(0.0))
    canvas.layers.set_shown(flat(1.0))
    canvas.set_compare(CompareMode.WIPE)
    canvas.divider.set_place(0.25)
    row = picture_part(canvas)[3, :, 0]
    assert np.all(row[:47] == 255)
    assert np.all(row[53:] == 0)


def test_divider_is_dragged_by_the_mouse(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.set_original(flat(0.0))
    canvas.layers.set_shown(flat(1.0))
    canvas.set_compare(CompareMode.WIPE)
    place = canvas.viewport.geometry.target
    with qtbot.waitSignal(canvas.divider.moved):
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(160, 60))
        QTest.mouseMove(canvas, QPoint(110, 80))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(110, 80))
    assert canvas.divider.place == pytest.approx((110 - place[0]) / place[2], abs=0.01)
    assert canvas.viewport.geometry.target == place
    QTest.mouseMove(canvas, QPoint(200, 80))
    assert canvas.divider.place == pytest.approx((110 - place[0]) / place[2], abs=0.01)


def test_divider_by_keyboard(canvas: Canvas) -> None:
    canvas.set_original(flat(0.0))
    canvas.layers.set_shown(flat(1.0))
    canvas.set_compare(CompareMode.WIPE)
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.divider.place == pytest.approx(0.52)


def test_nothing_is_compared_before_there_is_a_second_picture(canvas: Canvas) -> None:
    canvas.set_original(flat(0.5))
    for mode in (CompareMode.WIPE, CompareMode.DIFFERENCE, CompareMode.SINGLE):
        canvas.set_compare(mode)
        assert np.all(picture_part(canvas) == 128)


def test_long_names_beside_the_divider_are_cut_short(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(compositor, "draw_label", lambda _, text, place: drawn.append(text))
    canvas.set_original(flat(0.5, 200, 200))
    canvas.layers.set_shown(flat(0.2, 200, 200))
    canvas.set_labels("restored", "Result 1, a name that somebody gave it")
    canvas.set_compare(CompareMode.WIPE)
    render(canvas)
    assert drawn[0] == "restored"
    assert drawn[1].startswith("Res") and drawn[1].endswith("…")
    canvas.viewport.zoom_to(0.25)  # beside a small picture there is room, too
    render(canvas)
    assert drawn[2] == "restored"


def test_side_by_side_shows_the_same_place_twice(canvas: Canvas) -> None:
    original, shown = noise(300, 300), noise(300, 300, seed=1)
    canvas.set_original(original)
    canvas.layers.set_shown(shown)
    canvas.set_labels("", "")
    canvas.set_compare(CompareMode.SIDE_BY_SIDE)
    canvas.viewport.actual()
    wheel(canvas, 250, 120, notches=0)
    rect = QRect(*canvas.viewport.geometry.visible)
    assert rect.width() == 159
    rows, columns = slice(rect.top(), rect.bottom() + 1), slice(rect.left(), rect.right() + 1)
    drawn = render(canvas)
    assert np.array_equal(drawn[:200, :159], as_bytes(shown[rows, columns])[:200])
    assert np.array_equal(drawn[:200, -159:], as_bytes(original[rows, columns])[:200])


def test_one_pane_until_there_is_a_second_picture(canvas: Canvas) -> None:
    canvas.set_compare(CompareMode.SIDE_BY_SIDE)
    canvas.set_original(flat(0.5, 400, 600))
    alone = canvas.viewport.geometry.target
    canvas.layers.set_shown(flat(0.5, 400, 600))
    assert canvas.viewport.geometry.target[2] < alone[2] / 2 + 2
    canvas.layers.set_shown(None)
    assert canvas.viewport.geometry.target == alone


def test_the_difference_after_a_fade_is_not_that_within(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.reduced_motion = False
    canvas.set_original(flat(0.5))
    canvas.set_compare(CompareMode.DIFFERENCE)
    canvas.layers.set_shown(flat(0.7))
    canvas.layers._fade.pause()
    render(canvas)
    canvas.layers._fade.resume()
    qtbot.waitUntil(lambda: not canvas.layers.leaving, timeout=2000)
    assert np.all(picture_part(canvas)[:60] == 255)


def test_the_difference_of_equal_pictures_is_flat(canvas: Canvas) -> None:
    pixels = noise(100, 200)
    canvas.set_original(pixels)
    canvas.layers.set_shown(pixels)
    canvas.set_compare(CompareMode.DIFFERENCE)
    for zoom in (0.5, 1, 2, 4):
        canvas.viewport.zoom_to(zoom)
        assert np.all(picture_part(canvas)[: round(30 * zoom)] == 128)  # over its label


def test_the_difference_is_amplified_around_grey(canvas: Canvas) -> None:
    canvas.set_original(flat(100 / 255))
    canvas.layers.set_shown(flat(110 / 255))
    canvas.set_compare(CompareMode.DIFFERENCE)
    assert np.all(picture_part(canvas)[:60] == 128 + 4 * 10)
    canvas.layers.set_shown(flat(95 / 255))
    assert np.all(picture_part(canvas)[:60] == 128 - 4 * 5)


def test_backslash_holds_the_original_in_the_same_place(canvas: Canvas) -> None:
    original, shown = noise(100, 200), noise(100, 200, seed=1)
    canvas.set_original(original)
    canvas.layers.set_shown(shown)
    QTest.keyPress(canvas, Qt.Key.Key_Backslash)
    assert np.array_equal(picture_part(canvas)[:60], as_bytes(original)[:60])
    QTest.keyRelease(canvas, Qt.Key.Key_Backslash)
    assert np.array_equal(picture_part(canvas), as_bytes(shown))


# Moving about


@pytest.mark.parametrize("step", [{"notches": 2}, {"notches": -1}, {"pixels": 100}])
def test_wheel_keeps_the_pixel_under_the_cursor(canvas: Canvas, step: dict[str, int]) -> None:
    canvas.set_original(noise(1000, 1000))
    canvas.viewport.zoom_to(4)
    before, zoom = canvas.viewport.to_picture(QPointF(200, 90)), canvas.viewport.zoom
    colour = render(canvas)[90, 200]
    wheel(canvas, 200, 90, **step)
    assert (canvas.viewport.zoom > zoom) == (next(iter(step.values())) > 0)
    assert np.allclose(canvas.viewport.to_picture(QPointF(200, 90)), before, atol=0.26)
    if canvas.viewport.zoom > 3:
        near = render(canvas)[87:94, 197:204].reshape(-1, 3)
        assert (near == colour).all(1).any()


def test_pinch_zooms_at_the_fingers(canvas: Canvas) -> None:
    canvas.set_original(noise(1000, 1000))
    canvas.viewport.zoom_to(2)
    before = canvas.viewport.to_picture(QPointF(100, 50))
    where = QPointF(100, 50)
    gesture = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        where,
        where,
        QPointF(canvas.mapToGlobal(where.toPoint())),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(canvas, gesture)
    assert canvas.viewport.zoom == 2.5
    assert np.allclose(canvas.viewport.to_picture(QPointF(100, 50)), before, atol=0.5)


@pytest.mark.parametrize(
    ("button", "space"),
    [
        (Qt.MouseButton.LeftButton, False),
        (Qt.MouseButton.LeftButton, True),
        (Qt.MouseButton.MiddleButton, False),
    ],
)
def test_drag_pans(canvas: Canvas, button: Qt.MouseButton, space: bool) -> None:
    canvas.set_original(noise(1000, 1000))
    canvas.layers.set_shown(noise(1000, 1000))
    canvas.set_compare(CompareMode.WIPE)
    canvas.viewport.actual()
    # With space held even the divider does not stop a pan.
    start = QPoint(160, 100) if space else QPoint(60, 100)
    if space:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    before = QRect(*canvas.viewport.geometry.visible)
    QTest.mousePress(canvas, button, pos=start)
    QTest.mouseMove(canvas, start + QPoint(30, -20))
    QTest.mouseRelease(canvas, button, pos=start + QPoint(30, -20))
    assert QRect(*canvas.viewport.geometry.visible) == before.translated(-30, 20)
    assert canvas.divider.place == 0.5


def test_zoom_by_keyboard(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.set_original(noise(1000, 1000))
    QTest.keyClick(canvas, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.zoom == 1
    with qtbot.waitSignal(canvas.viewport.zoom_changed) as changed:
        QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert changed.args == [1.5]
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.viewport.zoom == 1
    QTest.keyClick(canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.zoom == pytest.approx((240 - 24) / 1000)


def test_read_out_follows_the_cursor(canvas: Canvas, qtbot: QtBot) -> None:
    original, shown = noise(100, 200), noise(100, 200, seed=1)
    canvas.set_original(original)
    canvas.layers.set_shown(shown)
    canvas.set_compare(CompareMode.WIPE)
    left, top, _, _ = canvas.viewport.geometry.target
    for x, pixels in ((20, shown), (180, original)):
        with qtbot.waitSignal(canvas.cursor_moved) as moved:
            QTest.mouseMove(canvas, QPoint(left + x, top + 33))
        assert moved.args == [x, 33, tuple(as_bytes(pixels)[33, x].tolist())]
    with qtbot.waitSignal(canvas.cursor_moved) as moved:
        QTest.mouseMove(canvas, QPoint(1, 1))
    assert moved.args[2] is None


def test_focus_ring_is_for_the_keyboard_only(canvas: Canvas) -> None:
    canvas.set_original(flat(0.5, 1000, 1000))
    canvas.viewport.actual()
    canvas.activateWindow()
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert not np.all(render(canvas)[0] == 128)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert np.all(render(canvas)[0] == 128)


def test_a_screen_reader_hears_what_is_shown(canvas: Canvas) -> None:
    assert canvas.accessibleName()
    canvas.set_original(flat(0.5), name="Mona.png")
    canvas.viewport.actual()
    for word in ("Mona.png", "200", "100"):
        assert word in canvas.accessibleDescription()


# Opening


def test_double_click_opens_only_on_the_empty_canvas(canvas: Canvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.open_requested):
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton)
    canvas.set_original(flat(0.5))
    with qtbot.assertNotEmitted(canvas.open_requested):
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton)


def drop(canvas: Canvas, mime: QMimeData) -> bool:
    """Whether the canvas wants it; if so it is let go of there."""
    if not drag(canvas, mime):
        return False
    before = render(canvas)
    let_go(canvas, mime)
    assert not np.array_equal(before, render(canvas)), "the sign that it may be dropped is gone"
    return True


def test_files_are_dropped(canvas: Canvas, qtbot: QtBot, tmp_path: Path) -> None:
    paths = tuple(tmp_path / name for name in ("a b.png", "ü.tif"))
    with qtbot.waitSignal(canvas.dropped) as dropped:
        assert drop(canvas, of_files(*paths))
    assert isinstance(dropped.args[0], Dropped)
    assert dropped.args[0].paths == paths
    assert dropped.args[0].image is None


def test_picture_data_is_dropped(canvas: Canvas, qtbot: QtBot) -> None:
    pixels = noise(5, 7)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/picture.png")])
    mime.setImageData(to_qimage(pixels))
    with qtbot.waitSignal(canvas.dropped) as dropped:
        assert drop(canvas, mime)
    picture = picture_from(dropped.args[0].image)
    assert np.array_equal(as_bytes(picture.pixels), as_bytes(pixels))
    assert picture.alpha is None


def test_text_is_not_taken(canvas: Canvas, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setText("words")
    with qtbot.assertNotEmitted(canvas.dropped):
        assert not drop(canvas, mime)


# Screens with more dots

_TWICE = """
import numpy as np
from PySide6.QtWidgets import QApplication
from restorer.ui.canvas import Canvas, CompareMode
from restorer.ui.widgets.qimage import to_bytes
app = QApplication([])
pixels = np.random.default_rng(0).random((100, 120, 3), np.float32)
canvas = Canvas()
canvas.resize(160, 120)
canvas.set_original(pixels)
canvas.viewport.actual()
assert canvas.devicePixelRatioF() == 2
left, top, width, height = canvas.viewport.geometry.target
assert (left, top, width, height) == (100, 70, 120, 100)
shot = to_bytes(canvas.grab().toImage())
assert shot.shape == (240, 320, 3)
part = shot[top:top + height, left:left + width]
assert np.array_equal(part, np.rint(pixels * 255).astype(np.uint8))
"""


def test_100_percent_means_device_pixels() -> None:
    env = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    env["PYTHONPATH"] = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", _TWICE], env=env, check=True, timeout=300)
