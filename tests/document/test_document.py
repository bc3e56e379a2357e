from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import (
    Brush,
    Changes,
    Document,
    Layer,
    ModelState,
    OpenPicture,
    Readiness,
    Settings,
    Status,
    Stroke,
    work,
)
from restorer.engine import views
from restorer.engine.plan import CAMERA_PHOTO_NOISE, start_for
from restorer.engine.trajectory import Quantity
from restorer.errors import BadInput, ModelRefused, RestorerError
from restorer.imaging.picture import Picture
from tests.fakes import PICTURE, FakeEngine, prediction, tells_errors

CLEAN = DegradationEstimate(noise=0.8, noise_in_file=0.8, clean=True)

Open = Callable[..., OpenPicture]


def finish(qtbot: QtBot, document: Document, opened: OpenPicture) -> None:
    document.runs.restore()
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)


def shows(document: Document, expected: np.ndarray) -> bool:
    return document.display.shown is not None and np.allclose(
        document.display.shown, expected, atol=1e-3
    )


def test_a_picture_is_opened_measured_and_ready(document: Document, open_it: Open) -> None:
    assert document.planner.readiness is Readiness.NO_PICTURE
    opened = open_it()
    assert document.pictures.current is opened
    assert document.planner.readiness is Readiness.READY
    assert document.planner.start == pytest.approx(start_for(31.0))
    assert opened.content.thumbnail is not None
    assert not opened.unsaved


def test_a_clean_picture_is_left_alone_until_a_start_is_set(
    qtbot: QtBot, document: Document, open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "measure", lambda picture: CLEAN)
    monkeypatch.setattr(work, "count_scratches", lambda *_: 0)
    opened = open_it()
    qtbot.waitUntil(lambda: not opened.content.searching)
    assert document.planner.readiness is Readiness.CLEAN
    document.runs.restore()
    assert document.pictures.current is not None
    assert document.pictures.current.results.shown is None
    document.planner.change("Start", start=20.0)
    assert document.planner.readiness is Readiness.READY
    assert document.planner.start == 20.0


def test_a_picture_that_cannot_be_measured_can_still_be_restored(
    document: Document, open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(picture: object) -> None:
        raise RestorerError("This picture could not be measured.")

    monkeypatch.setattr(work, "measure", fail)
    opened = open_it()
    assert [error.sentence for error in document.notices.errors] == [
        "This picture could not be measured."
    ]
    assert opened.status is Status.READY
    document.planner.change("Start", start=50.0)
    assert document.planner.readiness is Readiness.READY


def test_the_camera_preset_starts_at_its_level_and_does_not_undo_clipping(
    document: Document, open_it: Open
) -> None:
    opened = open_it()
    document.planner.change("Camera photo", camera=True)
    assert opened.plan.task is not None
    assert opened.plan.task.start == pytest.approx(start_for(CAMERA_PHOTO_NOISE))
    assert not opened.plan.task.undo_clipping
    assert opened.plan.task.model == "camera"
    document.planner.change("Strength", start=30.0)
    assert opened.plan.task.start == 30.0
    assert not opened.plan.task.undo_clipping
    assert opened.plan.task.model == "camera"


def test_a_run_streams_and_the_playhead_follows(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    opened = open_it()
    document.planner.change("Steps", steps=3)
    told: list[Changes] = []
    document.changed.connect(told.append)
    document.runs.restore()
    assert document.planner.readiness is Readiness.RUNNING
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert sum(Changes.FRAMES in changes for changes in told) == 3
    assert (opened.results.frames, opened.results.playhead) == (3, 2)
    qtbot.waitUntil(lambda: shows(document, prediction(PICTURE, 2)))
    assert opened.unsaved
    assert document.settings.seconds_per_megapixel_step > 0
    assert document.planner.expected_seconds() is not None


def test_looking_back_stops_following_and_looking_at_the_newest_resumes(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it()
    document.planner.change("Steps", steps=4)
    document.runs.restore()
    engine.let_go(4)
    qtbot.waitUntil(lambda: opened.results.frames == 2 and opened.results.playhead == 1)
    document.display.set_playhead(0)
    engine.let_go(2)
    qtbot.waitUntil(lambda: opened.results.frames == 3)
    qtbot.wait(20)
    assert opened.results.playhead == 0
    document.display.set_playhead(2)
    engine.let_go(2)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert opened.results.playhead == 3


def test_every_view_of_every_step_can_be_looked_at(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    opened = open_it()
    finish(qtbot, document, opened)
    assert opened.results.trajectory is not None
    document.display.set_playhead(1)
    for view in (views.NOISY, views.NOISE, views.CLEAN):
        expected = opened.results.trajectory.view(1, Quantity(view.name))
        document.display.set_view(view)
        qtbot.waitUntil(lambda expected=expected: shows(document, expected))


def test_stop_keeps_the_frames(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it()
    document.runs.restore()
    engine.let_go(3)
    qtbot.waitUntil(lambda: opened.results.frames == 1)
    document.runs.stop()
    assert opened.status is Status.STOPPING
    qtbot.waitUntil(lambda: opened.status is Status.STOPPED)
    assert opened.results.frames == 1
    assert opened.result is not None
    np.testing.assert_allclose(opened.result.pixels, prediction(PICTURE, 0), atol=1e-6)


def test_stopping_before_the_first_frame_brings_the_earlier_result_back(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    opened = open_it()
    finish(qtbot, document, opened)
    first = opened.results.shown
    opened.results.saved_runs.add(first.number)
    engine.gated = True
    document.runs.restore()
    assert opened.results.shown is not first
    document.runs.stop()
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert opened.results.shown is first
    assert opened.results.saved
    assert opened.results.playhead == opened.results.frames - 1


def test_stopping_within_the_first_step_keeps_the_tiles_made(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it()
    document.runs.restore()
    engine.let_go(1)
    qtbot.waitUntil(lambda: opened.results.progress is not None)
    document.runs.stop()
    qtbot.waitUntil(lambda: opened.status is Status.STOPPED)
    expected = np.concatenate([prediction(PICTURE, 0)[:20], PICTURE.pixels[20:]])
    qtbot.waitUntil(lambda: shows(document, expected))
    assert opened.result is not None
    np.testing.assert_allclose(opened.result.pixels, expected, atol=1e-6)
    assert opened.results.shown is not None
    assert opened.results.shown.part == (1, 2)
    assert opened.unsaved


def test_a_part_does_not_replace_a_whole_result(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    opened = open_it()
    finish(qtbot, document, opened)
    first = opened.results.shown
    engine.gated = True
    document.runs.restore()
    engine.let_go(1)
    qtbot.waitUntil(lambda: opened.results.progress is not None)
    document.runs.stop()
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED)
    assert opened.results.shown is first
    qtbot.waitUntil(lambda: shows(document, prediction(PICTURE, 7)))


def test_changing_parameters_keeps_the_frames_until_the_next_run(
    qtbot: QtBot, document: Document, open_it: Open
) -> None:
    opened = open_it()
    finish(qtbot, document, opened)
    document.planner.change("Steps", steps=2)
    assert opened.results.frames == 8
    finish(qtbot, document, opened)
    assert opened.results.frames == 2


def test_an_error_in_the_worker_keeps_picture_and_frames(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.error, engine.fail_at = MemoryError(), 2
    opened = open_it()
    with qtbot.waitSignal(document.changed, check_params_cb=tells_errors):
        document.runs.restore()
    assert [e.sentence for e in document.notices.errors] == [
        "There is not enough memory for this picture."
    ]
    assert opened.status is Status.STOPPED
    assert opened.results.frames == 2
    document.notices.dismiss()
    assert document.notices.errors == []


def test_each_picture_keeps_its_own_state(qtbot: QtBot, document: Document, open_it: Open) -> None:
    first = open_it(title="a")
    document.planner.change("Seed", seed=5)
    finish(qtbot, document, first)
    second = open_it(title="b")
    assert second.plan.parameters.seed == 0
    assert document.display.shown is None
    document.pictures.show_neighbour(-1)
    assert document.pictures.current is first
    qtbot.waitUntil(lambda: document.display.shown is not None)
    document.pictures.show_neighbour(-1)
    assert document.pictures.current is first
    document.pictures.close(first)
    assert document.pictures.current is second
    document.pictures.close(second)
    assert document.pictures.current is None


def test_closing_a_running_picture_stops_it(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    engine.gated = True
    opened = open_it()
    document.runs.restore()
    document.pictures.close(opened)
    assert opened.results.shown is not None
    assert opened.results.shown.cancel.cancelled
    engine.gated = False
    other = open_it(title="b")
    finish(qtbot, document, other)


def test_closing_a_running_picture_leaves_the_run_that_waits(
    qtbot: QtBot, document: Document, engine: FakeEngine, open_it: Open
) -> None:
    first, second = open_it(), open_it(title="b")
    engine.gated = True
    document.pictures.show(first)
    document.runs.restore()
    qtbot.waitUntil(lambda: len(engine.runs) == 1)
    document.pictures.show(second)
    document.runs.restore()
    document.pictures.close(first)
    engine.gated = False
    qtbot.waitUntil(lambda: second.status is Status.RESTORED)


def test_undo_and_redo_and_a_drag_is_one_step(document: Document, open_it: Open) -> None:
    opened = open_it()
    document.planner.change("Seed", seed=1)
    for level in (1.0, 0.8, 0.5):
        document.planner.change("Faithfulness", dragging=True, faithfulness=level)
    document.planner.end_gesture()
    document.planner.change("Faithfulness", dragging=True, faithfulness=0.2)
    assert opened.undo.count() == 3
    document.pictures.undo_group.undo()
    assert opened.plan.parameters.faithfulness == 0.5
    document.pictures.undo_group.undo()
    assert (opened.plan.parameters.faithfulness, opened.plan.parameters.seed) == (1.0, 1)
    document.pictures.undo_group.redo()
    assert opened.plan.parameters.faithfulness == 0.5


def test_a_drag_back_to_where_it_began_leaves_no_step(document: Document, open_it: Open) -> None:
    opened = open_it()
    for level in (0.8, 0.5, 1.0):
        document.planner.change("Faithfulness", dragging=True, faithfulness=level)
    assert opened.undo.count() == 0


def test_a_file_that_cannot_be_read_is_reported_and_dropped(
    qtbot: QtBot, document: Document, tmp_path: Path
) -> None:
    bad = tmp_path / "text.png"
    bad.write_text("this is no picture")
    with qtbot.waitSignal(document.changed, check_params_cb=tells_errors):
        document.pictures.open_files([bad])
    assert document.pictures.all == []
    assert isinstance(document.notices.errors[0], BadInput)


def test_a_file_that_is_open_is_shown_and_not_opened_twice(
    qtbot: QtBot, document: Document, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    for path, tone in ((one, 90), (two, 160)):
        Image.new("RGB", (24, 20), (tone, tone, 40)).save(path)
    document.pictures.open_files([one, two, one])
    first, second = document.pictures.all
    qtbot.waitUntil(lambda: all(o.content.estimate is not None for o in (first, second)))
    document.pictures.show(second)

    link = tmp_path / "folder" / ".." / "one.png"
    link.parent.parent.mkdir()
    document.pictures.open_files([link])
    assert document.pictures.all == [first, second]
    assert document.pictures.current is first

    Image.new("RGB", (30, 20), (1, 2, 3)).save(two)  # by another program, since
    document.pictures.open_files([two])
    assert len(document.pictures.all) == 3
    qtbot.waitUntil(lambda: document.pictures.current is document.pictures.all[2])


def test_a_model_that_is_refused_is_a_state(
    qtbot: QtBot, document: Document, engine: FakeEngine
) -> None:
    engine.refuse = ModelRefused("There is no such model.")
    document.models.load("nothing")
    qtbot.waitUntil(lambda: len(document.notices.errors) == 1)
    assert document.models.state is not ModelState.READY
    engine.refuse = None
    document.models.load("builtin")
    qtbot.waitUntil(lambda: document.models.state is ModelState.READY)
    assert document.models.loaded.title == "Fake prior"


def test_saving_writes_the_result_and_never_replaces_unasked(
    qtbot: QtBot, document: Document, open_it: Open, tmp_path: Path
) -> None:
    from restorer.imaging.read import read_picture

    opened = open_it()
    finish(qtbot, document, opened)
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    with qtbot.waitSignal(document.changed, check_params_cb=tells_errors):
        document.saver.save(path, force=False)
    assert path.read_bytes() == b"precious"
    assert opened.unsaved
    with qtbot.waitSignal(document.saver.saved):
        document.saver.save(path, force=True)
    assert not opened.unsaved
    np.testing.assert_allclose(
        read_picture(path).pixels, prediction(PICTURE, 7), atol=0.5 / 255 + 1e-6
    )


def test_static_covers_a_picture_with_the_noise_it_says() -> None:
    grey = Picture(np.full((200, 200, 3), 0.5, np.float32))
    covered = work.cover_with_static(grey, 25.0)
    assert covered.pixels.std() * 255 == pytest.approx(25, rel=0.02)
    np.testing.assert_allclose(covered.pixels * 255, np.round(covered.pixels * 255), atol=1e-4)


def test_settings_are_remembered(settings_file: QSettings, tmp_path: Path) -> None:
    settings = Settings(settings_file)
    assert settings.theme == "dark"
    assert settings.recent == []
    files = [tmp_path / f"{i}.png" for i in range(10)]
    for file in files:
        file.touch()
        settings.add_recent(file)
    settings.add_recent(files[5])
    settings.theme = "light"
    settings.reduced_motion = True
    settings_file.sync()
    again = Settings(QSettings(settings_file.fileName(), QSettings.Format.IniFormat))
    assert again.theme == "light"
    assert again.reduced_motion is True
    assert again.recent[0] == files[5]
    assert len(again.recent) == 8
    files[5].unlink()
    assert files[5] not in again.recent
    one = Settings(QSettings(str(tmp_path / "one.ini"), QSettings.Format.IniFormat))
    one.add_recent(files[1])
    one.store.sync()
    assert Settings(QSettings(one.store.fileName(), QSettings.Format.IniFormat)).recent == [
        files[1]
    ]


# Painting.


def test_a_stroke_is_one_step_back_among_the_others(document: Document, open_it: Open) -> None:
    opened = open_it()
    said: list[bool] = []
    document.masks.changed.connect(lambda: said.append(True))
    mask = document.masks.painted(Layer.MASK)
    assert mask is not None
    assert opened.painted.mask is mask
    assert mask.size == PICTURE.size
    document.planner.change("Steps", steps=3)
    stroke = Stroke(mask, Brush(8))
    stroke.line_to(10, 10)
    said.clear()
    document.masks.paint("Brush", Layer.MASK, stroke.end(), done=True)
    painted = mask.values.copy()
    assert painted.any()
    assert len(said) == 1
    document.planner.change("Steps", steps=5)
    assert opened.undo.count() == 3
    opened.undo.undo()
    opened.undo.undo()
    assert not mask.hole().any()
    assert opened.plan.parameters.steps == 3
    opened.undo.redo()
    assert np.array_equal(mask.values, painted)
    assert len(said) == 3


def test_strength_is_full_until_it_is_painted(document: Document, open_it: Open) -> None:
    opened = open_it()
    assert opened.painted.strength is None
    strength = document.masks.painted(Layer.STRENGTH)
    assert strength is not None
    assert (strength.values == 255).all()
    assert document.masks.painted(Layer.STRENGTH) is strength
    assert opened.painted.mask is None


def test_a_stroke_that_paints_nothing_is_no_step(document: Document, open_it: Open) -> None:
    opened = open_it()
    mask = document.masks.painted(Layer.MASK)
    assert mask is not None
    stroke = Stroke(mask, Brush(8))
    stroke.line_to(-100, -100)
    document.masks.paint("Brush", Layer.MASK, stroke.end(), done=True)
    assert opened.undo.count() == 0


def test_a_thumbnail_shows_what_is_transparent() -> None:
    pixels = np.full((40, 60, 3), 0.9, np.float32)
    alpha = np.zeros((40, 60), np.float32)
    alpha[10:30, 20:40] = 1
    small = work.loaded(Picture(pixels, alpha=alpha)).thumbnail
    assert small.shape == (40, 60, 3)
    assert (small[20, 30] == 230).all() and small[0, 0, 0] == 96
