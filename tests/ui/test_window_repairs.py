"""Every kind of repair, from the panel to the saved file, with a scriptable engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restorer.diffusion.metrics import psnr
from restorer.document import Layer, Readiness, Status
from restorer.engine.damage import mask_digest
from restorer.engine.engine import Engine
from restorer.engine.plan import start_for
from restorer.engine.tasks import TASKS
from restorer.imaging.geometry import repeated
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import read_record
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture
from restorer.resources import resource_path
from restorer.ui.canvas import CompareMode
from restorer.ui.window.window import MainWindow
from tests.fakes import FakeEngine, prediction, status_of
from tests.ui.test_window import noisy_picture, opened, restored, shows

KINDS = [name for name, kind in TASKS.items() if kind.offered]


@pytest.fixture
def window(empty_window: MainWindow) -> MainWindow:
    return empty_window


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A clean picture of 160 by 120 pixels."""
    path = tmp_path / "photo.png"
    y, x = np.mgrid[:120, :160].astype(np.float32) / 160
    write_picture(Picture(np.stack([x, y, (x + y) / 2], axis=2)), path)
    return path


def choose(qtbot: QtBot, window: MainWindow, kind: str) -> None:
    """Take a task from the list, as a person does, and wait until it is planned."""
    box = window.panel.rows["task"].box
    box.setFocus()
    while box.currentData() != kind:
        qtbot.keyClick(box, Qt.Key.Key_Down if KINDS.index(kind) else Qt.Key.Key_Up)
    planner = window.document.planner
    qtbot.waitUntil(lambda: planner.readiness is not Readiness.PREPARING, timeout=60000)


def answer_file_dialog(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def saved(qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch) -> Picture:
    answer_file_dialog(monkeypatch, path)
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    return read_picture(path)


def parts_shown(window: MainWindow) -> list[str]:
    """The tasks of which the first row is there."""
    rows = {
        "clean": "strength",
        "fill": "fill",
        "enlarge": "scale",
        "sharpen": "blur",
        "blocks": "quality",
    }
    panel = window.panel
    return [task for task, row in rows.items() if panel.rows[row].widget.isVisibleTo(panel)]


def test_only_the_settings_of_the_chosen_task_are_shown(
    qtbot: QtBot, window: MainWindow, photo: Path
) -> None:
    opened(qtbot, window, photo)
    assert parts_shown(window) == ["clean"]
    parts = (["clean"], ["fill"], [], ["enlarge"], ["sharpen"], ["blocks"])  # fading has no row
    names = dict(zip(KINDS, parts, strict=True))
    for kind in KINDS[1:]:
        choose(qtbot, window, kind)
        assert window.document.pictures.current.plan.parameters.task == kind
        assert parts_shown(window) == names[kind]
    for _ in KINDS[1:]:
        window.document.pictures.undo_group.undo()
    assert parts_shown(window) == ["clean"]


def test_enlarge_shows_and_saves_the_larger_picture(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.resize(1100, 760)  # the larger picture fits in it
    opened(qtbot, window, photo)
    choose(qtbot, window, "upscale")
    window.panel.rows["scale"].buttons.chosen.emit(3)
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    assert window.panel.restore.text() == "Enlarge × 3"
    assert window.panel.rows["size"].text.text() == "480 × 360 pixels"
    assert window.canvas.viewport.zoom == 1
    window.document.settings.seconds_per_megapixel_step = 10.0
    steps = window.document.pictures.current.plan.task.steps
    assert window.document.planner.expected_seconds() == pytest.approx(10 * 0.1728 * steps)
    restored(qtbot, window)
    fine = repeated(prediction(read_picture(photo), steps - 1), 3)
    qtbot.waitUntil(lambda: shows(window, fine))
    assert window.canvas.compare is CompareMode.WIPE
    assert window.canvas.viewport.zoom == 1  # of the larger one, which fits
    assert window.canvas.viewport.geometry.visible == (0, 0, 160, 120)
    assert window.panel.restore.text() == "Enlarge × 3 again"
    assert window.status.text.text().startswith("Enlarged in")
    out = saved(qtbot, window, tmp_path / "large.png", monkeypatch)
    assert out.size == (480, 360)
    np.testing.assert_allclose(out.pixels, fine, atol=0.51 / 255)
    assert engine.runs[0].damage.scale == 3
    choose(qtbot, window, "denoise")
    assert window.panel.restore.text() == "Other tasks"  # there is nothing to clean


def test_fill_takes_a_mask_and_passes_it_on(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(qtbot, window, photo)
    choose(qtbot, window, "inpaint")
    assert window.document.planner.readiness is Readiness.NO_MASK
    assert not window.panel.restore.isEnabled()
    assert "mask" in window.panel.hint.text()
    hole = np.zeros((120, 160), bool)
    hole[40:60, 30:90] = True
    mask = tmp_path / "mask.png"
    write_picture(Picture(np.repeat(hole[..., None], 3, axis=2).astype(np.float32)), mask)
    answer_file_dialog(monkeypatch, mask)
    qtbot.mouseClick(window.panel.rows["fill"].buttons[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    about = window.panel.rows["fill"].text
    filled = "One mark: 6.2 % of the picture will be filled."
    qtbot.waitUntil(lambda: about.text() == filled, timeout=60_000)
    assert window.panel.restore.text() == "Fill"
    assert window.timeline.model.start > start_for(20)  # where the repair begins, not t*
    restored(qtbot, window)
    np.testing.assert_array_equal(engine.inputs[0].hole, hole)
    assert engine.runs[0].damage.mask == mask_digest(hole)
    assert window.canvas.labels[:2] == ("filled", "original")


def test_a_mask_of_another_size_is_a_sentence(
    qtbot: QtBot, window: MainWindow, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, photo)
    choose(qtbot, window, "inpaint")
    write_picture(Picture(np.ones((8, 9, 3), np.float32)), tmp_path / "mask.png")
    answer_file_dialog(monkeypatch, tmp_path / "mask.png")
    window.panel.rows["fill"].buttons[1].click()
    qtbot.waitUntil(window.error_bar.isVisible)
    assert "9 by 8 pixels" in window.error_bar.text.text()
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.NO_MASK, timeout=60_000)


def test_sharpen_with_a_blur_by_hand_or_from_a_file(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(qtbot, window, photo)
    choose(qtbot, window, "deblur")
    rows = window.panel.rows
    blur, direction = rows["blur"].box, rows["direction"].field
    assert not direction.isVisible()
    blur.activated.emit(blur.findData("motion"))
    assert direction.isVisible()
    direction.slider.setValue(30)
    assert window.document.pictures.current.plan.parameters.blur.startswith("motion:5.2,30")
    restored(qtbot, window)
    assert engine.runs[0].damage.blur == window.document.pictures.current.plan.parameters.blur
    kernel = np.zeros((3, 5, 3), np.float32)
    kernel[1] = 1
    write_picture(Picture(kernel), tmp_path / "kernel.png")
    answer_file_dialog(monkeypatch, tmp_path / "kernel.png")
    blur.activated.emit(blur.findData("kernel"))
    qtbot.waitUntil(
        lambda: window.document.pictures.current.plan.parameters.kernel_name == "kernel.png"
    )
    assert not rows["width"].field.isVisible()
    assert blur.currentText() == "kernel.png"
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    restored(qtbot, window)
    assert engine.runs[1].damage.kernel == tuple(map(tuple, kernel.mean(axis=2).tolist()))


def test_blocks_take_the_tables_of_the_file_or_a_number(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "small.jpg"
    with Image.open(photo) as image:
        image.save(path, quality=20)
    opened(qtbot, window, path)
    choose(qtbot, window, "dejpeg")
    quality = window.panel.rows["quality"].field
    shown = quality.slider.scale
    assert shown.value(quality.slider.value()) == 20
    assert quality.value_label.text() == "20, says the file"
    restored(qtbot, window)
    assert engine.runs[0].damage.luma == tables_of_quality(20).luma
    quality.slider.setValue(shown.place(35))
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    assert quality.value_label.text() == "35"
    restored(qtbot, window)
    assert engine.runs[1].damage.luma == tables_of_quality(35).luma
    window.document.pictures.undo_group.undo()  # the result
    assert quality.value_label.text() == "35"
    window.document.pictures.undo_group.undo()
    assert quality.value_label.text() == "20, says the file"


def test_blocks_of_a_picture_that_is_no_jpeg_are_seen(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    with Image.open(resource_path("samples", "church.webp")) as image:
        image.crop((0, 0, 200, 160)).save(tmp_path / "small.jpg", quality=20)
    with Image.open(tmp_path / "small.jpg") as image:
        image.crop((3, 6, 200, 160)).save(tmp_path / "cut.png")
    opened(qtbot, window, tmp_path / "cut.png")
    assert window.panel.rows["proposal"].text.text().startswith("JPEG quality 20")
    restored(qtbot, window)
    damage = engine.runs[0].damage
    assert (damage.luma, damage.cut) == (tables_of_quality(20).luma, (6, 3))
    choose(qtbot, window, "dejpeg")
    assert window.panel.rows["quality"].field.value_label.text() == "20, by its blocks"


def test_a_file_that_was_compressed_far_offers_to_undo_it(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path, tmp_path: Path
) -> None:
    opened(qtbot, window, photo)
    assert not window.panel.rows["proposal"].widget.isVisible()
    for quality in (90, 15):
        path = tmp_path / f"{quality}.jpg"
        with Image.open(photo) as image:
            image.save(path, quality=quality)
        opened(qtbot, window, path)
        assert window.panel.rows["proposal"].widget.isVisible() == (quality == 15)
    assert window.panel.rows["proposal"].text.text() == "JPEG quality 15: remove the blocks."
    assert window.panel.rows["headline"].text.text() == "JPEG quality 15"
    assert not window.panel.rows["proposal"].buttons[0].isVisible()  # there is one step only
    assert window.panel.restore.text() == "Remove blocks"
    restored(qtbot, window)
    assert engine.runs[0].damage.luma == tables_of_quality(15).luma
    assert not window.panel.rows["proposal"].widget.isVisible()
    window.document.pictures.undo_group.undo()
    assert parts_shown(window) == ["clean"]


def test_stripes_are_proposed_and_taken_off_with_one_click(
    qtbot: QtBot, open_window: Callable[[object], MainWindow], tmp_path: Path
) -> None:
    window = open_window(Engine())
    with Image.open(resource_path("samples", "cat.png")) as image:
        clean = np.asarray(image.convert("RGB"))[40:232, 40:260] / np.float32(255)
    offsets = 6 / 255 * np.random.default_rng(2).standard_normal((192, 1, 1))
    striped = Picture((clean + offsets).clip(0, 1).astype(np.float32))
    write_picture(striped, tmp_path / "striped.png")
    opened(qtbot, window, tmp_path / "striped.png")
    rows, panel = window.panel.rows, window.panel
    assert rows["headline"].text.text() == "Stripes of 6 of 255"
    assert rows["proposal"].text.text() == "Stripes of 6/255 in rows or columns: take off stripes."
    qtbot.waitUntil(lambda: panel.restore.text() == "Take off stripes", timeout=60_000)
    restored(qtbot, window)
    result = window.document.pictures.current.result
    assert result is not None and psnr(result.pixels, clean) > psnr(striped.pixels, clean) + 4
    said = window.status.text
    qtbot.waitUntil(lambda: said.text().startswith("Stripes taken off in"), timeout=60_000)


@pytest.mark.prior
def test_scratches_are_offered_to_be_filled_once_they_are_found(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    with Image.open(resource_path("samples", "church.webp")) as image:
        small = image.convert("RGB").crop((40, 20, 360, 340))
    for line in ((0, 90, 319, 130), (200, 0, 205, 319)):
        ImageDraw.Draw(small).line(line, (245, 245, 240), 3)
    small.save(tmp_path / "old.png")
    opened(qtbot, window, tmp_path / "old.png")
    qtbot.waitUntil(lambda: window.panel.rows["proposal"].widget.isVisible(), timeout=60_000)
    assert "scratch" in window.panel.rows["proposal"].text.text()
    qtbot.mouseClick(window.panel.rows["proposal"].buttons[0], Qt.MouseButton.LeftButton)
    mask = window.document.masks.painted(Layer.MASK)
    assert mask is not None
    qtbot.waitUntil(lambda: mask.hole().any(), timeout=60_000)
    assert mask.hole()[:, 195:212].any(axis=1).mean() > 0.8
    assert engine.runs == []  # for the person to look at first


def test_what_cannot_be_done_is_a_calm_hint(
    qtbot: QtBot, window: MainWindow, photo: Path, tmp_path: Path
) -> None:
    opened(qtbot, window, photo)
    choose(qtbot, window, "dejpeg")
    assert not window.panel.restore.isEnabled()
    assert window.panel.hint.text().endswith("set the quality.")
    write_picture(Picture(np.full((600, 600, 3), 0.5, np.float32)), tmp_path / "large.png")
    opened(qtbot, window, tmp_path / "large.png")
    choose(qtbot, window, "deblur")
    window.document.planner.change("Method", method="dps")
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.BLOCKED)
    assert "512 by 512" in window.panel.hint.text()
    window.document.planner.change("Method", method="ddnm")
    assert "diffpir" in window.panel.hint.text()
    assert not window.error_bar.isVisible()
    window.document.pictures.undo_group.undo()
    window.document.pictures.undo_group.undo()
    assert window.panel.restore.isEnabled()


def test_the_start_of_a_repair_can_be_moved_and_put_back(
    qtbot: QtBot, window: MainWindow, photo: Path
) -> None:
    opened(qtbot, window, photo)
    assert window.timeline.model.start == 0
    choose(qtbot, window, "upscale")
    begin = window.document.pictures.current.plan.task.start
    assert window.timeline.model.start == pytest.approx(begin)
    window.timeline.start.move_to(300.0)
    window.timeline.start.finish()
    assert window.document.pictures.current.plan.task.start == 300.0
    assert window.panel.restore.text().startswith("Enlarge × 2 from noise")
    window.timeline.start.reset()
    assert window.document.pictures.current.plan.parameters.start is None
    assert window.timeline.model.start == pytest.approx(begin)
    assert window.panel.restore.text() == "Enlarge × 2"


def test_restore_waits_for_the_plan(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine, photo: Path
) -> None:
    opened(qtbot, window, photo)
    window.document.planner.change("What to do", task="upscale")
    assert window.document.planner.readiness is Readiness.PREPARING
    assert window.panel.restore.isEnabled()
    qtbot.mouseClick(window.panel.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: status_of(window) is Status.RESTORED, timeout=60_000)
    assert [task.damage.kind for task in engine.runs] == ["upscale"]


def test_each_picture_has_its_own_task(
    qtbot: QtBot, window: MainWindow, photo: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    write_picture(noisy_picture(1), other)
    opened(qtbot, window, photo, other)
    choose(qtbot, window, "upscale")
    restored(qtbot, window)
    window.document.pictures.show_neighbour(1)
    assert parts_shown(window) == ["clean"]
    restored(qtbot, window)
    window.document.pictures.show_neighbour(-1)
    assert parts_shown(window) == ["enlarge"]
    assert window.canvas.layers.times == 2
    assert [opened.result.size for opened in window.document.pictures.all] == [
        (320, 240),
        (160, 120),
    ]


def test_the_automatic_method_says_why(qtbot: QtBot, window: MainWindow, photo: Path) -> None:
    opened(qtbot, window, photo)
    choose(qtbot, window, "deblur")
    method, reason = window.panel.rows["method"].box, window.panel.rows["reason"].text
    assert reason.text().startswith("DiffPIR. ")
    window.panel.more.heading.click()
    method.activated.emit(method.findData("dps"))
    plan = window.document.pictures.current.plan
    qtbot.waitUntil(lambda: plan.task is not None and plan.task.method == "dps")
    assert not reason.isVisible()
    assert not window.panel.rows["look"].field.isEnabled()


def test_a_result_becomes_a_picture_to_go_on_with(
    qtbot: QtBot,
    window: MainWindow,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "old.png"
    write_picture(noisy_picture(), path)
    opened(qtbot, window, path)
    restored(qtbot, window)
    first = window.document.pictures.current
    assert not window.panel.rows["onward"].buttons[0].isVisible()
    choose(qtbot, window, "upscale")
    assert window.panel.rows["onward"].buttons[0].isVisible()  # or the noise would be enlarged
    qtbot.mouseClick(window.panel.rows["onward"].buttons[0], Qt.MouseButton.LeftButton)
    made = window.document.pictures.current
    assert (made.source.title, made.plan.parameters.task) == ("old.png, restored", "upscale")
    qtbot.waitUntil(lambda: window.document.planner.readiness is Readiness.READY, timeout=60_000)
    np.testing.assert_array_equal(made.content.picture.pixels, first.result.pixels)
    assert not window.panel.rows["onward"].buttons[0].isVisible()
    restored(qtbot, window)
    asked: list[str] = []
    target = tmp_path / "out.png"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a: asked.append(a[2]) or (str(target), "")
    )
    with qtbot.waitSignal(window.document.saver.saved):
        window.actions_["save"].trigger()
    assert asked == [str(tmp_path / "old-restored.png")]
    out = read_picture(target)
    assert out.size == (320, 240)
    record = json.loads(read_record(out) or "")
    kinds = [r["task"]["damage"]["kind"] for r in (record, record["before"])]
    assert kinds == ["upscale", "denoise"]
    assert window.document.pictures.all == [first, made]
    assert first.unsaved
    assert not made.unsaved


def test_a_file_type_says_how_to_save_and_saving_again_keeps_to_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(noisy_picture(), tmp_path / "old.png")
    opened(qtbot, window, tmp_path / "old.png")
    restored(qtbot, window)
    types: list[str] = []
    chosen = "PNG, 16 bits (*.png)"
    monkeypatch.setattr(
        QFileDialog,
        "getSaveFileName",
        lambda *a: types.extend(a[3].split(";;")) or (str(tmp_path / "deep"), chosen),
    )
    for action in ("save_as", "save"):
        with qtbot.waitSignal(window.document.saver.saved):
            window.actions_[action].trigger()
        assert read_picture(tmp_path / "deep.png").bits == 16
        (tmp_path / "deep.png").unlink()
    assert chosen in types
