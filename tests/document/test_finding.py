"""What looking for scratches anew makes of a mask on which a person has worked."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.document.masks.finding import ScratchSearch, Search, in_squares

SHAPE = (41, 61)


def found_by(sensitivity: float) -> np.ndarray:
    """Three marks that grow; the third comes late."""
    found, by = np.zeros(SHAPE, bool), round(4 * sensitivity)
    found[10 - by : 13 + by, 10 - by : 13 + by] = sensitivity > 0.2
    found[10 : 12 + by, 36:56] = True
    found[30:34, 30:34] = sensitivity > 0.8
    return found


def search(ink: np.ndarray, last: ScratchSearch | None, factor: int = 1) -> Search:
    def look(sensitivity: float) -> np.ndarray:
        return in_squares(found_by(sensitivity), factor)

    return Search(ink, last, found_by, look, factor)


def test_what_was_found_gives_way_and_what_was_painted_stays() -> None:
    ink = np.zeros(SHAPE, np.uint8)
    ink[25, 2:12] = 100
    ink, last = search(ink, None).ink(0.5)
    assert np.array_equal(ink == 255, found_by(0.5))
    ink[9, 20:40] = 255  # over the second mark, which is the person's from now on
    less, _ = search(ink, last).ink(0.1)
    assert (less[25, 2:12] == 100).all() and (less[9, 20:40] == 255).all()
    assert not less[:24, :16].any()
    assert np.array_equal(less[:, 36:56], ink[:, 36:56])


@pytest.mark.parametrize("on_the_way", [0.6, 0.1])
def test_a_mark_that_was_wiped_does_not_come_back(on_the_way: float) -> None:
    ink, last = search(np.zeros(SHAPE, np.uint8), None).ink(0.5)
    ink[:24, :24] = 0
    for sensitivity in (on_the_way, 0.9):
        ink, last = search(ink, last).ink(sensitivity)
        assert not ink[:24, :24].any()
        assert np.array_equal(ink[:, 25:] > 0, found_by(sensitivity)[:, 25:])
    ink[10, 10] = 255  # painted again, it is the person's
    ink, _ = search(ink, last).ink(0.3)
    assert ink[10, 10] == 255


def test_of_a_mark_that_was_wiped_in_part_the_rest_grows() -> None:
    ink, last = search(np.zeros(SHAPE, np.uint8), None).ink(0.2)
    ink[:, 46:] = 0
    ink, _ = search(ink, last).ink(0.7)
    expected = found_by(0.7)
    expected[:, 46:] = False
    assert np.array_equal(ink[:24, 25:] > 0, expected[:24, 25:])


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_what_is_shown_in_a_hurry_is_what_will_be_painted(factor: int) -> None:
    ink, last = search(np.zeros(SHAPE, np.uint8), None, factor).ink(0.5)
    ink[:24, :24] = 0
    ink[38:, 50:] = 255
    looking = search(ink, last, factor)
    for sensitivity in (0.1, 0.5, 0.9):
        painted, _ = looking.ink(sensitivity)
        shown = looking.preview(sensitivity) > 0
        assert np.array_equal(shown, in_squares(painted > 0, factor))
        assert painted[-1, -1] and not painted[:24, :24].any()
