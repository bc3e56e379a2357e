"""Masks a person paints over a picture: where to fill, and how strongly to restore."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from restorer.engine.damage import FAINTEST

Values = NDArray[np.uint8]

#: (left, top, right, bottom) in pixels, right and bottom exclusive.
Box = tuple[int, int, int, int]

FULL = 255
#: From here up, a pixel lies inside of what is painted: for what needs an outline.
INSIDE = 128
#: Side of the squares that strokes and undo work in; they touch no others.
TILE = 128


class PaintedMask(QObject):
    """A value from 0 to 255 for every pixel of a picture.

    Attributes:
        values: (H, W) uint8, to be read; it is changed by strokes and edits.
        version: grows with every change, so that who reads it from another thread can tell
            whether it held still meanwhile.
    """

    changed = Signal(object)  # Box: only what lies in it looks different

    def __init__(self, values: Values, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.version = 0

    @classmethod
    def empty(cls, size: tuple[int, int], value: int = 0) -> PaintedMask:
        """One value everywhere over a picture of this (width, height)."""
        width, height = size
        if value == 0:  # memory comes with the first stroke
            return cls(np.zeros((height, width), np.uint8))
        return cls(np.full((height, width), value, np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        height, width = self.values.shape
        return width, height

    def hole(self) -> NDArray[np.bool_]:
        """(H, W), a copy: true where to fill, even if only a little of that will count."""
        return self.values >= FAINTEST

    def shares(self) -> NDArray[np.float32] | None:
        """(H, W) in 0..1, 255 is 1; None if it is 1 everywhere."""
        if self.values.min() == FULL:
            return None
        shares: NDArray[np.float32] = np.divide(self.values, FULL, dtype=np.float32)
        return shares

    def feather(self) -> NDArray[np.float32] | None:
        """(H, W) in 0..1: how much of what is filled counts; None for all of it, everywhere."""
        if not ((self.values >= FAINTEST) & (self.values < FULL)).any():
            return None
        feather: NDArray[np.float32] = np.divide(self.values, FULL, dtype=np.float32)
        feather[~self.hole()] = 1
        return feather

    def touch(self, box: Box) -> None:
        """Say that the values in the box have been changed."""
        self.version += 1
        self.changed.emit(box)

    def touch_all(self, boxes: Iterable[Box]) -> None:
        """The same for squares of the grid, row by row."""
        for _, row in groupby(sorted(boxes, key=itemgetter(1, 0)), itemgetter(1)):
            self.touch(around(row))


# Squares.


def squares(box: Box, size: tuple[int, int]) -> Iterator[Box]:
    """The squares of the grid that a box meets, cut at the edges of a picture of this size."""
    left, top, right, bottom = within(box, size)
    for y in range(top // TILE * TILE, bottom, TILE):
        for x in range(left // TILE * TILE, right, TILE):
            yield x, y, min(x + TILE, size[0]), min(y + TILE, size[1])


def within(box: Box, size: tuple[int, int]) -> Box:
    """What of a box lies on a picture of this (width, height)."""
    left, top, right, bottom = box
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def at(box: Box) -> tuple[slice, slice]:
    """The box as an index into (H, W)."""
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds them all."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


# Undoing.


@dataclass(frozen=True)
class Edit:
    """What differs between two states of a mask, square by square.

    A square is kept as the bits that differ, so the same edit leads there and back.
    """

    patches: tuple[tuple[Box, int | bytes], ...]

    @classmethod
    def between(cls, pairs: Iterable[tuple[Box, Values, Values]]) -> Edit:
        """From (box, before, after) of squares; those that are equal are left out."""
        packed = ((box, _pack(before ^ after)) for box, before, after in pairs)
        return cls(tuple((box, patch) for box, patch in packed if patch != 0))

    @classmethod
    def to(cls, mask: PaintedMask, make: Callable[[Box], Values]) -> Edit:
        """From what it is to what `make` says of each square."""
        boxes = squares((0, 0, *mask.size), mask.size)
        return cls.between((box, mask.values[at(box)], make(box)) for box in boxes)

    def __bool__(self) -> bool:
        return bool(self.patches)

    @property
    def cost(self) -> int:
        """Bytes it takes in memory."""
        return sum(len(patch) for _, patch in self.patches if isinstance(patch, bytes))

    def apply(self, mask: PaintedMask) -> None:
        """There, or back again."""
        for box, patch in self.patches:
            part = mask.values[at(box)]
            if isinstance(patch, bytes):
                bits = np.frombuffer(zlib.decompress(patch), np.uint8)
                part ^= bits.reshape(part.shape)
            else:
                part ^= np.uint8(patch)
        mask.touch_all(box for box, _ in self.patches)


def _pack(bits: Values) -> int | bytes:
    first = int(bits[0, 0])
    return first if (bits == first).all() else zlib.compress(bits.tobytes(), 1)


class PaintCommand(QUndoCommand):
    """An edit as a step back."""

    def __init__(
        self, text: str, mask: PaintedMask, edit: Edit, said: Callable[[], None], done: bool = False
    ) -> None:
        """`said` is called after each change; with `done`, the edit has been made already."""
        super().__init__(text)
        self._mask, self._edit, self._said, self._done = mask, edit, said, done

    def redo(self) -> None:
        if not self._done:
            self._edit.apply(self._mask)
        self._done = False
        self._said()

    def undo(self) -> None:
        self._edit.apply(self._mask)
        self._said()


# Painting.


@dataclass(frozen=True)
class Brush:
    """A round brush.

    Attributes:
        diameter: in pixels of the picture, at full pressure.
        value: what it paints, 0 to 255.
        soft: part of the radius over which it fades; 0 for an edge between two pixels.
    """

    diameter: float
    value: int = FULL
    soft: float = 0.0


#: x, y and radius of one end of a segment, in pixels.
End = tuple[float, float, float]


class _Square:
    """One square under a stroke: as it was, and how far the stroke covers it (0..255)."""

    def __init__(self, before: Values) -> None:
        self.before = before.copy()
        self.coverage = np.zeros_like(before)
        self.full = False


class Stroke:
    """One gesture of a brush: what lies under its path becomes the brush's value.

    Going over a place twice in one stroke covers it once. The work depends on the length and
    width of the path, not on the size of the picture.
    """

    def __init__(self, mask: PaintedMask, brush: Brush) -> None:
        self._mask, self._brush = mask, brush
        self._squares: dict[Box, _Square] = {}
        self._last: End | None = None
        self.worked = 0  # pixels whose coverage has been computed, all segments together

    def to(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Begin at, or go on straight to, a point of the picture (its first pixel spans 0..1).

        Args:
            pressure: 0..1, how wide the brush is there.
        """
        here = (x, y, self._brush.diameter / 2 * pressure)
        start, self._last = self._last, here
        if start is None:
            self._segment(None, here)
            return
        pieces = max(1, math.ceil(math.dist(start[:2], here[:2]) / (4 * TILE)))
        ends = [_between(start, here, i / pieces) for i in range(pieces + 1)]
        for a, b in pairwise(ends):  # a long slanting line lies in small boxes
            self._segment(a, b)

    def back(self) -> None:
        """Undo what it has painted."""
        for box, square in self._squares.items():
            self._mask.values[at(box)] = square.before
        self._mask.touch_all(self._squares)
        self._squares.clear()
        self._last = None

    def end(self) -> Edit:
        """What it has painted."""
        squares_ = self._squares.items()
        return Edit.between((box, s.before, self._mask.values[at(box)]) for box, s in squares_)

    def _segment(self, start: End | None, b: End) -> None:
        a = start or b
        (ax, ay, ar), (bx, by, br) = a, b
        left, top = min(ax - ar, bx - br), min(ay - ar, by - br)
        right, bottom = max(ax + ar, bx + br), max(ay + ar, by + br)
        reach = (int(left // 1), int(top // 1), int(-(-right // 1)), int(-(-bottom // 1)))
        reach = within(reach, self._mask.size)
        if reach[0] >= reach[2] or reach[1] >= reach[3]:
            return
        for box in squares(reach, self._mask.size):
            if start is None or not _behind(box, a, b):
                self._cover(box, reach, a, b)
        self._mask.touch(reach)

    def _cover(self, box: Box, reach: Box, a: End, b: End) -> None:
        """Paint what of the segment falls into one square."""
        left, top, right, bottom = box
        x, y = (np.full((1, 1), ends / 2, np.float32) for ends in (left + right, top + bottom))
        # From the middle to a corner the depth changes by no more than this.
        half = math.hypot(right - left, bottom - top) / 2 * (1 + _taper(a, b))
        inside = float(_depth(x, y, a, b)[0, 0])  # how far the square's middle is from the edge
        if inside < -half:
            return
        square = self._squares.get(box)
        if square is None:
            square = self._squares[box] = _Square(self._mask.values[at(box)])
        if square.full:
            return
        radius = max(a[2], b[2])
        if inside - half > radius * self._brush.soft:
            square.full = True
            square.coverage[:] = FULL
            self._mask.values[at(box)] = self._brush.value
            return
        part = max(left, reach[0]), max(top, reach[1]), min(right, reach[2]), min(bottom, reach[3])
        inner = at((part[0] - left, part[1] - top, part[2] - left, part[3] - top))
        coverage = square.coverage[inner]
        np.maximum(coverage, self._coverage(part, a, b), out=coverage)
        self._mask.values[at(part)] = _over(square.before[inner], coverage, self._brush.value)
        self.worked += coverage.size

    def _coverage(self, box: Box, a: End, b: End) -> Values:
        """(h, w) 0..255: a pixel counts as its middle."""
        x = np.arange(box[0], box[2], dtype=np.float32)[None] + np.float32(0.5)
        y = np.arange(box[1], box[3], dtype=np.float32)[:, None] + np.float32(0.5)
        depth = _depth(x, y, a, b)
        if self._brush.soft == 0:
            return np.where(depth >= 0, np.uint8(FULL), np.uint8(0))
        depth /= np.float32(max(1.0, self._brush.soft * max(a[2], b[2])))
        np.clip(depth, 0, 1, out=depth)
        eased = depth * depth * (3 - 2 * depth)
        covered: Values = np.rint(eased * np.float32(FULL)).astype(np.uint8)
        return covered


def _between(a: End, b: End, part: float) -> End:
    """The end of a piece of a segment; the first and the last are those of the segment."""
    if part in (0, 1):
        return b if part else a
    x, y, radius = (p + (q - p) * part for p, q in zip(a, b, strict=True))
    return x, y, radius


def _depth(x: NDArray[np.float32], y: NDArray[np.float32], a: End, b: End) -> NDArray[np.float32]:
    """How far inside a line from a to b with round ends points lie; its width changes evenly.

    Args:
        x, y: (1, w) and (h, 1).
    """
    if _taper(a, b) > 1:  # one end lies within the other
        a = b = max(a, b, key=lambda end: end[2])
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    cos, sin = ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length else (1.0, 0.0)
    px, py = x - np.float32(a[0]), y - np.float32(a[1])
    along = px * np.float32(cos) + py * np.float32(sin)
    nearest = np.clip(along, 0, np.float32(length))
    across = py * np.float32(cos) - px * np.float32(sin)
    along -= nearest
    along *= along
    across *= across
    along += across
    np.sqrt(along, out=along)
    if a[2] == b[2]:
        depth: NDArray[np.float32] = np.subtract(np.float32(a[2]), along, out=along)
        return depth
    nearest *= np.float32((b[2] - a[2]) / length)
    nearest += np.float32(a[2])
    nearest -= along
    return nearest


def _behind(box: Box, a: End, b: End) -> bool:
    """The whole box lies behind a, seen from b: the segment that ended in a has been there."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    x = box[2] if dx > 0 else box[0]
    y = box[3] if dy > 0 else box[1]
    return (x - a[0]) * dx + (y - a[1]) * dy <= 0 and _taper(a, b) <= 1


def _taper(a: End, b: End) -> float:
    """How much the radius changes from pixel to pixel."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    change = abs(b[2] - a[2])
    return change / length if length else (math.inf if change else 0.0)


def _over(before: Values, coverage: Values, value: int) -> Values:
    """`value` laid over `before` as far as it covers; exact at no and at full coverage."""
    wide = before.astype(np.uint16) * (FULL - coverage.astype(np.uint16))
    wide += coverage.astype(np.uint16) * np.uint16(value)
    wide += 127
    wide //= FULL
    return wide.astype(np.uint8)
