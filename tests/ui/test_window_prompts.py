"""Models with prompts in the window: chosen, led, watched, stopped, decoded, distrusted, saved.

The first half goes with a scriptable engine, the second with the real one and tiny random models.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.document import Readiness, Settings, Status
from restorer.engine import models as registry
from restorer.engine.control import picture_digest
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.plan_latent import CAUTION
from restorer.engine.progress import CancelToken
from restorer.engine.trajectory import Quantity
from restorer.engine.views import CLEAN, DOUBT, RESIDUAL
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.ui.window.sheet import Sheet
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine, prediction, status_of
from tests.latent import tiny
from tests.ui.dropping import drag, of_files
from tests.ui.test_window import opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's library of models: any picture, filling, enlarging, and a ControlNet."""
    folder = tmp_path_factory.mktemp("library")
    tiny.stable_diffusion(folder / "any")
    tiny.stable_diffusion(folder / "fill", 9)
    tiny.upscaler(folder / "large")
    tiny.controlnet().save_pretrained(folder / "leader")
    tiny.controlnet(xl=True).save_pretrained(folder / "leader-of-others")
    for path in folder.glob("*-tokens"):
        shutil.rmtree(path)
    return folder


@pytest.fixture(autouse=True)
def _library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "models_folder", lambda: folder)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(previews=True)


@pytest.fixture
def window(qtbot: QtBot, empty_window: MainWindow, photo: Path) -> MainWindow:
    """With a picture, and a model with prompts chosen for it."""
    window = empty_window
    opened(qtbot, window, photo)
    choose_model(window, "any")
    return window


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A clean picture of 64 by 48 pixels."""
    path = tmp_path / "photo.png"
    y, x = np.mgrid[:48, :64].astype(np.float32) / 64
    write_picture(Picture(np.stack([x, y, 0.5 + 0.3 * np.sin(9 * x * y)], axis=2)), path)
    return path


def choose_model(window: MainWindow, name: str) -> None:
    box = window.panel.rows["model"].box
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def choose_kind(qtbot: QtBot, window: MainWindow, kind: str) -> None:
    window.panel.rows["task"].box.setCurrentIndex(window.panel.rows["task"].box.findData(kind))
    window.panel.rows["task"].box.activated.emit(window.panel.rows["task"].box.currentIndex())
    planner = window.document.planner
    qtbot.waitUntil(lambda: planner.readiness is not Readiness.PREPARING, timeout=60_000)


def ran(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED, timeout=60_000)


def stopped_after(qtbot: QtBot, window: MainWindow, engine: FakeEngine, frames: int) -> None:
    """Begin, let so many frames be made, and stop."""
    engine.gated = True
    window.document.runs.restore()
    engine.let_go(2 * frames + 1)
    opened = window.document.pictures.current
    qtbot.waitUntil(
        lambda: (
            opened.results.frames == frames
            and opened.results.progress
            and opened.results.progress.step == frames
        )
    )
    window.actions_["stop"].trigger()
    qtbot.waitUntil(lambda: not opened.status.running)
    engine.gated = False


def choose_target(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))


def save(
    qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Picture, dict]:
    choose_target(monkeypatch, path)
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    made = read_picture(path)
    return made, json.loads(read_record(made) or "{}")


# With a scriptable engine.


def test_a_model_with_prompts_asks_for_words(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panel
    assert panel.rows["prompt"].widget.isVisibleTo(panel)
    assert not panel.rows["look"].field.isVisibleTo(panel)
    assert not panel.rows["camera"].box.isVisibleTo(panel)
    assert panel.rows["redrawn"].field.value_label.text() == "30 %"
    assert panel.rows["task"].box.currentText() == "Redraw from a prompt"
    assert panel.rows["steps"].box.value() == 20
    assert window.document.planner.readiness is Readiness.READY  # although the picture is clean
    assert window.timeline.model.start == 300
    choose_model(window, "builtin")
    assert not panel.rows["prompt"].widget.isVisibleTo(panel)
    assert panel.rows["look"].field.isVisibleTo(panel)
    assert panel.rows["task"].box.currentText() == "Clean noise"
    assert window.document.planner.start is None  # nothing to clean
    window.document.pictures.undo_group.undo()
    assert panel.rows["prompt"].widget.isVisibleTo(panel)
    assert window.timeline.model.start == 300


def test_words_go_to_the_engine_and_back_by_undoing(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    rows, document = window.panel.rows, window.document
    prompt, negative = rows["prompt"].box, rows["negative_prompt"].box
    guidance = rows["guidance"].field
    prompt.setFocus()
    qtbot.keyClicks(prompt, "a boat, m")  # M is a shortcut elsewhere
    qtbot.keyClick(prompt, Qt.Key.Key_Tab)
    assert negative.hasFocus()
    qtbot.keyClicks(negative, "text")
    guidance.slider.setFocus()
    guidance.slider.setValue(16)
    assert guidance.value_label.text() == "9"
    ran(qtbot, window)
    task = engine.runs[-1]
    assert (task.prompt, task.negative_prompt, task.guidance) == ("a boat, m", "text", 9.0)
    assert (task.model, task.start, task.steps) == ("any", 300.0, 20)
    document.pictures.undo_group.undo()  # back to the original
    document.pictures.undo_group.undo()
    assert document.pictures.current.plan.parameters.guidance == 7.5
    document.pictures.undo_group.undo()  # what was typed in one go is one step
    assert negative.toPlainText() == ""
    document.pictures.undo_group.undo()
    assert prompt.toPlainText() == ""
    document.pictures.undo_group.redo()
    assert prompt.toPlainText() == "a boat, m"


def test_restore_can_be_asked_for_while_typing(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    window.panel.rows["prompt"].box.setFocus()
    qtbot.keyClicks(window.panel.rows["prompt"].box, "fog")
    qtbot.keyClick(
        window.panel.rows["prompt"].box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    )
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED, timeout=60_000)
    assert engine.runs[-1].prompt == "fog"
    assert window.panel.rows["prompt"].box.toPlainText() == "fog"


def test_the_timeline_has_the_models_own_axis(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    axis = window.timeline.model.axis
    own = registry.find_model("any").latent.betas.schedule
    assert axis.schedule is own
    abar = np.prod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000)[:301] ** 2)
    assert axis.schedule.sigma(300.0) == pytest.approx(((1 - abar) / abar) ** 0.5)
    window.timeline.start.move_to(499.0)
    assert window.document.pictures.current.plan.parameters.start == 499.0
    assert window.panel.restore.text() == "Restore at 50 %"
    window.panel.rows["redrawn"].field.slider.setValue(250)
    assert window.document.planner.start == pytest.approx(249)
    engine.schedule = own
    ran(qtbot, window)
    choose_model(window, "builtin")  # the frames go where there is as much noise
    linear = window.timeline.model.axis.schedule
    assert linear is not own
    run = window.document.pictures.current.results.shown
    placed = [frame.t for frame in window.timeline.model.frames]
    expected = [float(linear.t_from_sigma(i.sigma)) for i in run.trajectory.infos]
    assert placed == pytest.approx(expected)
    assert placed[0] < 240  # linear betas rise faster


def test_what_does_not_fit_is_grey_and_says_why(qtbot: QtBot, window: MainWindow) -> None:
    box, panel = window.panel.rows["model"].box, window.panel
    items = box.model()
    assert isinstance(items, QStandardItemModel)

    def enabled() -> dict[str, bool]:
        return {box.itemData(i): items.item(i).isEnabled() for i in range(box.count())}

    assert enabled() == {"builtin": True, "camera": True, "any": True, "fill": True, "large": False}
    hint = box.itemData(box.findData("large"), Qt.ItemDataRole.ToolTipRole)
    assert "enlarges 4 times and can do nothing else" in hint
    choose_kind(qtbot, window, "deblur")
    assert enabled() == {
        "builtin": True,
        "camera": True,
        "any": False,
        "fill": False,
        "large": False,
    }
    assert not panel.restore.isEnabled()
    assert "take a pixel model" in panel.hint.text()
    choose_kind(qtbot, window, "upscale")
    choose_model(window, "large")
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    assert panel.restore.text() == "Enlarge × 4"
    assert window.document.planner.start == 999
    panel.rows["scale"].buttons.chosen.emit(2)
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.BLOCKED, timeout=60_000)
    assert "enlarges 4 times" in panel.hint.text()


def test_a_controlnet_is_offered_if_it_fits(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, document = window.panel.rows, window.document
    control_input, scale = rows["control"].box, rows["control_scale"].field
    assert control_input.isVisibleTo(window.panel)
    assert not scale.isVisibleTo(window.panel)

    def lead(kind: str) -> None:
        control_input.setCurrentIndex(control_input.findData(kind))
        control_input.activated.emit(control_input.currentIndex())

    lead("canny")
    assert not rows["network"].widget.isVisibleTo(window.panel)  # of two, one alone fits
    scale.slider.setValue(80)
    control = document.pictures.current.plan.task.control
    assert (control.kind, control.model, control.scale) == ("canny", "leader", 0.8)
    depth = np.full((48, 64, 3), 0.25, np.float32)
    choose_target(monkeypatch, tmp_path / "depth.png")
    write_picture(Picture(depth), tmp_path / "depth.png")
    lead("picture")
    qtbot.waitUntil(lambda: document.pictures.current.plan.parameters.control.kind == "picture")
    assert control_input.currentText() == "depth.png"
    ran(qtbot, window)
    given = engine.inputs[-1].control
    assert given is not None
    assert engine.runs[-1].control.picture == picture_digest(given)
    np.testing.assert_allclose(given, depth, atol=0.003)
    choose_target(monkeypatch, tmp_path / "small.png")
    write_picture(Picture(depth[:9, :9]), tmp_path / "small.png")
    lead("picture")
    qtbot.waitUntil(lambda: bool(document.notices.errors))
    assert "9 by 9 pixels, but the picture is 64 by 48" in document.notices.errors[-1].sentence
    assert control_input.currentText() == "depth.png"
    lead("")
    assert document.pictures.current.plan.task.control.kind == ""


def test_a_stopped_preview_is_decoded_before_it_is_kept(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, panel = window.document, window.panel
    stopped_after(qtbot, window, engine, 3)
    opened = document.pictures.current
    assert opened.status is Status.STOPPED and opened.results.preview and not opened.judged
    assert window.status.text.text() == "Stopped; 3 steps kept, as previews"
    assert "preview" in panel.rows["caution"].text.text()
    assert window.canvas.labels[0] == "preview"
    assert "preview" in window.timeline.view.transport.readout.text
    target = tmp_path / "out.png"
    choose_target(monkeypatch, target)
    for action in ("save", "save_as", "copy", "use_result"):
        document.notices.dismiss()
        window.actions_[action].trigger()
        assert "Decode this step, then you can save it" in document.notices.errors[-1].sentence
    assert len(document.pictures.all) == 1 and not target.exists()
    document.display.set_view(DOUBT)
    assert document.display.view is CLEAN  # a preview is not judged

    qtbot.mouseClick(panel.rows["caution"].buttons[0], Qt.MouseButton.LeftButton)
    assert window.status.text.text() == "Decoding…"
    qtbot.waitUntil(lambda: not opened.status.running)
    assert engine.decoded == 1
    assert opened.status is Status.STOPPED and not opened.results.preview
    assert not panel.rows["caution"].buttons[0].isVisibleTo(panel)
    assert window.canvas.labels[0] == "restored"
    expected = np.clip(prediction(read_picture(photo), 2) / 2, 0, 1)
    qtbot.waitUntil(lambda: np.allclose(document.display.shown, expected, atol=1e-5))
    made, record = save(qtbot, window, target, monkeypatch)
    np.testing.assert_allclose(made.pixels, expected, atol=0.003)
    assert record["caution"] == CAUTION
    assert record["stopped_after"] == 3
    assert window.status.text.text() == "Saved as out.png."


def test_decoding_that_fails_leaves_the_preview(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    stopped_after(qtbot, window, engine, 2)
    engine.error = MemoryError()
    opened = window.document.pictures.current
    window.document.runs.decode()
    qtbot.waitUntil(lambda: not opened.status.running)
    assert opened.status is Status.STOPPED and opened.results.preview and opened.results.decodable
    assert "not enough memory" in window.document.notices.errors[-1].sentence


def test_stopped_in_the_first_step_leaves_nothing_to_save(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    stopped_after(qtbot, window, engine, 0)
    opened = window.document.pictures.current
    info = opened.results.shown.trajectory.infos[0]
    assert info.preview and info.t == 300
    assert info.sigma == pytest.approx(float(opened.plan.schedule.sigma(300)))  # not DDPM's
    assert not opened.results.decodable
    assert window.canvas.labels[2] == "preview"
    assert not window.document.saver.may_keep()
    assert "restore again" in window.document.notices.errors[-1].sentence
    assert not window.panel.rows["caution"].buttons[0].isVisibleTo(window.panel)


@pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
def test_what_not_to_believe_is_said_shown_and_explained(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    document, caution = window.document, window.panel.rows["caution"]
    _, where, why = caution.buttons
    assert not caution.widget.isVisibleTo(window.panel)
    ran(qtbot, window)
    assert "hands, faces and writing" in caution.text.text()
    runs = len(engine.runs)
    qtbot.mouseClick(where, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.display.verdict != "")
    assert document.display.view is DOUBT and document.doubts.measuring is None
    assert len(engine.runs) == runs  # no posterior, no spread
    assert window.canvas.labels[0] == "look closely here"
    assert window.status.text.text() == document.display.verdict
    qtbot.mouseClick(where, Qt.MouseButton.LeftButton)
    assert document.display.view is CLEAN
    document.display.set_view(RESIDUAL)
    qtbot.waitUntil(lambda: "need not be noise" in document.display.verdict)
    qtbot.mouseClick(why, Qt.MouseButton.LeftButton)
    sheet = window.findChild(Sheet)
    assert sheet is not None and sheet.isVisible() and sheet.windowTitle() == "Limitations"
    sheet.close()


def test_results_of_the_prior_are_not_distrusted(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    engine.previews = False
    choose_model(window, "builtin")
    window.timeline.start.move_to(30.0)
    ran(qtbot, window)
    assert not window.panel.rows["caution"].widget.isVisibleTo(window.panel)
    assert window.document.pictures.current.results.shown.latent is None


def test_a_remembered_model_asks_for_words_at_once(
    qtbot: QtBot,
    engine: FakeEngine,
    settings_file: QSettings,
    open_window: Callable[[object], MainWindow],
    photo: Path,
) -> None:
    Settings(settings_file).model = "any"
    window = open_window(engine)
    opened(qtbot, window, photo)
    assert window.panel.rows["prompt"].widget.isVisibleTo(window.panel)
    assert window.document.planner.start == 300
    window.models.use("builtin")  # as the list of models does
    assert not window.panel.rows["prompt"].widget.isVisibleTo(window.panel)
    window.models.use("fill")
    assert window.panel.rows["prompt"].widget.isVisibleTo(window.panel)


# With the real engine.


@pytest.fixture
def real(qtbot: QtBot, open_window: Callable[[object], MainWindow], photo: Path) -> MainWindow:
    window = open_window(Engine())
    opened(qtbot, window, photo)
    choose_model(window, "any")
    window.document.planner.change("Steps", steps=4)
    return window


def test_from_the_window_to_the_file(
    qtbot: QtBot,
    real: MainWindow,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is saved is what the engine makes of the same task, and says how it was made."""
    document = real.document
    document.planner.change("Prompt", prompt="a boat", negative_prompt="text")
    control_input = real.panel.rows["control"].box
    control_input.setCurrentIndex(control_input.findData("tile"))
    control_input.activated.emit(control_input.currentIndex())
    ran(qtbot, real)
    opened = document.pictures.current
    infos = opened.results.shown.trajectory.infos
    assert [info.preview for info in infos] == [True, True, True, False]
    assert [frame.t for frame in real.timeline.model.frames] == [info.t for info in infos]
    made, record = save(qtbot, real, tmp_path / "out.png", monkeypatch)
    *_, last = Engine().run(opened.results.shown.task, Inputs(read_picture(photo)), CancelToken())
    np.testing.assert_allclose(made.pixels, np.clip(last.x0 / 2 + 0.5, 0, 1), atol=0.003)
    assert record["task"]["prompt"] == "a boat"
    assert record["task"]["control"]["model"] == "leader"
    assert "stopped_after" not in record
    assert record["caution"] == CAUTION

    qtbot.keyClick(real.timeline, Qt.Key.Key_Home)
    qtbot.waitUntil(
        lambda: np.allclose(
            document.display.shown, opened.results.trajectory.view(0, Quantity.X0), atol=2e-3
        )
    )
    assert real.canvas.labels[0] == "preview"
    document.planner.change("Private", private=True)
    _, record = save(qtbot, real, tmp_path / "out.png", monkeypatch)
    assert record["task"]["prompt"] == "" and "a boat" not in json.dumps(record)


@pytest.mark.parametrize("model", ["any", "fill"])
def test_filling_leaves_every_bit_outside_the_mask(
    qtbot: QtBot,
    real: MainWindow,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
) -> None:
    choose_model(real, model)
    real.document.planner.change("Steps", steps=3)
    choose_kind(qtbot, real, "inpaint")
    real.document.planner.change("Steps", steps=3)
    assert real.document.planner.readiness is Readiness.NO_MASK
    hole = np.zeros((48, 64), np.float32)
    hole[10:30, 12:40] = 1
    write_picture(Picture(np.repeat(hole[..., None], 3, axis=2)), tmp_path / "mask.png")
    choose_target(monkeypatch, tmp_path / "mask.png")
    real.panel.rows["fill"].buttons[1].click()
    qtbot.waitUntil(lambda: real.document.planner.readiness is Readiness.READY, timeout=60_000)
    assert real.document.planner.start == 999
    ran(qtbot, real)
    made, _ = save(qtbot, real, tmp_path / "out.png", monkeypatch)
    came = read_picture(photo)
    assert np.array_equal(made.pixels[hole == 0], came.pixels[hole == 0])
    assert not np.allclose(made.pixels[hole == 1], came.pixels[hole == 1], atol=0.05)


def test_enlarging_four_times(
    qtbot: QtBot, real: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_kind(qtbot, real, "upscale")
    choose_model(real, "large")
    real.document.planner.change("Steps", steps=2)
    qtbot.waitUntil(lambda: real.document.planner.readiness is Readiness.READY, timeout=60_000)
    ran(qtbot, real)
    made, record = save(qtbot, real, tmp_path / "out.png", monkeypatch)
    assert made.size == (256, 192)
    assert record["task"]["damage"]["scale"] == 4
    real.document.display.set_view(DOUBT)
    qtbot.waitUntil(lambda: real.document.display.verdict != "", timeout=60_000)
    assert real.document.display.shown.shape == (192, 256, 3)


def test_stop_decodes_nothing_until_it_is_asked_for(
    qtbot: QtBot, real: MainWindow, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = real.document
    document.planner.change("Steps", steps=100)
    document.runs.restore()
    opened = document.pictures.current
    qtbot.waitUntil(lambda: opened.results.frames >= 2, timeout=60_000)
    document.runs.stop()
    qtbot.waitUntil(lambda: not opened.status.running, timeout=60_000)
    assert opened.results.preview and all(info.preview for info in opened.results.trajectory.infos)
    latents = opened.results.trajectory.latents
    document.runs.decode()
    qtbot.waitUntil(lambda: not opened.status.running, timeout=60_000)
    assert not document.notices.errors and not opened.results.preview
    x0, _ = Engine().decode(opened.results.shown.task, Inputs(read_picture(photo)), latents)
    made, _ = save(qtbot, real, tmp_path / "out.png", monkeypatch)
    np.testing.assert_allclose(made.pixels, np.clip(x0 / 2 + 0.5, 0, 1), atol=0.003)


def test_a_model_that_is_gone_is_refused_in_a_sentence(
    qtbot: QtBot, real: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "models_folder", lambda: tmp_path / "elsewhere")
    choose_model(real, "fill")
    qtbot.waitUntil(lambda: bool(real.document.notices.errors), timeout=60_000)
    assert "There is no model called “fill”" in real.document.notices.errors[-1].sentence
    assert not drag(real, of_files())  # nothing; the window goes on
