"""The main window, driven by hand, with a scriptable engine."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from restorer.document import Parameters, Settings, Status
from restorer.engine.plan import CAMERA_PHOTO_NOISE, start_for
from restorer.engine.trajectory import Quantity
from restorer.engine.views import NOISY
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.jobs import Jobs
from restorer.ui.canvas import CompareMode, picture_from
from restorer.ui.timeline import PlayheadPosition
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.ui.window.save_all import suggested_name
from restorer.ui.window.shortcuts import ShortcutSheet
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine, prediction, status_of
from tests.ui.dropping import drop


@pytest.fixture
def window(empty_window: MainWindow) -> MainWindow:
    return empty_window


def noisy_picture(seed: int = 0) -> Picture:
    """A smooth ramp under static of 25."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0.3, 0.7, 160, dtype=np.float32)[None, :, None]
    pixels = ramp + rng.standard_normal((120, 160, 3), np.float32) * np.float32(25 / 255)
    return Picture(np.clip(pixels, 0, 1).astype(np.float32))


@pytest.fixture
def noisy_file(tmp_path: Path) -> Path:
    path = tmp_path / "noisy.png"
    write_picture(noisy_picture(), path)
    return path


def asks(
    monkeypatch: pytest.MonkeyPatch,
    questions: list[str],
    *answers: QMessageBox.StandardButton,
) -> None:
    """What is asked before something is lost is answered so, the last way again and again."""
    left = list(answers) or [QMessageBox.StandardButton.Cancel]

    def ask(_: FileDialogs, sentences: str, *__: object) -> QMessageBox.StandardButton:
        questions.append(sentences)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(FileDialogs, "_ask_to_lose", ask)


def opened(qtbot: QtBot, window: MainWindow, *paths: Path) -> None:
    drop(window, *paths)
    qtbot.waitUntil(
        lambda: all(opened.status is Status.READY for opened in window.document.pictures.all),
        timeout=60000,
    )


def restored(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED, timeout=60_000)


def shows(window: MainWindow, expected: np.ndarray) -> bool:
    shown = window.document.display.shown
    return shown is not None and np.allclose(shown, expected, atol=2e-3)


def test_the_first_start_offers_samples_and_nothing_that_cannot_be_used(
    window: MainWindow,
) -> None:
    assert window.pages.currentWidget() is window.welcome
    assert [card.sample.static for card in window.welcome.cards if card.sample.static]
    assert not window.panel.isVisible()
    assert not window.actions_["save"].isEnabled()
    assert not window.actions_["restore"].isEnabled()


def test_a_dropped_picture_is_shown_measured_and_placed(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    assert window.pages.currentWidget() is not window.welcome
    assert window.canvas.viewport.geometry.visible == (0, 0, 160, 120)
    estimate = window.document.pictures.current.content.estimate
    assert estimate is not None
    assert estimate.noise == pytest.approx(25, rel=0.1)
    assert window.panel.rows["headline"].text.text() == f"Noise {estimate.noise:.0f} of 255"
    assert window.timeline.model.start == pytest.approx(start_for(estimate.noise), abs=0.01)
    assert window.panel.restore.isEnabled()
    assert window.settings.recent == [noisy_file]


def test_drop_restore_step_save(
    qtbot: QtBot,
    window: MainWindow,
    noisy_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(qtbot, window, noisy_file)
    restored(qtbot, window)
    picture = read_picture(noisy_file)
    qtbot.waitUntil(lambda: shows(window, prediction(picture, 7)))
    assert window.canvas.compare is CompareMode.WIPE
    assert window.panel.restore.text() == "Restore again"

    qtbot.keyClick(window.timeline, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shows(window, prediction(picture, 0)))
    qtbot.keyClick(window.timeline, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shows(window, prediction(picture, 1)))
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert window.document.display.view is NOISY
    trajectory = window.document.pictures.current.results.trajectory
    qtbot.waitUntil(lambda: shows(window, trajectory.view(1, Quantity.X_T)))

    target = tmp_path / "out.tif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    saved = read_picture(target)
    np.testing.assert_allclose(saved.pixels, prediction(picture, 7), atol=0.51 / 255)
    record = json.loads(read_record(saved) or "{}")
    assert "start" in record["task"]
    assert record["device"] == "CPU float32"
    assert not any(opened.unsaved for opened in window.document.pictures.all)


def test_save_again_goes_to_the_same_file_unasked(
    qtbot: QtBot,
    window: MainWindow,
    noisy_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "out.png"
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or (str(target), "")
    )
    opened(qtbot, window, noisy_file)
    for _ in range(2):
        restored(qtbot, window)
        with qtbot.waitSignal(window.document.saver.saved):
            window.actions_["save"].trigger()
    assert asked == [1]


@pytest.mark.parametrize("agreed", [True, False])
def test_the_opened_file_is_replaced_only_after_a_question(
    qtbot: QtBot,
    window: MainWindow,
    noisy_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    agreed: bool,
) -> None:
    opened(qtbot, window, noisy_file)
    restored(qtbot, window)
    before = noisy_file.read_bytes()
    questions: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(noisy_file), ""))
    monkeypatch.setattr(FileDialogs, "_confirm", lambda _, q, __: questions.append(q) or agreed)
    window.actions_["save_as"].trigger()
    qtbot.waitUntil(lambda: len(questions) == 1)
    if agreed:
        qtbot.waitUntil(lambda: not any(opened.unsaved for opened in window.document.pictures.all))
    assert len(questions) == 1
    assert (noisy_file.read_bytes() != before) == agreed


def test_frames_stream_while_it_runs_and_stop_keeps_them(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, noisy_file: Path
) -> None:
    engine.gated = True
    opened(qtbot, window, noisy_file)
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.panel.restore.text() == "Stop"
    with qtbot.waitSignal(window.document.display.tiles_made):
        engine.let_go(1)
    assert window.status.text.text().startswith("Restoring: step 1 of 8, tile 1 of 2")
    engine.let_go(4)
    qtbot.waitUntil(lambda: window.timeline.model.playhead.frame == 1)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.panel.restore.text() == "Stopping…"
    qtbot.waitUntil(lambda: status_of(window) is Status.STOPPED)
    assert window.status.text.text() == "Stopped; 2 steps kept"
    assert window.actions_["save"].isEnabled()
    expected = prediction(read_picture(noisy_file), 1)
    np.testing.assert_allclose(window.document.pictures.current.result.pixels, expected, atol=1e-5)


def test_closing_in_mid_run_asks_once_and_ends_cleanly(
    qtbot: QtBot,
    engine: FakeEngine,
    settings_file: QSettings,
    noisy_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buttons = QMessageBox.StandardButton
    questions: list[str] = []
    asks(monkeypatch, questions, buttons.Cancel, buttons.Discard)
    engine.gated = True
    window = MainWindow(Jobs(lambda: engine), Settings(settings_file))
    qtbot.addWidget(window)
    window.show()
    opened(qtbot, window, noisy_file)
    window.document.runs.restore()
    with qtbot.waitSignal(window.document.display.tiles_made):
        engine.let_go(3)
    assert not window.close()
    assert window.isVisible()
    assert window.document.pictures.current.status is Status.RESTORING
    assert window.close()  # the fixture against leaked threads looks at the rest
    assert questions == ["“noisy.png” is still being restored."] * 2


def test_a_result_that_is_not_saved_is_asked_about(
    qtbot: QtBot, window: MainWindow, noisy_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, noisy_file)
    restored(qtbot, window)
    questions: list[str] = []
    asks(monkeypatch, questions)
    assert not window.close()
    assert questions == ["The result of “noisy.png” is not saved."]
    assert window.isVisible()


def test_an_error_in_the_run_is_a_sentence_and_leaves_picture_and_frames(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, noisy_file: Path
) -> None:
    engine.error, engine.fail_at = MemoryError(), 2
    opened(qtbot, window, noisy_file)
    window.document.runs.restore()
    qtbot.waitUntil(window.error_bar.isVisible)
    assert window.error_bar.text.text() == "There is not enough memory for this picture."
    assert window.document.pictures.current.results.frames == 2
    assert window.canvas.viewport.geometry.visible[2] == 160
    assert window.panel.restore.text() == "Restore again"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.error_bar.isVisible()


def test_files_that_cannot_be_read_are_named_and_the_others_open(
    qtbot: QtBot, window: MainWindow, noisy_file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "letter.png"
    bad.write_text("Dear Sir or Madam")
    drop(window, bad, noisy_file)
    qtbot.waitUntil(lambda: status_of(window) is Status.READY)
    assert [opened.source.title for opened in window.document.pictures.all] == ["noisy.png"]
    assert "letter.png" in window.error_bar.text.text()
    assert not window.error_bar.part.isVisible()
    assert window.settings.recent == [noisy_file]


def test_names_of_files_are_shown_to_the_letter(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "<b>this & that<h1>.png", tmp_path / "<img src=x>&amp;.png"
    for path in (first, second):
        write_picture(noisy_picture(), path)
    opened(qtbot, window, first, second)
    said = "\n".join(window.strip.item(row).toolTip() for row in range(2))
    assert "&lt;b&gt;this &amp; that&lt;h1&gt;.png" in said
    assert "&lt;img src=x&gt;&amp;amp;.png" in said
    asked: list[Qt.TextFormat] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.textFormat()))
    restored(qtbot, window)
    assert not window.close()
    assert asked == [Qt.TextFormat.PlainText]
    labels = [x for x in window.findChildren(QLabel) if not isinstance(x.window(), QMessageBox)]
    formats = {label.textFormat() for label in labels}
    assert formats == {Qt.TextFormat.PlainText}
    window.welcome.refresh_recent()
    recent = {button.text().split("    ")[0] for button in window.welcome.findChildren(QPushButton)}
    assert "<b>this && that<h1>.png" in recent  # one & is a key's


def test_a_long_name_among_the_recent_does_not_run_out_of_the_window(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / f"{'long name ' * 22}.png"
    path.touch()
    window.settings.add_recent(path)
    window.welcome.refresh_recent()
    buttons = window.welcome.findChildren(QPushButton, "recent")
    assert ["…" in button.text() for button in buttons] == [True]
    assert buttons[0].sizeHint().width() < window.minimumWidth()
    assert buttons[0].toolTip().endswith("long name .png")


def test_what_can_be_read_of_a_file_that_ends_early_is_offered(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    noisy_file.write_bytes(noisy_file.read_bytes()[:-8000])
    drop(window, noisy_file)
    qtbot.waitUntil(window.error_bar.part.isVisible)
    assert "ends early" in window.error_bar.text.text()
    assert window.document.pictures.all == []
    qtbot.mouseClick(window.error_bar.part, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status_of(window) is Status.READY)
    assert not window.error_bar.isVisible()
    assert "ends early" in window.panel.rows["notes"].text.text()


def test_a_clean_picture_is_said_to_be_clean_until_the_start_is_dragged(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "clean.png"
    y, x = np.mgrid[:160, :160].astype(np.float32) / 159
    write_picture(Picture(np.stack([x, y, (x + y) / 2], axis=2)), path)
    opened(qtbot, window, path)
    current = window.document.pictures.current
    qtbot.waitUntil(lambda: not current.content.searching)
    assert window.panel.rows["headline"].text.text() == "Looks clean"
    assert window.panel.restore.text() == "Other tasks"
    assert "Nothing to clean" in window.panel.hint.text()
    window.timeline.start.move_to(40.0)
    window.timeline.start.finish()
    assert window.panel.restore.isEnabled()
    assert window.panel.restore.text().startswith("Restore from noise")
    restored(qtbot, window)
    assert window.document.pictures.current.results.shown.task.start == pytest.approx(40.0)


def test_start_handle_and_strength_are_one_thing_and_one_step_of_undo(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    measured, place = (
        window.timeline.model.start,
        window.panel.rows["strength"].field.slider.value(),
    )
    for t in (60.0, 80.0, 120.0):
        window.timeline.start.move_to(t)
    window.timeline.start.finish()
    assert window.document.planner.start == pytest.approx(120.0)
    assert window.panel.rows["strength"].field.slider.value() > place
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.timeline.model.start == pytest.approx(measured)
    assert window.panel.rows["strength"].field.slider.value() == place
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert window.timeline.model.start == pytest.approx(120.0)
    window.panel.rows["strength"].field.reset.emit()
    assert window.timeline.model.start == pytest.approx(measured)


def test_the_camera_preset_moves_the_start_to_its_level(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    window.panel.rows["camera"].box.click()
    assert window.timeline.model.start == pytest.approx(start_for(CAMERA_PHOTO_NOISE))
    assert window.panel.rows["strength"].field.value_label.text() == f"{CAMERA_PHOTO_NOISE:.0f}"
    restored(qtbot, window)
    assert window.document.pictures.current.results.shown.task.undo_clipping is False


def test_every_control_reaches_the_task(qtbot: QtBot, window: MainWindow, noisy_file: Path) -> None:
    opened(qtbot, window, noisy_file)
    panel = window.panel
    assert not panel.rows["seed"].box.isEnabled()  # a posterior mean has no chance in it
    assert "would change nothing" in panel.rows["seed"].widget.toolTip()
    panel.rows["look"].field.slider.setValue(60)
    panel.rows["steps"].box.setValue(3)
    panel.rows["sampler"].box.setCurrentIndex(panel.rows["sampler"].box.findData("ddim"))
    panel.rows["sampler"].box.activated.emit(panel.rows["sampler"].box.currentIndex())
    assert not panel.rows["seed"].box.isEnabled()  # DDIM puts no noise back
    panel.rows["eta"].field.slider.setValue(75)
    panel.rows["eta"].field.reset.emit()
    assert window.document.pictures.current.plan.parameters.eta == Parameters.eta == 0
    panel.rows["eta"].field.slider.setValue(25)
    assert panel.rows["seed"].box.isEnabled()
    panel.rows["seed"].box.setValue(7)
    restored(qtbot, window)
    task = window.document.pictures.current.results.shown.task
    assert (task.steps, task.seed, task.sampler) == (3, 7, "ddim")
    assert task.faithfulness == pytest.approx(0.4)
    assert task.eta == pytest.approx(0.25)


def test_a_grey_picture_always_has_chance_in_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "grey.png"
    grey = np.repeat(noisy_picture().pixels[..., :1], 3, axis=2)
    write_picture(Picture(grey), path)
    opened(qtbot, window, path)
    assert window.panel.rows["seed"].box.isEnabled()


def test_left_of_the_picture_the_canvas_shows_the_forward_process(
    qtbot: QtBot, window: MainWindow, noisy_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, noisy_file)
    seen: list[float | None] = []
    monkeypatch.setattr(window.canvas, "show_forward", seen.append)
    place = window.timeline.model.playhead.t
    for t in (200.0, 999.0):
        window.timeline.playback.move_to(PlayheadPosition(t))
    window.timeline.playback.move_to(PlayheadPosition(place))
    assert seen[0] is not None
    assert 0.5 < seen[0] < 0.8
    assert seen[1] == pytest.approx(0, abs=1e-4)
    assert seen[2] == pytest.approx(1)


def test_several_files_are_a_list_to_switch_through(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.png")
        write_picture(noisy_picture(index), paths[-1])
    opened(qtbot, window, *paths)
    assert window.strip.isVisible()
    assert window.strip.count() == 3
    assert window.document.pictures.current.source.path == paths[0]
    restored(qtbot, window)
    qtbot.keyClick(window.timeline, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert window.document.pictures.current.source.path == paths[1]
    assert window.timeline.model.playhead.frame is None
    window.strip.setCurrentRow(0)
    assert window.timeline.model.playhead.frame == 7
    qtbot.waitUntil(lambda: shows(window, prediction(read_picture(paths[0]), 7)))


def test_paste_opens_and_copy_gives_the_result(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def making(image: QImage) -> Picture:
        threads.append(threading.get_ident())
        return picture_from(image)

    monkeypatch.setattr("restorer.ui.window.file_dialogs.picture_from", making)
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor(40, 120, 200))
    clipboard = QGuiApplication.clipboard()
    clipboard.setImage(image)
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: status_of(window) is Status.READY)
    assert window.document.pictures.current.content.picture.size == (64, 48)
    assert threads != [threading.get_ident()]
    window.document.planner.change("Start", start=30.0)
    restored(qtbot, window)
    clipboard.clear()
    qtbot.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not clipboard.image().isNull())
    assert clipboard.image().pixelColor(5, 5) == QColor(40, 120, 200)
    assert window.runs.notice.text() == "The result is copied."
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    titles = [opened.source.title for opened in window.document.pictures.all]
    assert titles == ["Pasted picture", "Pasted picture 2"]
    qtbot.waitUntil(lambda: status_of(window) is Status.READY)


def test_pasting_nothing_says_so(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("no picture")
    window.actions_["paste"].trigger()
    assert window.error_bar.text.text() == "There is no picture to paste."


def test_samples_open_covered_with_static(qtbot: QtBot, window: MainWindow) -> None:
    card = next(card for card in window.welcome.cards if card.sample.static)
    card.click()
    qtbot.waitUntil(lambda: status_of(window) is Status.READY, timeout=10000)
    opened = window.document.pictures.current
    assert opened.source.title == card.sample.title
    assert opened.content.estimate.noise == pytest.approx(card.sample.static, rel=0.15)
    assert suggested_name(opened).endswith("-restored.png")
    assert card.sample.credit in window.panel.rows["notes"].text.text()
    assert window.settings.recent == []


def test_backslash_held_shows_the_original(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    monkeypatch.setattr(window.canvas, "hold_original", held.append)
    qtbot.keyPress(window, Qt.Key.Key_Backslash)
    qtbot.keyRelease(window, Qt.Key.Key_Backslash)
    assert held[:2] == [True, False]


def test_compare_keys(qtbot: QtBot, window: MainWindow, noisy_file: Path) -> None:
    opened(qtbot, window, noisy_file)
    restored(qtbot, window)
    for key, mode in (
        (Qt.Key.Key_S, CompareMode.SIDE_BY_SIDE),
        (Qt.Key.Key_D, CompareMode.DIFFERENCE),
        (Qt.Key.Key_A, CompareMode.SINGLE),
        (Qt.Key.Key_W, CompareMode.WIPE),
    ):
        qtbot.keyClick(window, key)
        assert window.canvas.compare is mode


def test_what_is_unfolded_is_scrolled_into_view(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    window.resize(1024, 620)
    window.panel.more.heading.click()
    eta = window.panel.rows["eta"].field
    qtbot.waitUntil(lambda: eta.visibleRegion().boundingRect() == eta.rect())


def test_the_place_under_the_pointer_takes_no_room_from_buttons(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    window.resize(window.minimumSize())
    width = window.view_bar.view.width()
    window.view_bar.show_cursor(12345, 12345, (255, 255, 255))
    qtbot.wait(1)
    assert window.view_bar.view.width() == width


def test_a_zoom_can_be_typed(qtbot: QtBot, window: MainWindow, noisy_file: Path) -> None:
    opened(qtbot, window, noisy_file)
    zoom = window.view_bar.zoom
    assert zoom.text() == "100 %"
    for typed, shown in (("250", "250 %"), ("40 %", "40 %"), ("much", "40 %")):
        qtbot.mouseClick(zoom, Qt.MouseButton.LeftButton)
        qtbot.keyClicks(zoom, typed)
        qtbot.keyClick(zoom, Qt.Key.Key_Return)
        assert zoom.text() == shown
        assert window.canvas.viewport.zoom == pytest.approx(float(shown[:-2]) / 100)


def test_what_is_lit_is_what_is_shown(qtbot: QtBot, window: MainWindow, noisy_file: Path) -> None:
    def lit() -> list[str]:
        buttons = window.view_bar.view.findChildren(QToolButton)
        return [button.text() for button in buttons if button.isChecked()]

    opened(qtbot, window, noisy_file)
    assert lit() == []  # the picture as it came
    restored(qtbot, window)
    assert lit() == ["Clean"] and window.actions_["show_x0"].isChecked()
    window.timeline.playback.move_to(PlayheadPosition(400.0))
    assert lit() == [] and not window.actions_["show_x0"].isChecked()  # noise was put on it
    window.view_bar.view.findChildren(QToolButton)[0].click()
    assert lit() == ["Clean"] and window.timeline.model.playhead.frame == 7


def test_theme_and_motion_are_applied_and_remembered(window: MainWindow) -> None:
    dark = window.canvas.background.lightness()
    window.actions_["light"].trigger()
    assert window.canvas.background.lightness() > dark
    assert window.settings.theme == "light"
    window.actions_["reduced_motion"].trigger()
    assert window.canvas.reduced_motion
    assert window.timeline.view.reduced_motion
    assert window.settings.reduced_motion
    window.actions_["dark"].trigger()


def shown(sheet: ShortcutSheet) -> list[str]:
    return [label.text() for label in sheet.findChildren(QLabel) if not label.isHidden()]


@pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
def test_the_shortcut_sheet_can_be_searched(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = window.findChild(ShortcutSheet)
    assert sheet is not None
    assert "Restore" in shown(sheet)
    sheet.search.setText("divider")
    heading, action, _ = shown(sheet)
    assert (heading, action) == ("MOUSE AND KEYS", "Move the divider (canvas)")
    sheet.close()


def test_no_key_is_bound_twice(window: MainWindow) -> None:
    keys = [k.toString() for a in window.actions() for k in a.shortcuts()]
    assert len(keys) == len(set(keys))


def test_what_vivid_means_hangs_on_the_sampler(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    assert "near their average" in window.panel.rows["look"].field.toolTip()
    window.document.planner.change("Sampler", sampler="ddim")
    assert "near their average" in window.panel.rows["look"].field.toolTip()
    window.document.planner.change("Sampler", sampler="ddpm")
    assert "drawn at random" in window.panel.rows["look"].field.toolTip()


def test_settings_that_are_not_those_of_the_result_on_view_say_so(
    qtbot: QtBot, window: MainWindow, noisy_file: Path
) -> None:
    opened(qtbot, window, noisy_file)
    note = window.panel.rows["differs"]
    restored(qtbot, window)
    assert not note.widget.isVisible()
    window.panel.rows["steps"].box.setValue(5)
    window.panel.rows["amount"].field.slider.setValue(50)
    assert note.text.text().endswith("differs in: Steps, Amount.")
    restored(qtbot, window)
    assert not note.widget.isVisible()
    window.actions_["former"].trigger()
    assert note.widget.isVisible()
