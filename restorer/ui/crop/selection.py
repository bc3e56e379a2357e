"""Four corners over a picture, and how a drag moves them; no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from restorer.errors import BadInput
from restorer.imaging.crop import Crop, Point

#: Opposite sides of a rectangle may differ by this much, in pixels.
_SQUARE = 0.5


@dataclass(frozen=True)
class Selection:
    """The part to keep of a picture of this size, perhaps turned by an angle.

    Attributes:
        corners: upper left, upper right, lower right and lower left, in pixels of the picture.
        whole: (width, height) of the picture.
    """

    corners: tuple[Point, ...]
    whole: tuple[int, int]

    @cached_property
    def crop(self) -> Crop | None:
        """None for impossible corners."""
        try:
            return Crop.from_numbers([n for corner in self.corners for n in corner], self.whole)
        except BadInput:
            return None

    @property
    def square(self) -> bool:
        """The corners form a rectangle, level or not."""
        (a, b, c, d) = self.corners
        opposite = abs(math.dist(a, b) - math.dist(d, c)), abs(math.dist(a, d) - math.dist(b, c))
        return max(*opposite, abs(math.dist(a, c) - math.dist(b, d))) <= _SQUARE

    @property
    def angle(self) -> float:
        """Degrees by which it straightens the picture clockwise; 0 for four free corners."""
        (ax, ay), (bx, by), *_ = self.corners
        return -math.degrees(math.atan2(by - ay, bx - ax)) if self.square else 0.0

    def straightened(self, angle: float) -> Selection:
        """The same, turned about its middle, and shrunk to stay inside the picture."""
        by = math.radians(self.angle - angle)
        x, y = (sum(axis) / 4 for axis in zip(*self.corners, strict=True))
        arms = [(px - x, py - y) for px, py in self.corners]
        turned = [
            (px * math.cos(by) - py * math.sin(by), px * math.sin(by) + py * math.cos(by))
            for px, py in arms
        ]
        fits = min(1.0, *(self._room(x, y, arm) for arm in turned))
        return self._with([(x + px * fits, y + py * fits) for px, py in turned])

    def moved(self, by: Point) -> Selection:
        xs, ys = zip(*self.corners, strict=True)
        dx = min(max(by[0], -min(xs)), self.whole[0] - max(xs))
        dy = min(max(by[1], -min(ys)), self.whole[1] - max(ys))
        return self._with([(x + dx, y + dy) for x, y in self.corners])

    def with_corner(self, number: int, to: Point, free: bool) -> Selection:
        """Drag a corner to a point; the neighbours of a rectangle follow, unless it is free.

        Returns the selection itself where that is impossible.
        """
        to = min(max(to[0], 0.0), self.whole[0]), min(max(to[1], 0.0), self.whole[1])
        corners = list(self.corners)
        if free or not self.square:
            corners[number] = to
            return self._or_self(corners)
        far = corners[(number + 2) % 4]
        for side in (-1, 1):
            along = self._along(corners[(number + side) % 4], far)
            reach = sum((p - q) * u for p, q, u in zip(to, far, along, strict=True))
            corners[(number + side) % 4] = far[0] + reach * along[0], far[1] + reach * along[1]
        corners[number] = to
        return self._or_self(corners)

    def with_side(self, number: int, by: Point) -> Selection:
        """Move the side from corner `number` to the next, perpendicular to itself."""
        corners = list(self.corners)
        ends = number, (number + 1) % 4
        along = self._along(corners[ends[1]], corners[ends[0]])
        across = by[1] * along[0] - by[0] * along[1]
        for end in ends:
            x, y = corners[end][0] - across * along[1], corners[end][1] + across * along[0]
            corners[end] = min(max(x, 0.0), self.whole[0]), min(max(y, 0.0), self.whole[1])
        return self._or_self(corners)

    def level(self) -> Selection:
        """Round the corners of a level rectangle to whole pixels, to avoid interpolation."""
        if abs(self.angle) > 1e-6 or not self.square:
            return self
        rounded = self._with([(float(round(x)), float(round(y))) for x, y in self.corners])
        return rounded if rounded.crop is not None else self

    def inside(self, point: Point) -> bool:
        x, y = point
        ends = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        return all((bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0 for (ax, ay), (bx, by) in ends)

    def _room(self, x: float, y: float, arm: Point) -> float:
        """By how much the arm from a middle may grow and stay inside the picture."""
        room = [math.inf]
        for middle, reach, side in zip((x, y), arm, self.whole, strict=True):
            if reach:
                room.append(((side if reach > 0 else 0) - middle) / reach)
        return min(room)

    @staticmethod
    def _along(to: Point, start: Point) -> Point:
        length = math.dist(to, start) or 1.0
        return (to[0] - start[0]) / length, (to[1] - start[1]) / length

    def _with(self, corners: Sequence[Point]) -> Selection:
        return Selection(tuple(corners), self.whole)

    def _or_self(self, corners: Sequence[Point]) -> Selection:
        made = self._with(corners)
        return self if made.crop is None else made
