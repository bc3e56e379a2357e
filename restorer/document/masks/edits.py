"""Edits of a mask: the squares that differ, and operations on squares."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from restorer.document.masks.painted import FULL, Box, PaintedMask, Values, box_index, squares
from restorer.imaging import regions
from restorer.imaging.regions import Region

#: From here up, a pixel lies inside of what is painted: for what needs an outline.
INSIDE = 128

#: The mask as it is, in a box that may reach beyond its edges and is cut there.
ReadValues = Callable[[Box], Values]
#: Bits that differ in a square: the same in all of it, or packed.
Patch = int | bytes
#: Begins what is packed: values that differ in all bits or none, a bit each; or any.
_WHOLE, _ANY = b"w", b"a"
#: What a square becomes.
Redraw = Callable[[ReadValues, Box], Values]


@dataclass(frozen=True)
class Edit:
    """The difference between two states of a mask, square by square.

    A square is kept as the bits that differ, so the same edit leads there and back.
    """

    patches: tuple[tuple[Box, Patch], ...]

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[Box, Values, Values]]) -> Edit:
        """Make an edit from (box, before, after) of squares; equal ones are skipped."""
        return cls.from_bits((box, before ^ after) for box, before, after in pairs)

    @classmethod
    def from_bits(cls, differences: Iterable[tuple[Box, Values]]) -> Edit:
        """Make an edit from (box, differing bits) of squares."""
        packed = ((box, _pack(bits)) for box, bits in differences)
        return cls(tuple((box, patch) for box, patch in packed if patch != 0))

    @classmethod
    def from_function(cls, mask: PaintedMask, make: Callable[[Box], Values]) -> Edit:
        """Make an edit from the present state to the one that `make` gives for each square."""
        boxes = squares((0, 0, *mask.size), mask.size)
        return cls.from_pairs((box, mask.values[box_index(box)], make(box)) for box in boxes)

    def __bool__(self) -> bool:
        return bool(self.patches)

    @property
    def cost(self) -> int:
        """Its size in memory, in bytes."""
        return sum(len(patch) for _, patch in self.patches if isinstance(patch, bytes))

    def apply(self, mask: PaintedMask) -> None:
        for box, patch in self.patches:
            mask.values[box_index(box)] ^= _unpack(patch, box)
        mask.touch_all(box for box, _ in self.patches)

    def combined_with(self, other: Edit) -> Edit:
        mine, others = dict(self.patches), dict(other.patches)
        both = mine.keys() & others.keys()
        changed = Edit.from_bits(
            (box, _unpack(mine[box], box) ^ _unpack(others[box], box)) for box in both
        )
        alone = ((box, patch) for box, patch in (mine | others).items() if box not in both)
        return Edit((*alone, *changed.patches))


def _pack(bits: Values) -> Patch:
    if not bits.any():
        return 0
    first = int(bits[0, 0])
    if first and (bits == first).all():
        return first
    differ = bits != 0
    if np.array_equal(differ * np.uint8(FULL), bits):  # as most do: an eighth, and much sooner
        return _WHOLE + zlib.compress(np.packbits(differ).tobytes(), 1)
    return _ANY + zlib.compress(bits.tobytes(), 1)


def _unpack(patch: Patch, box: Box) -> Values:
    height, width = box[3] - box[1], box[2] - box[0]
    if isinstance(patch, int):
        return np.full((height, width), patch, np.uint8)
    values = np.frombuffer(zlib.decompress(patch[1:]), np.uint8)
    if patch[:1] == _WHOLE:
        values = np.unpackbits(values, count=height * width) * np.uint8(FULL)
    return values.reshape(height, width)


def inverted(look: ReadValues, box: Box) -> Values:
    """Invert the square."""
    return FULL - look(box)


def cleared(look: ReadValues, box: Box) -> Values:
    """Clear the square."""
    return np.zeros_like(look(box))


def becomes(values: Values) -> Redraw:
    """Take these values, (H, W)."""
    return lambda look, box: values[box_index(box)]


def with_region(region: Region, painted: bool = True, ink: int = FULL) -> Redraw:
    """Paint a region, (H, W), with a value, or erase it; the rest stays."""

    def redraw(look: ReadValues, box: Box) -> Values:
        inside = region[box_index(box)]
        if not inside.any():
            return look(box)
        return np.where(inside, np.uint8(ink if painted else 0), look(box))

    return redraw


def grown(by: int) -> Redraw:
    """Grow the painted area by so many pixels."""
    return _moved(
        by, lambda region: np.where(regions.grown(region, by), np.uint8(FULL), np.uint8(0))
    )


def shrunk(by: int) -> Redraw:
    """Shrink the painted area by so many pixels."""
    return _moved(
        by, lambda region: np.where(regions.shrunk(region, by), np.uint8(FULL), np.uint8(0))
    )


def feathered(by: int) -> Redraw:
    """Feather: half is left at so many pixels outside the painted area, nothing at twice that."""
    return _moved(2 * by, lambda region: regions.feathered(region, by))


def _moved(reach: int, make: Callable[[Region], Values]) -> Redraw:
    """An operation on a square that reads pixels within `reach` around it."""

    def redraw(look: ReadValues, box: Box) -> Values:
        left, top, right, bottom = box
        x, y = max(0, left - reach), max(0, top - reach)
        region = look((x, y, right + reach, bottom + reach)) >= INSIDE
        if region.all() or not region.any():  # most squares
            return np.full((bottom - top, right - left), FULL * bool(region.all()), np.uint8)
        return make(region)[box_index((left - x, top - y, right - x, bottom - y))]

    return redraw
