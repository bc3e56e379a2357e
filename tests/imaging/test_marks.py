"""Marks are single things with a shape."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.imaging.marks import mark_at, read_marks


def region() -> np.ndarray:
    """A speck, a thin line, a tear, a stain and a corner, on 300 x 400 pixels."""
    marked = np.zeros((300, 400), bool)
    marked[50:53, 60:63] = True
    marked[100, 20:200] = True
    marked[150:160, 30:300] = True
    marked[200:260, 300:360] = True
    marked[:30, 370:] = True
    return marked


def test_each_mark_is_known_by_its_shape_and_the_largest_comes_first() -> None:
    marks = read_marks(region())
    assert [mark.shape for mark in marks] == ["stain", "tear", "corner", "line", "speck"]
    assert marks[-1].box == (60, 50, 63, 53) and marks[-1].pixels == 9
    assert read_marks(np.zeros((4, 4), bool)) == ()


@pytest.mark.parametrize(("place", "reach", "pixels"), [((61, 51), 0, 9), ((66, 51), 6, 9)])
def test_the_mark_at_a_place_is_that_alone(place: tuple[int, int], reach: int, pixels: int) -> None:
    found = mark_at(region(), place, reach)
    assert found is not None and found.sum() == pixels


@pytest.mark.parametrize(
    ("thick", "long", "shape"),
    [(3, 16, "line"), (3, 14, "stain"), (5, 27, "tear"), (5, 23, "stain")],
)
def test_five_times_as_long_as_thick_is_a_line_or_a_tear(thick: int, long: int, shape: str) -> None:
    marked = np.zeros((100, 100), bool)
    marked[40 : 40 + thick, 30 : 30 + long] = True
    assert [mark.shape for mark in read_marks(marked)] == [shape]


def test_beside_all_marks_there_is_none() -> None:
    assert mark_at(region(), (66, 51), 2) is None
    assert mark_at(region(), (-20, 900), 3) is None


def test_a_bent_mark_is_met_at_its_place_though_another_lies_in_its_middle() -> None:
    marked = np.zeros((100, 100), bool)
    marked[10:90, 10:13] = marked[87:90, 10:90] = True
    marked[48:52, 48:52] = True
    for mark in read_marks(marked):
        found = mark_at(marked, mark.place)
        assert found is not None and found.sum() == mark.pixels
