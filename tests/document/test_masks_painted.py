"""Strokes are geometry, undo is exact, and the work does not grow with the picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from restorer.document.masks.edits import Edit
from restorer.document.masks.painted import Box, PaintedMask, box_index
from restorer.document.masks.stroke import Brush, Stroke

SIZE = (700, 500)  # six squares by four


def blank(value: int = 0) -> PaintedMask:
    return PaintedMask.empty(SIZE, value)


def noise() -> PaintedMask:
    values = np.random.default_rng(3).integers(0, 256, SIZE[::-1], np.uint8)
    return PaintedMask(values)


def middles() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    return x, y


def distance_to(a: tuple[float, float], b: tuple[float, float]) -> np.ndarray:
    """From the middle of each pixel to the line between a and b, the textbook way."""
    x, y = middles()
    d = np.array(b) - np.array(a)
    along = ((x - a[0]) * d[0] + (y - a[1]) * d[1]) / max(1e-12, d @ d)
    along = np.clip(along, 0, 1)
    return np.hypot(x - a[0] - along * d[0], y - a[1] - along * d[1])


@pytest.mark.parametrize(
    ("a", "b", "width"),
    [
        ((100, 100), (600, 400), 30.0),
        ((50.5, 300.2), (650.1, 300.7), 2.0),
        ((350, 20), (350, 480), 400.0),
        ((300, 250), (300, 250), 91.0),
        ((-40, -40), (60, 30), 50.0),
    ],
)
def test_a_line_covers_what_lies_within_half_its_width(
    a: tuple[float, float], b: tuple[float, float], width: float
) -> None:
    mask = blank()
    stroke = Stroke(mask, Brush(width))
    stroke.line_to(*a)
    stroke.line_to(*b)
    distance = distance_to(a, b)
    sure = np.abs(distance - width / 2) > 1e-3  # beyond what single precision can tell
    assert np.array_equal((mask.values == 255)[sure], (distance <= width / 2)[sure])
    assert set(np.unique(mask.values)) <= {0, 255}
    assert np.array_equal(mask.hole(), mask.values == 255)


def test_the_area_of_a_line_is_that_of_a_rectangle_and_two_half_circles() -> None:
    mask = blank()
    stroke = Stroke(mask, Brush(40))
    stroke.line_to(120, 100)
    stroke.line_to(520, 380)
    length = math.hypot(400, 280)
    assert mask.hole().sum() == pytest.approx(length * 40 + math.pi * 400, rel=2e-3)


def test_a_soft_brush_fades_evenly_and_not_beyond_its_width() -> None:
    mask = blank()
    Stroke(mask, Brush(200, soft=0.5)).line_to(350, 250)
    distance = distance_to((350, 250), (350, 250))
    assert (mask.values[distance <= 49.9] == 255).all()
    assert (mask.values[distance >= 100] == 0).all()
    assert mask.values[250, 350 + 75] == pytest.approx(128, abs=4)  # half way
    row = mask.values[250, 350:460].astype(int)
    assert (np.diff(row) <= 0).all()


def test_one_stroke_over_the_same_place_paints_it_once_and_two_strokes_twice() -> None:
    once, twice = blank(255), blank(255)
    stroke = Stroke(once, Brush(60, value=100, soft=1))
    for x in (200, 300, 200, 300):
        stroke.line_to(x, 200)
    single = Stroke(twice, Brush(60, value=100, soft=1))
    single.line_to(200, 200)
    single.line_to(300, 200)
    assert np.array_equal(once.values, twice.values)
    again = Stroke(twice, Brush(60, value=100, soft=1))
    again.line_to(200, 200)
    again.line_to(300, 200)
    assert (twice.values <= once.values).all()
    assert (twice.values < once.values).any()
    assert twice.values.min() == 100


def test_pressure_is_width() -> None:
    mask = blank()
    stroke = Stroke(mask, Brush(100))
    stroke.line_to(100, 250, 0.2)
    stroke.line_to(600, 250, 1.0)
    widths = mask.hole().sum(axis=0)
    assert widths[100] == pytest.approx(20, abs=1.5)
    assert widths[350] == pytest.approx(60, abs=1.5)
    assert widths[599] == pytest.approx(100, abs=1.5)


def test_a_sudden_change_of_pressure_leaves_nothing_out() -> None:
    mask = blank()
    stroke = Stroke(mask, Brush(400))
    stroke.line_to(350, 250, 0.05)
    stroke.line_to(360, 250, 1.0)
    x, y = middles()
    assert mask.hole()[np.hypot(x - 360, y - 250) < 199].all()


def test_undo_and_redo_are_exact_over_any_values() -> None:
    mask = noise()
    before = mask.values.copy()
    stroke = Stroke(mask, Brush(90, value=180, soft=0.7))
    for point in ((50, 50), (400, 300), (690, 20)):
        stroke.line_to(*point)
    after = mask.values.copy()
    edit = stroke.end()
    edit.apply(mask)
    assert np.array_equal(mask.values, before)
    edit.apply(mask)
    assert np.array_equal(mask.values, after)


def test_a_stroke_can_be_called_off() -> None:
    mask = noise()
    before = mask.values.copy()
    stroke = Stroke(mask, Brush(300))
    stroke.line_to(100, 100)
    stroke.line_to(600, 400)
    stroke.undo()
    assert np.array_equal(mask.values, before)
    assert not stroke.end()


def test_an_edit_of_everything_is_small_where_it_is_even() -> None:
    mask = blank()
    edit = Edit.from_function(mask, lambda box: 255 - mask.values[box_index(box)])
    assert edit.cost == 0
    edit.apply(mask)
    assert (mask.values == 255).all()
    edit.apply(mask)
    assert (mask.values == 0).all()
    assert not Edit.from_function(mask, lambda box: mask.values[box_index(box)])


def test_what_is_said_to_have_changed_holds_all_that_has() -> None:
    mask = blank()
    said: list[Box] = []
    mask.changed.connect(said.append)
    stroke = Stroke(mask, Brush(33))
    stroke.line_to(200, 200)
    assert mask.version == 1
    before = mask.values.copy()
    stroke.line_to(420, 330)
    left, top, right, bottom = said[-1]
    outside = np.ones_like(before, bool)
    outside[top:bottom, left:right] = False
    assert np.array_equal(mask.values[outside], before[outside])
    assert (right - left) < 270
    stroke.line_to(-500, -500)
    count = len(said)
    stroke.line_to(-600, -500)  # wholly outside: nothing to say
    assert len(said) == count


def test_the_work_on_100_megapixels_is_that_of_the_segment() -> None:
    mask = PaintedMask.empty((12000, 8400))
    small = PaintedMask.empty((1400, 1000))
    work = []
    for painted, corner in ((mask, 5120), (small, 256)):
        stroke = Stroke(painted, Brush(120))
        for i in range(20):
            stroke.line_to(corner + 30 * i, corner + 10 * i)
        work.append((stroke.worked, stroke.end().cost))
    assert work[0] == work[1]
    assert work[0][0] < 20 * 160 * 140  # the segment and its ends, no more
    assert work[0][1] < 20_000  # bytes to undo it


def test_a_wide_brush_works_along_its_edge_only() -> None:
    mask = PaintedMask.empty((4000, 4000))
    stroke = Stroke(mask, Brush(3000))
    stroke.line_to(2000, 2000)
    first = stroke.worked
    assert first < math.pi * 1500**2 / 2
    stroke.line_to(2010, 2000)  # what is behind has been covered
    assert stroke.worked - first < 0.6 * first


def test_a_long_slanting_line_is_told_in_small_boxes_there_and_back() -> None:
    mask = PaintedMask.empty((6000, 6000))
    said: list[Box] = []
    mask.changed.connect(said.append)
    stroke = Stroke(mask, Brush(20))
    stroke.line_to(100, 100)
    stroke.line_to(5900, 5900)
    stroke.end().apply(mask)
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in said)
    assert area < 0.3 * 6000 * 6000


def test_edits_add_up_to_one_that_takes_them_all_back() -> None:
    rng = np.random.default_rng(5)
    mask = PaintedMask(rng.choice([0, 255], (200, 300)).astype(np.uint8))
    begun = mask.values.copy()
    wanted = [np.where(rng.random((200, 300)) < share, 255, begun) for share in (0.1, 0.5)]
    wanted.append(rng.integers(0, 256, (200, 300)))  # not only all or nothing
    done: Edit | None = None
    for values in wanted:
        last = Edit.from_function(
            mask, lambda box, values=values: values.astype(np.uint8)[box_index(box)]
        )
        last.apply(mask)
        done = last if done is None else done.combined_with(last)
    np.testing.assert_array_equal(mask.values, wanted[-1])
    assert done is not None
    done.apply(mask)
    np.testing.assert_array_equal(mask.values, begun)
    assert not done.combined_with(done)
