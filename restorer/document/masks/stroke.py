"""A brush and its strokes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from restorer.document.masks.edits import Edit
from restorer.document.masks.painted import (
    FULL,
    TILE,
    Box,
    PaintedMask,
    Values,
    box_index,
    clip_box,
    squares,
)


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
    """One square under a stroke: its former values, and the stroke's coverage (0..255)."""

    def __init__(self, before: Values) -> None:
        self.before = before.copy()
        self.coverage = np.zeros_like(before)
        self.full = False


class Stroke:
    """One gesture of a brush: pixels under its path take the brush's value.

    Going over a place twice in one stroke covers it once. The work depends on the length and
    width of the path, not on the size of the picture.
    """

    def __init__(self, mask: PaintedMask, brush: Brush) -> None:
        self._mask, self._brush = mask, brush
        self._squares: dict[Box, _Square] = {}
        self._last: End | None = None
        self.worked = 0  # pixels whose coverage has been computed, all segments together

    def line_to(self, x: float, y: float, pressure: float = 1.0) -> None:
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

    def undo(self) -> None:
        for box, square in self._squares.items():
            self._mask.values[box_index(box)] = square.before
        self._mask.touch_all(self._squares)
        self._squares.clear()
        self._last = None

    def end(self) -> Edit:
        squares_ = self._squares.items()
        return Edit.from_pairs(
            (box, s.before, self._mask.values[box_index(box)]) for box, s in squares_
        )

    def _segment(self, start: End | None, b: End) -> None:
        a = start or b
        (ax, ay, ar), (bx, by, br) = a, b
        left, top = min(ax - ar, bx - br), min(ay - ar, by - br)
        right, bottom = max(ax + ar, bx + br), max(ay + ar, by + br)
        reach = (int(left // 1), int(top // 1), int(-(-right // 1)), int(-(-bottom // 1)))
        reach = clip_box(reach, self._mask.size)
        if reach[0] >= reach[2] or reach[1] >= reach[3]:
            return
        for box in squares(reach, self._mask.size):
            if start is None or not _behind(box, a, b):
                self._cover(box, reach, a, b)
        self._mask.touch(reach)

    def _cover(self, box: Box, reach: Box, a: End, b: End) -> None:
        """Paint the part of the segment inside one square."""
        left, top, right, bottom = box
        x, y = (np.full((1, 1), ends / 2, np.float32) for ends in (left + right, top + bottom))
        # From the middle to a corner the depth changes by no more than this.
        half = math.hypot(right - left, bottom - top) / 2 * (1 + _taper(a, b))
        inside = float(_depth(x, y, a, b)[0, 0])  # how far the square's middle is from the edge
        if inside < -half:
            return
        square = self._squares.get(box)
        if square is None:
            square = self._squares[box] = _Square(self._mask.values[box_index(box)])
        if square.full:
            return
        radius = max(a[2], b[2])
        if inside - half > radius * self._brush.soft:
            square.full = True
            square.coverage[:] = FULL
            self._mask.values[box_index(box)] = self._brush.value
            return
        part = max(left, reach[0]), max(top, reach[1]), min(right, reach[2]), min(bottom, reach[3])
        inner = box_index((part[0] - left, part[1] - top, part[2] - left, part[3] - top))
        coverage = square.coverage[inner]
        np.maximum(coverage, self._coverage(part, a, b), out=coverage)
        self._mask.values[box_index(part)] = _over(
            square.before[inner], coverage, self._brush.value
        )
        self.worked += coverage.size

    def _coverage(self, box: Box, a: End, b: End) -> Values:
        """(h, w) 0..255: the coverage at the pixel centres."""
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
    """Signed distance of points inside a line from a to b with round ends and linear width.

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
    """The whole box is behind a, seen from b, where the former segment painted already."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    x = box[2] if dx > 0 else box[0]
    y = box[3] if dy > 0 else box[1]
    return (x - a[0]) * dx + (y - a[1]) * dy <= 0 and _taper(a, b) <= 1


def _taper(a: End, b: End) -> float:
    """Change of the radius per pixel."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    change = abs(b[2] - a[2])
    return change / length if length else (math.inf if change else 0.0)


def _over(before: Values, coverage: Values, value: int) -> Values:
    """Blend `value` over `before` by the coverage; exact at 0 and at full coverage."""
    wide = before.astype(np.uint16) * (FULL - coverage.astype(np.uint16))
    wide += coverage.astype(np.uint16) * np.uint16(value)
    wide += 127
    wide //= FULL
    return wide.astype(np.uint8)
