"""The noise timeline under hands, keys and a screen reader."""

from __future__ import annotations

import gc
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from restorer.diffusion.schedule import LINEAR
from restorer.engine.trajectory import FrameInfo
from restorer.ui.timeline import NoiseTimeline, PlayheadPosition, Spacing
from restorer.ui.timeline.model import Handle
from restorer.ui.timeline.readout import hover_lines
from restorer.ui.timeline.terms import meaning
from restorer.ui.widgets.theme import DARK, LIGHT

#: Of Qt's offscreen platform, about any window with a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

SCHEDULE = LINEAR
LEFT = Qt.MouseButton.LeftButton
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def info(index: int, steps: int, start: float) -> FrameInfo:
    t = float(SCHEDULE.spaced(start, steps)[index])
    return FrameInfo(index, steps, t, float(SCHEDULE.sigma(t)), 0.6)


def picture(color: str) -> QImage:
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A window with the timeline at its foot and something else that takes the focus."""
    window = QWidget()
    window.resize(1200, 500)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(QLineEdit(window))
    column.addStretch(1)
    timeline = NoiseTimeline(SCHEDULE, window)
    timeline.view.reduced_motion = True
    timeline.set_place(70, 31)
    column.addWidget(timeline)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    timeline.setFocus()
    return window


@pytest.fixture
def timeline(window: QWidget) -> NoiseTimeline:
    found = window.findChild(NoiseTimeline)
    assert isinstance(found, NoiseTimeline)
    return found


def fill(timeline: NoiseTimeline, steps: int = 7, start: float = 70) -> None:
    for index in range(steps):
        timeline.add_frame(info(index, steps, start), picture("#808080"))


def band_at(timeline: NoiseTimeline, t: float) -> QPoint:
    layout = timeline.view.layout
    return QPoint(round(layout.x(t)), round(layout.band.middle))


def grip_at(timeline: NoiseTimeline, t: float) -> QPoint:
    layout = timeline.view.layout
    return QPoint(round(layout.x(t)), round(layout.labels.middle))


def press(timeline: NoiseTimeline, point: QPoint) -> None:
    QTest.mousePress(timeline, LEFT, pos=point)


def drag(timeline: NoiseTimeline, *points: QPoint) -> None:
    press(timeline, points[0])
    for point in points[1:]:
        QTest.mouseMove(timeline, point)
    QTest.mouseRelease(timeline, LEFT, pos=points[-1])


# -- pointer -------------------------------------------------------------------------------


def test_dragging_left_is_free_and_tells_each_move(timeline: NoiseTimeline) -> None:
    moves: list[PlayheadPosition] = []
    timeline.playback.moved.connect(moves.append)
    wanted = [200.0, 300.0, 400.0, 555.0]
    drag(timeline, *(band_at(timeline, t) for t in wanted))
    assert [move.t for move in moves] == pytest.approx(wanted, rel=0.01)
    assert all(move.frame is None for move in moves)
    assert timeline.model.playhead == moves[-1]


def test_dragging_right_snaps_to_recorded_steps(timeline: NoiseTimeline) -> None:
    fill(timeline)  # 70, 60, ... 10
    moves: list[PlayheadPosition] = []
    timeline.playback.moved.connect(moves.append)
    drag(timeline, band_at(timeline, 59), band_at(timeline, 58), band_at(timeline, 2))
    assert [move.frame for move in moves] == [1, 6]
    assert timeline.model.playhead.t == 0  # at the end of a run the picture is clean


def test_before_a_run_the_playhead_stays_left_of_the_picture(timeline: NoiseTimeline) -> None:
    drag(timeline, band_at(timeline, 300), band_at(timeline, 5))
    assert timeline.model.playhead == PlayheadPosition(70)


def test_dragging_the_start_handle_is_one_edit(timeline: NoiseTimeline) -> None:
    changes: list[float] = []
    edits: list[float] = []
    timeline.start.moved.connect(changes.append)
    timeline.start.edited.connect(edits.append)
    press(timeline, grip_at(timeline, 70))
    QTest.mouseMove(timeline, grip_at(timeline, 100))
    QTest.mouseMove(timeline, grip_at(timeline, 180))
    assert edits == []
    assert "start" in timeline.view.transport.readout.text
    QTest.mouseRelease(timeline, LEFT, pos=grip_at(timeline, 180))
    assert changes == pytest.approx([100, 180], rel=0.02)
    assert edits == [timeline.model.start] == pytest.approx([180], rel=0.02)
    assert timeline.model.playhead == PlayheadPosition(70)


def test_a_click_on_the_start_handle_is_no_edit(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(timeline.start.edited, wait=10):
        QTest.mouseClick(timeline, LEFT, pos=grip_at(timeline, 70))
    assert timeline.model.active is Handle.START


def test_double_click_puts_the_start_back(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    timeline.set_start(300)
    with qtbot.waitSignal(timeline.start.edited) as edited:
        QTest.mouseDClick(timeline, LEFT, pos=grip_at(timeline, 300))
    assert edited.args == [70]
    assert timeline.model.start == 70


def test_a_click_on_a_thumbnail_goes_to_its_step(timeline: NoiseTimeline) -> None:
    fill(timeline)
    strip = round(timeline.view.layout.strip.middle)
    shown = {timeline.view.thumbnail_at(QPointF(x, strip)): x for x in range(timeline.width())}
    shown.pop(None)
    assert len(shown) >= 4
    for frame, x in shown.items():
        QTest.mouseClick(timeline, LEFT, pos=QPoint(x, strip))
        assert timeline.model.playhead.frame == frame


def test_a_drag_along_the_thumbnails_goes_by_them(timeline: NoiseTimeline) -> None:
    """They stand beside their ticks where these are near to each other."""
    fill(timeline, steps=30)
    layout = timeline.view.layout
    strip = round(layout.strip.middle)
    shown = {timeline.view.thumbnail_at(QPointF(x, strip)): x for x in range(timeline.width())}
    assert set(shown) == {None, *range(30)}, "one for each step"
    press, to = QPoint(shown[2], strip), QPoint(shown[20], strip)
    drag(timeline, press, to)
    assert timeline.model.playhead.frame == 20
    drag(timeline, QPoint(press.x(), round(layout.band.middle)), to)
    assert timeline.model.playhead.frame != 20, "along the axis it goes by the axis"


def wheel(timeline: NoiseTimeline, angle: int) -> None:
    point = QPointF(band_at(timeline, 50))
    event = QWheelEvent(
        point,
        QPointF(timeline.mapToGlobal(point)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(timeline, event)


def test_wheel_steps_and_adds_up_small_turns(timeline: NoiseTimeline) -> None:
    fill(timeline)
    timeline.set_playhead_frame(2)
    wheel(timeline, -120)
    assert timeline.model.playhead.frame == 3
    wheel(timeline, 240)
    assert timeline.model.playhead.frame == 1
    for _ in range(3):
        wheel(timeline, -40)
    assert timeline.model.playhead.frame == 2


def test_without_a_picture_nothing_moves(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    timeline.set_place(None, 0)
    with (
        qtbot.assertNotEmitted(timeline.playback.moved, wait=10),
        qtbot.assertNotEmitted(timeline.start.edited, wait=10),
    ):
        drag(timeline, band_at(timeline, 300), band_at(timeline, 5))
        drag(timeline, grip_at(timeline, 0), grip_at(timeline, 500))
        QTest.keyClick(timeline, Qt.Key.Key_Left)
        timeline.playback.play()
    assert not timeline.playback.playing
    assert timeline.view.transport.readout.text == "not measured yet"


# -- hovering ------------------------------------------------------------------------------


def test_hover_shows_the_step(timeline: NoiseTimeline, window: QWidget) -> None:
    fill(timeline)
    timeline.view.thumbnails.put(2, picture("#ff0000"))
    QTest.mouseMove(timeline, band_at(timeline, 50))
    popup = timeline.view._popup
    assert popup is not None
    assert popup.isVisible()
    assert popup.lines[0] == "step 3 of 7"
    assert popup.image is not None
    assert popup.image.pixelColor(0, 0) == QColor("#ff0000")
    assert window.rect().contains(popup.geometry())
    assert popup.geometry().bottom() < timeline.geometry().top()
    QTest.mouseMove(timeline, QPoint(20, 4))
    assert not popup.isVisible()
    QTest.mouseMove(timeline, band_at(timeline, 50))
    assert popup.isVisible()
    QTest.keyClick(timeline, Qt.Key.Key_Right)
    assert not popup.isVisible()


def test_hover_over_the_forward_world(timeline: NoiseTimeline) -> None:
    QTest.mouseMove(timeline, band_at(timeline, 400))
    popup = timeline.view._popup
    assert popup is not None
    assert popup.image is None
    assert popup.lines[0].startswith("t 40") or popup.lines[0].startswith("t 39")
    asked: list[float] = []

    def render(t: float) -> QImage:
        asked.append(t)
        return picture("#00ff00")

    timeline.view.set_forward_preview(render)
    QTest.mouseMove(timeline, band_at(timeline, 300))
    assert popup.image is not None
    assert asked[-1] == pytest.approx(300, rel=0.02)


def test_the_strip_fills_with_the_forward_process(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    def pixel() -> QColor:
        point = QPoint(20, round(timeline.view.layout.strip.middle))
        return timeline.grab().toImage().pixelColor(point)

    asked: list[float] = []

    def render(t: float) -> QImage:
        asked.append(t)
        return picture("#00ff00")

    assert pixel() == DARK["panel"]
    timeline.view.set_forward_preview(render)
    assert asked == []  # not while someone waits
    qtbot.waitUntil(lambda: pixel().green() > 2 * pixel().red())
    qtbot.waitUntil(lambda: bool(min(asked) < 100))
    assert asked == sorted(set(asked), reverse=True)
    assert all(70 < t <= 999 for t in asked)
    timeline.view.set_forward_preview(None)
    assert pixel() == DARK["panel"]


# -- keys ----------------------------------------------------------------------------------


def test_keys_step_and_jump(timeline: NoiseTimeline) -> None:
    fill(timeline, 20)
    timeline.set_playhead_frame(0)
    QTest.keyClick(timeline, Qt.Key.Key_Right)
    assert timeline.model.playhead.frame == 1
    QTest.keyClick(timeline, Qt.Key.Key_Right, SHIFT)
    assert timeline.model.playhead.frame == 11
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    assert timeline.model.playhead.frame == 10
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert timeline.model.playhead.frame == 19
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    assert timeline.model.playhead.frame == 0
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    assert timeline.model.playhead == PlayheadPosition(999)


@pytest.mark.parametrize(
    ("key", "modifier", "harder"),
    [
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, True),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, False),
        (Qt.Key.Key_Left, ALT, True),
        (Qt.Key.Key_Right, ALT, False),
    ],
)
def test_keys_move_the_start(
    timeline: NoiseTimeline,
    qtbot: QtBot,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    harder: bool,
) -> None:
    with qtbot.waitSignal(timeline.start.edited) as edited:
        QTest.keyClick(timeline, key, modifier)
    assert edited.args == [timeline.model.start]
    assert (timeline.model.start > 70) is harder
    assert timeline.model.start != 70


def test_a_key_held_down_is_one_edit(timeline: NoiseTimeline) -> None:
    edits: list[float] = []
    timeline.start.edited.connect(edits.append)
    for _ in range(5):
        QTest.keyPress(timeline, Qt.Key.Key_Up)
    QTest.keyRelease(timeline, Qt.Key.Key_Up)
    assert edits == [timeline.model.start]


def test_tab_goes_to_the_start_handle_then_on(timeline: NoiseTimeline) -> None:
    assert timeline.hasFocus()
    assert timeline.model.active is Handle.PLAYHEAD
    QTest.keyClick(timeline, Qt.Key.Key_Tab)
    assert timeline.hasFocus()
    assert timeline.model.active is Handle.START
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    assert timeline.model.start > 70
    assert timeline.model.playhead == PlayheadPosition(70)
    QTest.keyClick(timeline, Qt.Key.Key_Backtab)
    assert timeline.model.active is Handle.PLAYHEAD
    QTest.keyClick(timeline, Qt.Key.Key_Tab)
    QTest.keyClick(timeline, Qt.Key.Key_Tab)
    assert not timeline.hasFocus()


def test_focus_can_be_seen(timeline: NoiseTimeline) -> None:
    accent = DARK["accent"]

    def accent_pixels() -> int:
        image = timeline.grab().toImage()
        top = round(timeline.view.layout.band.start) - 4
        rows, columns = range(top, top + 20), range(image.width())
        return sum(image.pixelColor(x, y) == accent for y in rows for x in columns)

    timeline.view.show(timeline.model.snapped(300))
    focused = accent_pixels()
    timeline.clearFocus()
    assert accent_pixels() < focused


def test_the_windows_shortcuts_do_not_take_our_keys(
    timeline: NoiseTimeline, window: QWidget
) -> None:
    fired: list[bool] = []
    shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), window)
    shortcut.activated.connect(lambda: fired.append(True))
    fill(timeline)
    QTest.keyClick(timeline, Qt.Key.Key_Space)
    assert timeline.playback.playing
    assert fired == []
    timeline.playback.pause()


# -- what the program sets -----------------------------------------------------------------


def test_setters_emit_nothing(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    with (
        qtbot.assertNotEmitted(timeline.playback.moved, wait=10),
        qtbot.assertNotEmitted(timeline.start.moved, wait=10),
        qtbot.assertNotEmitted(timeline.start.edited, wait=10),
    ):
        timeline.set_start(120)
        timeline.set_running(True, 7)
        fill(timeline)
        timeline.set_running(False)
        timeline.set_playhead_frame(3)
        timeline.view.show(timeline.model.snapped(400))
        timeline.set_place(50, 22)
        timeline.clear_frames()
    assert timeline.model.start == 50


def test_place_start_and_clean(timeline: NoiseTimeline) -> None:
    assert timeline.model.start == 70
    timeline.set_place(0.4, 1.5)
    timeline.set_clean(True)
    assert timeline.model.start == 0
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert timeline.model.start > 0
    timeline.start.reset()
    assert timeline.model.start == 0


def test_a_frame_that_is_not_there(timeline: NoiseTimeline) -> None:
    fill(timeline, 3)
    for index in (3, -1):
        with pytest.raises(IndexError):
            timeline.set_playhead_frame(index)


def test_a_look_at_a_guess_is_not_told_as_noise(timeline: NoiseTimeline) -> None:
    fill(timeline)
    timeline.model.frames[4] = replace(timeline.model.frames[4], guess=True)
    position = timeline.model.at_frame(4)
    timeline.view.show(position)
    said = "t 30   off by 14/255"
    assert timeline.view.transport.readout.text == f"step 5 of 7   {said}   0.6 s"
    assert hover_lines(timeline.model, position) == ["step 5 of 7", said]
    assert meaning("off by", "14/255")


def test_clearing_gives_the_picture_back(timeline: NoiseTimeline) -> None:
    fill(timeline)
    timeline.set_playhead_frame(4)
    timeline.clear_frames()
    assert timeline.model.playhead == PlayheadPosition(70)


def test_readout(timeline: NoiseTimeline) -> None:
    assert timeline.view.transport.readout.text.startswith("your picture   t 70   noise 31/255")
    fill(timeline)
    timeline.set_playhead_frame(4)
    assert timeline.view.transport.readout.text == (
        "step 5 of 7   t 30   noise 14/255   sigma 0.11   abar 0.99   SNR 19.1 dB   0.6 s"
    )
    timeline.set_playhead_frame(6)
    assert timeline.view.transport.readout.text == "step 7 of 7   clean   0.6 s"
    timeline.view.show(timeline.model.snapped(999))
    assert "t 999   pure noise" in timeline.view.transport.readout.text
    timeline.view.show(timeline.model.snapped(400))
    assert timeline.view.transport.readout.text.startswith(
        "forward: noise added   t 400   sqrt(1 - abar) 0.90"
    )


# -- playing -------------------------------------------------------------------------------


def test_play_goes_over_the_frames_and_stops(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    fill(timeline, 3)
    seen: list[int | None] = []
    timeline.playback.moved.connect(lambda position: seen.append(position.frame))
    with qtbot.waitSignals(
        [timeline.playback._player.changed, timeline.playback._player.changed], timeout=5000
    ):
        timeline.playback.play()
    assert seen == [0, 1, 2]
    assert not timeline.playback.playing


def test_play_loops(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    fill(timeline, 2)
    seen: list[int | None] = []
    timeline.playback.moved.connect(lambda position: seen.append(position.frame))
    timeline.playback.set_loop(True)
    timeline.playback.play()
    qtbot.waitUntil(lambda: seen[:4] == [0, 1, 0, 1], timeout=5000)
    QTest.keyClick(timeline, Qt.Key.Key_Left)  # a hand ends playing
    assert not timeline.playback.playing


def test_without_frames_playing_lets_the_fog_settle(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    timeline.playback.play()
    qtbot.waitUntil(lambda: timeline.model.playhead.t > 100, timeout=5000)
    assert timeline.model.playhead.frame is None
    timeline.playback.toggle()
    assert not timeline.playback.playing


def test_transport_buttons(timeline: NoiseTimeline) -> None:
    fill(timeline)
    row = timeline.view.transport
    timeline.set_playhead_frame(3)
    for button, frame in [
        (row.back, 2),
        (row.forward, 3),
        (row.last, 6),
        (row.first, 0),
    ]:
        QTest.mouseClick(button, LEFT)
        assert timeline.model.playhead.frame == frame
    QTest.mouseClick(row.play, LEFT)
    assert timeline.playback.playing
    assert row.play.accessibleName() == "Pause"
    QTest.mouseClick(row.play, LEFT)
    assert row.play.accessibleName() == "Play"
    QTest.mouseClick(row.loop, LEFT)
    assert timeline.playback.loop


def test_the_playhead_glides_unless_motion_is_reduced(
    timeline: NoiseTimeline, qtbot: QtBot
) -> None:
    fill(timeline)
    there = timeline.model.axis.fraction(0)
    timeline.view.reduced_motion = False
    timeline.set_playhead_frame(6)
    assert timeline.model.playhead.frame == 6
    assert timeline.view._glide.value != pytest.approx(there)
    qtbot.waitUntil(lambda: bool(abs(timeline.view._glide.value - there) < 1e-9))
    timeline.view.reduced_motion = True
    timeline.set_playhead_frame(0)
    assert timeline.view._glide.value == pytest.approx(timeline.model.axis.fraction(70))


# -- screen reader -------------------------------------------------------------------------


def test_a_screen_reader_meets_a_slider(timeline: NoiseTimeline) -> None:
    interface = QAccessible.queryAccessibleInterface(timeline)
    assert interface.role() is QAccessible.Role.Slider
    assert interface.text(QAccessible.Text.Name) == "Noise timeline"
    fill(timeline)
    timeline.set_playhead_frame(4)
    assert interface.text(QAccessible.Text.Value) == "t 30, noise 14 of 255, step 5 of 7"
    value = interface.valueInterface()
    assert value.currentValue() == pytest.approx(30)
    assert (value.minimumValue(), value.maximumValue()) == (0, 999)
    value.setCurrentValue(52)
    assert timeline.model.playhead.frame == 2


def test_a_screen_reader_can_edit_the_start(timeline: NoiseTimeline, qtbot: QtBot) -> None:
    timeline._gestures.activate(Handle.START)
    interface = QAccessible.queryAccessibleInterface(timeline)
    assert interface.text(QAccessible.Text.Name) == "Noise timeline, start"
    assert interface.text(QAccessible.Text.Value) == "t 70, noise 31 of 255"
    with qtbot.waitSignal(timeline.start.edited):
        interface.valueInterface().setCurrentValue(120.0)
    assert timeline.model.start == 120


def test_value_changes_are_announced(
    timeline: NoiseTimeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: told.append(event.value())
    )
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert len(told) == 2
    assert all(str(value).startswith("t ") for value in told)


def test_accessible_interfaces_outlive_garbage_collection(
    qtbot: QtBot, request: pytest.FixtureRequest
) -> None:
    gc.freeze()  # what other tests have left is not gone through each time
    request.addfinalizer(gc.unfreeze)
    for round_ in range(30):
        timeline = NoiseTimeline(SCHEDULE)
        timeline.set_place(70 + round_, 31)
        first = QAccessible.queryAccessibleInterface(timeline)
        del first
        gc.collect()
        again = QAccessible.queryAccessibleInterface(timeline)
        assert again.text(QAccessible.Text.Value).startswith(f"t {70 + round_}, noise")
        if round_ % 2:
            timeline.deleteLater()
            QApplication.processEvents()
        del again, timeline
        gc.collect()


# -- looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [200, 700, 1600])
@pytest.mark.parametrize("spacing", list(Spacing))
def test_paints_in_all_states(timeline: NoiseTimeline, spacing: Spacing, width: int) -> None:
    """Qt's warnings fail a test here."""

    def looks() -> QImage:
        QApplication.processEvents()  # the strip fills between events
        return timeline.grab().toImage()

    timeline.setFixedWidth(width)
    timeline.view.set_spacing(spacing)
    for theme in (DARK, LIGHT):
        timeline.view.set_theme(theme)
        timeline.set_place(None, 0)
        images = [looks()]
        timeline.set_place(70, 31)
        images.append(looks())
        timeline.view.set_forward_preview(lambda t: picture("#777777"))
        images.append(looks())
        timeline.set_running(True, 8)
        images.append(looks())
        fill(timeline, 8)
        timeline.set_running(False)
        timeline.set_playhead_frame(7)
        images.append(looks())
        timeline.clear_frames()
        timeline.view.set_forward_preview(None)
        timeline.set_place(0.2, 1.4)
        timeline.set_clean(True)
        images.append(looks())
        timeline.set_clean(False)
        assert all(a != b for a, b in itertools.pairwise(images))
        assert images[0].pixelColor(1, images[0].height() - 1) == theme["panel"]


def test_about_120_pixels_high(timeline: NoiseTimeline) -> None:
    assert 110 <= timeline.sizeHint().height() <= 135
    assert timeline.size() == QSize(1200, timeline.sizeHint().height())


def test_context_menu_switches_the_spacing(timeline: NoiseTimeline) -> None:
    from restorer.ui.timeline.menu import timeline_menu

    menu = timeline_menu(timeline, timeline.view, timeline.playback, timeline.start, None)
    linear = next(action for action in menu.actions() if action.text() == "Linear t")
    linear.trigger()
    assert timeline.view.spacing is Spacing.LINEAR
    loop = next(action for action in menu.actions() if action.text() == "Play in a loop")
    loop.trigger()
    assert timeline.playback.loop
    menu.deleteLater()


def test_a_playhead_move_repaints_only_the_handles(
    timeline: NoiseTimeline, record_property: Callable[[str, object], None]
) -> None:
    fill(timeline, 40)
    timeline.repaint()
    static = timeline.view._static
    spent = []
    for t in range(100, 900, 20):
        begin = time.perf_counter()
        timeline.view.show(timeline.model.snapped(t))
        timeline.repaint()
        spent.append(1e3 * (time.perf_counter() - begin))
    assert timeline.view._static is static
    record_property("playhead_move_ms", round(statistics.median(spent), 2))
