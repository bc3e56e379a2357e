"""The part of a filling that is a guess: no known pixel is near enough to determine it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorer.engine.place_names import Box

if TYPE_CHECKING:
    from restorer.engine.damage import Hole

#: Pixels from what is known. Beyond, a filling was no nearer to the truth than the mean colour
#: around the hole, inside a picture and along its border, see docs/doubt.md.
TOLD = 24
#: Fewer pixels are not worth a word.
_FEWEST = 64


def guessed(hole: Hole) -> Hole:
    """(H, W), true where the filling of a hole (H, W) is a guess, including corners and borders."""
    from scipy import ndimage  # not needed by a window that starts

    found = np.zeros(hole.shape, bool)
    height, width = hole.shape
    labels, _ = ndimage.label(hole, np.ones((3, 3)))
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        if min(rows.stop - rows.start, columns.stop - columns.start) <= TOLD:
            continue
        # what surrounds it is known, so that its depth can be told from its box and a pixel more
        here = _wider(rows, height), _wider(columns, width)
        depth = ndimage.distance_transform_edt(hole[here])
        deep = (depth > TOLD) & (labels[here] == number)
        if deep.sum() >= _FEWEST:
            found[here] |= deep
    return found


def guessed_boxes(hole: Hole) -> tuple[Box, ...]:
    """A box around each guessed place, the largest first."""
    from scipy import ndimage

    labels, _ = ndimage.label(guessed(hole))
    sizes = np.bincount(labels.ravel())[1:]
    boxes = [(c.start, r.start, c.stop, r.stop) for r, c in ndimage.find_objects(labels)]
    return tuple(boxes[i] for i in np.argsort(-sizes, kind="stable"))


def _wider(side: slice, end: int) -> slice:
    return slice(max(0, side.start - 1), min(end, side.stop + 1))
