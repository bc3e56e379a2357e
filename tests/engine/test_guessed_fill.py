"""What of a filling nothing tells is named and drawn as a guess."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.engine.guessed_fill import TOLD, guessed, guessed_boxes

SIZE = (200, 300)


def hole(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    made = np.zeros(SIZE, bool)
    for left, top, right, bottom in boxes:
        made[top:bottom, left:right] = True
    return made


def test_the_middle_of_a_wide_hole_is_a_guess_and_a_scratch_is_none() -> None:
    made = hole((100, 50, 180, 130), (0, 190, 300, 196), (10, 10, 14, 14))
    found = guessed(made)
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max()) == (50 + TOLD, 129 - TOLD)
    assert (columns.min(), columns.max()) == (100 + TOLD, 179 - TOLD)
    assert guessed_boxes(made) == ((124, 74, 156, 106),)
    assert not guessed(hole((20, 20, 20 + 2 * TOLD, 150))).any()


@pytest.mark.parametrize(
    ("box", "lost"),
    [
        ((0, 0, 60, 60), (0, 0, 36, 36)),
        ((240, 140, 300, 200), (264, 164, 300, 200)),
        ((0, 160, 300, 200), (0, 184, 300, 200)),
    ],
)
def test_lost_corners_and_borders_are_guesses_up_to_the_edge(box, lost) -> None:
    assert guessed_boxes(hole(box)) == (lost,)


def test_what_lies_beside_another_hole_is_measured_from_what_is_known() -> None:
    made = hole((100, 50, 180, 130), (182, 50, 260, 130))  # two pixels of a line between
    assert (
        guessed(made) == (guessed(hole((100, 50, 180, 130))) | guessed(hole((182, 50, 260, 130))))
    ).all()
