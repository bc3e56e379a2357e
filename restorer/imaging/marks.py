"""Splits a mask into single marks: specks, lines, tears, stains, corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Region = NDArray[np.bool_]
#: (left, top, right, bottom) in pixels, right and bottom exclusive.
Box = tuple[int, int, int, int]
Shape = Literal["speck", "line", "tear", "stain", "corner"]

_ALL_SIDES = np.ones((3, 3), bool)
#: In relation to the longer side of the picture: a speck is no longer, a line no thicker.
_SPECK, _THIN = 0.02, 0.008
#: Pixels that even in a small picture are no more than a speck, or a thin line.
_LEAST_SPECK, _LEAST_THIN = 8, 4
#: So many times longer than thick, and it is a line or a tear.
_LONG = 5.0


@dataclass(frozen=True)
class Mark:
    """One connected part of a mask.

    Attributes:
        shape: what it looks like: a speck, a thin line, a tear or crease, a stain, a corner.
        box: around it.
        pixels: how many it has.
        place: (x, y) of one of them.
    """

    shape: Shape
    box: Box
    pixels: int
    place: tuple[int, int]


def read_marks(region: Region) -> tuple[Mark, ...]:
    """The marks of (H, W), the largest first; those that touch at a corner are one."""
    from scipy import ndimage  # not needed by a window that starts

    labels, count = ndimage.label(region, _ALL_SIDES)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    marks = [
        Mark(
            _shape(labels[rows, columns] == number, (rows, columns), region.shape),
            (columns.start, rows.start, columns.stop, rows.stop),
            int(sizes[number - 1]),
            _place(labels[rows, columns] == number, (rows, columns)),
        )
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1)
    ]
    return tuple(sorted(marks, key=lambda mark: -mark.pixels))


def count_in(region: Region) -> int:
    """How many marks (H, W) has."""
    from scipy import ndimage

    return int(ndimage.label(region, _ALL_SIDES)[1])


def mark_at(region: Region, place: tuple[int, int], reach: int = 0) -> Region | None:
    """(H, W), true on the mark at a place (x, y), or nearest to it within reach; else None."""
    from scipy import ndimage

    height, width = region.shape
    x, y = place
    left, top = max(0, x - reach), max(0, y - reach)
    near = region[top : min(height, y + reach + 1), left : min(width, x + reach + 1)]
    rows, columns = np.nonzero(near)
    if len(rows) == 0:
        return None
    nearest = np.argmin((rows + top - y) ** 2 + (columns + left - x) ** 2)
    labels, _ = ndimage.label(region, _ALL_SIDES)
    found: Region = labels == labels[rows[nearest] + top, columns[nearest] + left]
    return found


def _place(mark: Region, box: tuple[slice, slice]) -> tuple[int, int]:
    y, x = np.unravel_index(int(mark.argmax()), mark.shape)
    rows, columns = box
    return columns.start + int(x), rows.start + int(y)


def _shape(mark: Region, box: tuple[slice, slice], size: tuple[int, ...]) -> Shape:
    """The shape of one mark within its box in a picture of this (height, width)."""
    from scipy import ndimage

    if _holds_corner(mark, box, size):
        return "corner"
    longer = max(size)
    if max(mark.shape) <= max(_LEAST_SPECK, _SPECK * longer):
        return "speck"
    thickness = 2 * float(ndimage.distance_transform_edt(np.pad(mark, 1)).max()) - 1
    if mark.sum() < _LONG * thickness**2:
        return "stain"
    return "line" if thickness <= max(_LEAST_THIN, _THIN * longer) else "tear"


def _holds_corner(mark: Region, box: tuple[slice, slice], size: tuple[int, ...]) -> bool:
    (rows, columns), (height, width) = box, size[:2]
    at_rows = [0] * (rows.start == 0) + [-1] * (rows.stop == height)
    at_columns = [0] * (columns.start == 0) + [-1] * (columns.stop == width)
    return any(mark[y, x] for y in at_rows for x in at_columns)
