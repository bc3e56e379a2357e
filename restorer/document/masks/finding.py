"""Combines found scratches at any sensitivity with what a person has painted and erased.

What was found gives way when it is looked for anew; what a person has done stays: a mark that was
painted on or grown keeps its shape, one that was wiped does not come back. All of that is decided
in squares of the picture as large as those in which the finder looked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from restorer.document.masks.painted import FULL, PaintedMask, Values
from restorer.imaging.regions import Region

_ALL_SIDES = np.ones((3, 3), bool)


@dataclass(frozen=True, eq=False)
class ScratchSearch:
    """The latest findings on a mask.

    Attributes:
        sensitivity: with which it was looked for.
        wiped: (h, w), squares in which a person has wiped what was found, once or now.
    """

    sensitivity: float
    wiped: Region


class Search:
    """The search for scratches over one state of a mask, at any sensitivity.

    Attributes:
        factor: side of the squares, in pixels.
    """

    def __init__(
        self,
        ink: Values,
        last: ScratchSearch | None,
        find: Callable[[float], Region],
        look: Callable[[float], Region],
        factor: int = 1,
    ) -> None:
        """Separate a person's painting from the findings.

        Args:
            ink: (H, W), how much is painted, 0 to 255.
            last: what was found over it last; None if all of it is the person's.
            find: (H, W), what a sensitivity marks.
            look: (h, w), the same in squares; in a hurry.
            factor: side of the squares, in pixels.
        """
        self._ink, self._find, self._look, self.factor = ink, find, look, factor
        painted = ink > 0
        there = in_squares(painted, factor)
        if last is None:
            self._own, self._found = there, np.zeros_like(there)
            self._wiped = np.zeros_like(there)
            return
        before = find(last.sensitivity)
        self._own = _touched(there, in_squares(painted > before, factor))
        self._found = there & ~self._own
        self._wiped = (last.wiped | in_squares(before > painted, factor)) & ~there

    def preview(self, sensitivity: float) -> Values:
        """(h, w): the painted amount per square for this sensitivity."""
        painted = self._own | self._allowed(self._look(sensitivity))
        return painted * np.uint8(FULL)

    def ink(self, sensitivity: float) -> tuple[Values, ScratchSearch]:
        """(H, W): the painted values, 0 to 255, for this sensitivity; and the findings to keep."""
        found, shape = self._find(sensitivity), self._ink.shape
        allowed = _in_pixels(self._allowed(in_squares(found, self.factor)), self.factor, shape)
        own = _in_pixels(self._own, self.factor, shape)
        ink = np.where(own, self._ink, np.uint8(0))
        ink[found & allowed] = FULL
        return ink, ScratchSearch(sensitivity, self._wiped)

    def _allowed(self, found: Region) -> Region:
        """The findings without the marks that a person has erased.

        Of one that was wiped in part, what lies nearer to the wiped part.
        """
        if not (found & self._wiped).any():
            return found
        from scipy import ndimage

        labels, count = ndimage.label(found, _ALL_SIDES)
        wiped, kept = (_among(labels, part, count) for part in (self._wiped, self._found))
        allowed: Region = found & ~(wiped & ~kept)[labels]
        boxes = ndimage.find_objects(labels)
        for number in np.flatnonzero(wiped & kept):
            box = boxes[number - 1]
            mark = labels[box] == number
            to_wiped, to_kept = (
                ndimage.distance_transform_edt(~(mark & part[box]))
                for part in (self._wiped, self._found)
            )
            allowed[box] &= ~mark | (to_kept < to_wiped)
        return allowed


def in_squares(region: Region, factor: int) -> Region:
    """(h, w), the squares that contain any true pixel of (H, W), including partial squares.

    There are as many as the finder looks at, see `imaging.geometry.reduced`.
    """
    if factor == 1:
        return region
    rows = _any_of(region, factor)
    return np.ascontiguousarray(_any_of(rows.T, factor).T)


def _any_of(region: Region, factor: int) -> Region:
    """Of so many rows one, true where one of them is; the last has those that are left too."""
    count = max(1, len(region) // factor)
    some = region[: count * factor : factor].copy()
    for first in range(1, factor):
        some |= region[first : count * factor : factor]
    some[-1] |= region[count * factor :].any(axis=0)
    return some


def count_marks(mask: PaintedMask) -> int:
    """Number of separate marks in a mask."""
    from restorer.degradation.scratches import square_side  # scipy, not at start-up
    from restorer.imaging.marks import count_in

    return count_in(in_squares(mask.hole(), square_side(mask.values.shape)))


def _in_pixels(squares: Region, factor: int, shape: tuple[int, ...]) -> Region:
    """(H, W), every pixel with the value of its square."""
    if factor == 1:
        return squares
    pixels = squares
    for axis, (side, there) in enumerate(zip(shape, squares.shape, strict=True)):
        times = np.full(there, factor)
        times[-1] = side - factor * (there - 1)
        pixels = pixels.repeat(times, axis=axis)
    return pixels


def _touched(region: Region, part: Region) -> Region:
    """The marks of a region that touch a part of it."""
    if not part.any():
        return np.zeros_like(region)
    from scipy import ndimage

    labels, count = ndimage.label(region, _ALL_SIDES)
    touched: Region = _among(labels, part, count)[labels]
    return touched


def _among(labels: np.ndarray, part: Region, count: int) -> Region:
    """(count + 1,): which of the labels a part of the picture meets; never the ground."""
    met = np.zeros(count + 1, bool)
    met[labels[part]] = True
    met[0] = False
    return met
