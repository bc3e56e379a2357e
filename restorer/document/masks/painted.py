"""Painted layers: a value for every pixel, and the grid of squares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from restorer.engine.damage import FAINTEST

if TYPE_CHECKING:  # scipy comes with it
    from restorer.document.masks.finding import ScratchSearch
    from restorer.imaging.marks import Mark

Values = NDArray[np.uint8]

#: (left, top, right, bottom) in pixels, right and bottom exclusive.
Box = tuple[int, int, int, int]

FULL = 255
#: Side of the squares that strokes and undo work in; they touch no others.
TILE = 128


class Layer(Enum):
    """A layer that can be painted; the value is its attribute of `Painted`."""

    MASK = "mask"  # where to fill
    STRENGTH = "strength"  # how strongly to restore

    @property
    def blank(self) -> int:
        """The value of unpainted pixels."""
        return FULL if self is Layer.STRENGTH else 0

    def ink(self, values: Values) -> Values:
        """Convert values to the painted amount, 0 to 255, and back."""
        return FULL - values if self is Layer.STRENGTH else values


class PaintedMask(QObject):
    """A value from 0 to 255 for every pixel of a picture.

    Attributes:
        values: (H, W) uint8, to be read; it is changed by strokes and edits.
        version: grows with every change, so that who reads it from another thread can tell
            whether it held still meanwhile.
        found: what was looked for and found over it last; None if all of it is the person's.
        factor: side of a value in pixels of the picture, more than 1 in what is only looked at.
    """

    changed = Signal(object)  # Box: only what lies in it looks different

    def __init__(self, values: Values, factor: int = 1) -> None:
        super().__init__()
        self.values, self.factor = values, factor
        self.version = 0
        self.found: ScratchSearch | None = None

    @classmethod
    def empty(cls, size: tuple[int, int], value: int = 0) -> PaintedMask:
        """A uniform layer for a picture of this (width, height)."""
        width, height = size
        if value == 0:  # memory comes with the first stroke
            return cls(np.zeros((height, width), np.uint8))
        return cls(np.full((height, width), value, np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.values.shape
        return width, height

    def hole(self) -> NDArray[np.bool_]:
        """(H, W), a copy: true where to fill, even if the filling hardly counts there."""
        return self.values >= FAINTEST

    def marks(self) -> tuple[Mark, ...]:
        """The connected marks, the largest first; takes a moment."""
        from restorer.imaging.marks import read_marks  # scipy, not at start-up

        return read_marks(self.hole())

    def shares(self) -> NDArray[np.float32] | None:
        """(H, W) in 0..1, 255 is 1; None if it is 1 everywhere."""
        if self.values.min() == FULL:
            return None
        shares: NDArray[np.float32] = np.divide(self.values, FULL, dtype=np.float32)
        return shares

    def feather(self) -> NDArray[np.float32] | None:
        """(H, W) in 0..1: the weight of the filling; None for full weight everywhere."""
        if not ((self.values >= FAINTEST) & (self.values < FULL)).any():
            return None
        feather: NDArray[np.float32] = np.divide(self.values, FULL, dtype=np.float32)
        feather[~self.hole()] = 1
        return feather

    def touch(self, box: Box) -> None:
        """Announce changed values in a box."""
        self.version += 1
        self.changed.emit(box)

    def touch_all(self, boxes: Iterable[Box]) -> None:
        """The same for squares of the grid, row by row."""
        for _, row in groupby(sorted(boxes, key=itemgetter(1, 0)), itemgetter(1)):
            self.touch(bounding_box(row))


@dataclass(eq=False)
class Painted:
    """The painted layers of one picture.

    Attributes:
        mask: where to fill, painted or found; None before anything has been.
        strength: how strongly to restore, 255 is in full; None for in full everywhere.
        marks: how many marks the mask has, as they were counted last.
        counting: they are being counted.
        looked_through: by then scratches had been looked for over it.
        asked: version of the mask when something was begun with it last.
    """

    mask: PaintedMask | None = None
    strength: PaintedMask | None = None
    marks: int = 0
    counting: bool = False
    looked_through: bool = False
    asked: int = 0

    @property
    def marks_changed(self) -> bool:
        """The mask has marks, and was changed since a run used it."""
        return self.mask is not None and self.marks > 0 and self.mask.version != self.asked

    def take_count(self, marks: int) -> None:
        """Store the number of marks in the mask."""
        self.marks = marks
        self.looked_through = self.mask is not None and self.mask.found is not None

    def ask(self) -> None:
        """A run begins with the present mask."""
        self.asked = self.mask.version if self.mask is not None else 0


def squares(box: Box, size: tuple[int, int]) -> Iterator[Box]:
    """The squares of the grid that overlap a box, clipped to a picture of this size."""
    left, top, right, bottom = clip_box(box, size)
    for y in range(top // TILE * TILE, bottom, TILE):
        for x in range(left // TILE * TILE, right, TILE):
            yield x, y, min(x + TILE, size[0]), min(y + TILE, size[1])


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """The box clipped to a picture of this (width, height)."""
    left, top, right, bottom = box
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def box_index(box: Box) -> tuple[slice, slice]:
    """The box as an index into (H, W)."""
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)


def bounding_box(boxes: Iterable[Box]) -> Box:
    """The bounding box of several boxes."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
