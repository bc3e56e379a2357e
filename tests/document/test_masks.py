"""What is done to a whole mask: in the background, undoable, never over what came meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from restorer.degradation.estimate import DegradationEstimate
from restorer.document import (
    Brush,
    Document,
    Layer,
    PaintedMask,
    Readiness,
    Settings,
    Status,
    Stroke,
    work,
)
from restorer.document.masks import edits
from restorer.engine.damage import mask_digest
from restorer.engine.strength import strength_digest
from restorer.engine.verdict import Judgement
from restorer.imaging import regions
from restorer.imaging.mask_files import read_mask, write_mask
from restorer.imaging.picture import Picture
from restorer.imaging.regions import grown
from restorer.jobs import Jobs
from tests.fakes import FakeEngine

SIZE = (300, 200)

Mask = Callable[[Layer], PaintedMask]


@pytest.fixture
def document(
    qtbot: QtBot, settings_file: QSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    found = DegradationEstimate(noise=1.0, noise_in_file=1.0, clean=True)
    monkeypatch.setattr(work, "measure", lambda picture: found)
    jobs = Jobs(FakeEngine)
    made = Document(jobs, Settings(settings_file))
    pixels = np.full((SIZE[1], SIZE[0], 3), 0.5, np.float32)
    pixels[50:90, 60:140] = 0.9
    opened = made.pictures.open_picture(Picture(pixels), "a")
    qtbot.waitUntil(lambda: opened.status is Status.READY, timeout=20000)
    yield made
    jobs.shutdown()


@pytest.fixture
def mask(document: Document) -> PaintedMask:
    """With a line across the borders of squares."""
    found = document.masks.painted(Layer.MASK)
    assert found is not None
    stroke = Stroke(found, Brush(9))
    stroke.line_to(20, 30)
    stroke.line_to(290, 170)
    document.masks.paint("Brush", Layer.MASK, stroke.end(), done=True)
    return found


def drawn(qtbot: QtBot, document: Document) -> None:
    qtbot.waitUntil(lambda: not document.masks.drawing, timeout=20000)


def test_inverting_twice_is_nothing(qtbot: QtBot, document: Document, mask: PaintedMask) -> None:
    before = mask.values.copy()
    document.masks.invert("Invert", Layer.MASK)
    drawn(qtbot, document)
    assert np.array_equal(mask.values, 255 - before)
    document.masks.invert("Invert", Layer.MASK)
    drawn(qtbot, document)
    assert np.array_equal(mask.values, before)


def test_squares_leave_no_seam(qtbot: QtBot, document: Document, mask: PaintedMask) -> None:
    region = mask.hole()
    opened = document.pictures.current
    assert opened is not None
    for act, expected in (
        (lambda: document.masks.grow("Grow", Layer.MASK, 7), 255 * regions.grown(region, 7)),
        (lambda: document.masks.grow("Shrink", Layer.MASK, -3), 255 * regions.shrunk(region, 3)),
        (lambda: document.masks.feather("Feather", Layer.MASK, 12), regions.feathered(region, 12)),
    ):
        act()
        drawn(qtbot, document)
        assert np.array_equal(mask.values, expected)
        opened.undo.undo()
        assert np.array_equal(mask.hole(), region)


def test_clearing_can_be_undone(qtbot: QtBot, document: Document, mask: PaintedMask) -> None:
    before = mask.values.copy()
    document.masks.clear("Clear", Layer.MASK)
    drawn(qtbot, document)
    assert not mask.values.any()
    document.pictures.undo_group.undo()
    assert np.array_equal(mask.values, before)


def test_a_lasso_paints_and_wipes(qtbot: QtBot, document: Document) -> None:
    corners = [(10.0, 10.0), (210.0, 10.0), (210.0, 150.0), (10.0, 150.0)]
    document.masks.enclose("Lasso", Layer.MASK, corners)
    drawn(qtbot, document)
    mask = document.masks.painted(Layer.MASK)
    assert mask is not None
    assert mask.hole().sum() == 200 * 140
    document.masks.enclose("Lasso", Layer.MASK, corners[:3], painted=False)
    drawn(qtbot, document)
    assert mask.hole().sum() == pytest.approx(200 * 140 / 2, rel=0.01)


def test_selecting_takes_the_patch_that_is_touched(qtbot: QtBot, document: Document) -> None:
    document.masks.select("Select", Layer.MASK, (100, 70), tolerance=20)
    drawn(qtbot, document)
    mask = document.masks.painted(Layer.MASK)
    assert mask is not None
    assert mask.hole().sum() == 40 * 80
    assert mask.hole()[50:90, 60:140].all()
    document.masks.select("Select", Layer.MASK, (-1, 500), tolerance=20)  # beside the picture
    assert not document.masks.drawing


def test_strength_is_painted_as_what_is_missing(qtbot: QtBot, document: Document) -> None:
    corners = [(10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0)]
    document.masks.enclose("Lasso", Layer.STRENGTH, corners)
    drawn(qtbot, document)
    strength = document.masks.painted(Layer.STRENGTH)
    assert strength is not None
    assert (strength.values == 0).sum() == 40 * 40
    assert (strength.values == 255).sum() == SIZE[0] * SIZE[1] - 40 * 40
    document.masks.grow("Grow", Layer.STRENGTH, 5)
    drawn(qtbot, document)
    assert (strength.values == 0).sum() > 48 * 48
    document.masks.clear("Clear", Layer.STRENGTH)
    drawn(qtbot, document)
    assert (strength.values == 255).all()


def test_what_is_painted_meanwhile_is_not_lost(
    qtbot: QtBot, document: Document, mask: PaintedMask
) -> None:
    document.masks.invert("Invert", Layer.MASK)
    stroke = Stroke(mask, Brush(40))  # before the answer can come
    stroke.line_to(250, 40)
    document.masks.paint("Brush", Layer.MASK, stroke.end(), done=True)
    painted = mask.values.copy()
    drawn(qtbot, document)
    assert np.array_equal(mask.values, 255 - painted)


def test_a_mask_is_saved_and_loaded(
    qtbot: QtBot, document: Document, mask: PaintedMask, tmp_path: Path
) -> None:
    document.masks.feather("Feather", Layer.MASK, 6)
    drawn(qtbot, document)
    kept = mask.values.copy()
    with qtbot.waitSignal(document.masks.saved):
        document.masks.save(tmp_path / "mask.png", force=False)
    assert np.array_equal(read_mask(tmp_path / "mask.png", SIZE), kept)
    document.masks.clear("Clear", Layer.MASK)
    document.masks.load("Load", tmp_path / "mask.png")
    drawn(qtbot, document)
    assert np.array_equal(mask.values, kept)
    document.pictures.undo_group.undo()
    assert not mask.values.any()


def test_strength_in_a_file_is_white_where_it_is_full(
    qtbot: QtBot, document: Document, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).integers(0, 256, SIZE[::-1], np.uint8)
    write_mask(values, tmp_path / "strength.png")
    document.masks.load("Load", tmp_path / "strength.png", Layer.STRENGTH)
    drawn(qtbot, document)
    strength = document.masks.painted(Layer.STRENGTH)
    assert strength is not None
    assert np.array_equal(strength.values, values)


def test_a_mask_that_does_not_fit_changes_nothing_and_is_told(
    qtbot: QtBot, document: Document, mask: PaintedMask, tmp_path: Path
) -> None:
    before = mask.values.copy()
    write_mask(np.zeros((4, 4), np.uint8), tmp_path / "small.png")
    document.masks.load("Load", tmp_path / "small.png")
    qtbot.waitUntil(lambda: bool(document.notices.errors))
    assert "4 by 4" in document.notices.errors[0].sentence
    assert np.array_equal(mask.values, before)
    assert not document.masks.drawing
    assert document.pictures.current is not None
    assert document.pictures.current.status is Status.READY


def test_a_square_looks_no_further_than_it_must() -> None:
    asked = []

    def look(box: tuple[int, int, int, int]) -> np.ndarray:
        asked.append(box)
        return np.zeros((1, 1), np.uint8)

    assert not edits.grown(4)(look, (128, 128, 256, 256)).any()
    assert asked == [(124, 124, 260, 260)]


# What the engine is told.


def ready(qtbot: QtBot, document: Document) -> None:
    qtbot.waitUntil(lambda: document.planner.readiness is Readiness.READY, timeout=20000)


def test_painted_strength_reaches_the_engine_with_its_digest(
    qtbot: QtBot, document: Document
) -> None:
    document.planner.change("Strength", start=40.0)
    ready(qtbot, document)
    strength = document.masks.painted(Layer.STRENGTH)
    assert strength is not None
    stroke = Stroke(strength, Brush(60, value=51, soft=0.5))
    stroke.line_to(150, 100)
    document.masks.paint("Brush", Layer.STRENGTH, stroke.end(), done=True)
    assert document.planner.readiness is Readiness.PREPARING  # its answer comes with an event
    ready(qtbot, document)
    opened = document.pictures.current
    assert opened is not None
    assert opened.plan.task is not None
    document.runs.restore()
    run = opened.results.shown
    assert run is not None
    assert run.inputs.strength is not None
    assert np.array_equal(run.inputs.strength, strength.values / np.float32(255))
    assert run.inputs.strength.min() == np.float32(0.2)
    assert run.task.strength == strength_digest(run.inputs.strength)
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED, timeout=20000)
    for _ in ("the run", "the stroke"):
        opened.undo.undo()
    ready(qtbot, document)
    assert opened.plan.task.strength == ""


def test_restore_waits_for_what_has_just_been_painted(qtbot: QtBot, document: Document) -> None:
    document.planner.change("Strength", start=40.0)
    ready(qtbot, document)
    strength = document.masks.painted(Layer.STRENGTH)
    assert strength is not None
    stroke = Stroke(strength, Brush(20, value=0))
    stroke.line_to(50, 50)
    document.masks.paint("Brush", Layer.STRENGTH, stroke.end(), done=True)
    opened = document.pictures.current
    assert opened is not None
    document.runs.restore()
    assert opened.results.shown is None
    qtbot.waitUntil(lambda: opened.status is Status.RESTORED, timeout=20000)
    assert opened.results.shown is not None
    assert opened.results.shown.inputs.strength is not None
    assert np.array_equal(opened.results.shown.inputs.strength == 0, strength.values == 0)


def test_a_feathered_mask_is_blended_inside_and_changes_nothing_outside(
    qtbot: QtBot, document: Document, mask: PaintedMask
) -> None:
    hard = mask.hole()
    document.masks.feather("Feather", Layer.MASK, 8)
    drawn(qtbot, document)
    document.planner.change("What to do", task="inpaint")
    ready(qtbot, document)
    document.runs.restore()
    opened = document.pictures.current
    assert opened is not None
    run = opened.results.shown
    assert run is not None
    assert run.inputs.hole is not None
    assert run.inputs.strength is not None
    # less is what JPEG leaves beside white
    assert np.array_equal(run.inputs.hole, mask.values >= 8)
    assert (run.inputs.hole[hard]).all()
    assert run.inputs.hole.sum() > 1.5 * hard.sum()
    assert (run.inputs.strength[hard] == 1).all()
    rim = run.inputs.hole & grown(~run.inputs.hole, 1)
    assert run.inputs.strength[rim].max() < 0.2
    assert run.inputs.strength[run.inputs.hole].min() > 0
    assert (run.inputs.strength[~run.inputs.hole] == 1).all()
    document.runs.stop()
    qtbot.waitUntil(lambda: not opened.status.running)


def test_a_hard_mask_needs_no_blending(qtbot: QtBot, document: Document, mask: PaintedMask) -> None:
    document.planner.change("What to do", task="inpaint")
    ready(qtbot, document)
    opened = document.pictures.current
    assert opened is not None
    assert opened.plan.task is not None
    assert opened.plan.task.strength == ""
    assert opened.plan.task.damage.mask == mask_digest(mask.hole())


def test_what_is_marked_later_is_filled_too(
    qtbot: QtBot, document: Document, mask: PaintedMask
) -> None:
    """A plan for the mask as it was is not one for the mask as it is."""
    document.planner.change("What to do", task="inpaint")
    ready(qtbot, document)
    stroke = Stroke(mask, Brush(9))
    stroke.line_to(30, 150)
    document.masks.paint("Brush", Layer.MASK, stroke.end(), done=True)
    opened = document.pictures.current
    assert opened is not None and not opened.plan.complete
    ready(qtbot, document)
    assert opened.plan.task is not None
    assert opened.plan.task.damage.mask == mask_digest(mask.hole())


def test_what_is_marked_on_a_clean_picture_is_offered_to_be_filled(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "judge", lambda _: Judgement("", False))
    opened, scratch = document.pictures.current, np.zeros((SIZE[1], SIZE[0]), bool)
    assert opened is not None and opened.content.estimate is not None
    opened.content.searching = False  # long after that
    found = replace(opened.content.estimate, scratches=0)
    monkeypatch.setattr("restorer.degradation.estimate.with_scratches", lambda *_: (found, scratch))
    assert document.planner.readiness is Readiness.CLEAN

    def stroke(x: float, diameter: float = 9, value: int = 255) -> None:
        painted = document.masks.painted(Layer.MASK)
        assert painted is not None
        made = Stroke(painted, Brush(diameter, value))
        made.line_to(x, 30)
        made.line_to(x, 60)
        document.masks.paint("Brush", Layer.MASK, made.end(), done=True)

    def offers(words: str) -> None:
        qtbot.waitUntil(
            lambda: (opened.proposal.sentence if opened.proposal else "") == words, timeout=20000
        )

    stroke(40)
    offers("One mark: fill.")
    stroke(240)
    offers("Two marks: fill.")
    hole = opened.painted.mask.hole() if opened.painted.mask else None
    document.restore()
    results = opened.results
    qtbot.waitUntil(lambda: results.frames > 0 and results.steps is None, timeout=60000)
    shown = results.shown
    assert shown is not None and np.array_equal(shown.inputs.hole, hole)
    offers("")  # that is done
    stroke(140)
    offers("Three marks: fill.")
    opened.undo.undo()
    stroke(40, 40, 0)
    offers("One mark: fill.")
    found, scratch[150:152] = replace(found, scratches=1), True
    opened.content.estimate = found
    offers("One scratch, one mark: fill.")
    document.restore()
    qtbot.waitUntil(lambda: len(results) == 2 and results.steps is None, timeout=60000)
    shown, painted = results.shown, opened.painted.mask
    assert shown is not None and painted is not None
    assert np.array_equal(shown.inputs.hole, painted.hole() | scratch)  # nothing is lost
