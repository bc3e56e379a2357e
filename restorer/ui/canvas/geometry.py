"""Zoom and position of the picture on the canvas: plain geometry without Qt's widgets.

All lengths are device pixels, so that 100% is one pixel of the shown picture per dot of the
screen.
"""

from __future__ import annotations

import math

LARGEST_ZOOM = 32.0
SMOOTH_UP_TO = 3.0  # beyond this a person wants to see the pixels themselves
_LEAST_SEEN = 192  # a picture with shorter sides is enlarged by a whole factor
_GAP = 2  # between two panes
_BELOW = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3)
_STOPS = (*_BELOW, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)


class Geometry:
    """Zoom, and the picture point in the middle of the viewport.

    Attributes:
        picture: (width, height) of the picture.
        viewport: (width, height) of the canvas, or of one of its two panes.
        panes: left edge of each pane.
        times: how many times longer the sides of the shown picture are than the original's: more
            than 1 for an enlarged result.
        zoom: device pixels per picture pixel.
        fitted: the zoom follows the viewport.
    """

    def __init__(self) -> None:
        self.picture = (0, 0)
        self.viewport = (1, 1)
        self.panes: tuple[int, ...] = (0,)
        self.margin = 0.0
        self.times = 1
        self.zoom = 1.0
        self.fitted = True
        self._centre = (0.0, 0.0)

    @property
    def fit_zoom(self) -> float:
        """The zoom that shows the whole picture; at most 100%, unless the picture is tiny."""
        room = [max(1.0, length - 2 * self.margin) for length in self.viewport]
        longest = max(1, *self.picture) * self.times
        most = self.times * min(max(1, _LEAST_SEEN // longest), LARGEST_ZOOM)
        return min(most, *(r / max(1, p) for r, p in zip(room, self.picture, strict=True)))

    @property
    def target(self) -> tuple[int, int, int, int]:
        """(left, top, width, height) of the whole picture in the viewport.

        In whole device pixels, so that its edge is crisp and 100% is exact.
        """
        (width, height), (left, top) = self.picture, self._origin
        return left, top, max(1, round(width * self.zoom)), max(1, round(height * self.zoom))

    @property
    def visible(self) -> tuple[int, int, int, int]:
        """(left, top, width, height) of the picture pixels that are visible, even in part."""
        sides = []
        for origin, length, size in zip(self._origin, self.viewport, self.picture, strict=True):
            first = max(0, math.floor(-origin / self.zoom))
            last = min(size, math.ceil((length - origin) / self.zoom))
            sides.append((first, max(0, last - first)))
        (left, width), (top, height) = sides
        return left, top, width, height

    @property
    def shares(self) -> tuple[float, float, float, float] | None:
        """(left, top, right, bottom) of `visible` in shares of the picture; None without one."""
        (left, top, wide, tall), (width, height) = self.visible, self.picture
        if not (width and height):
            return None
        return left / width, top / height, (left + wide) / width, (top + tall) / height

    @property
    def whole(self) -> bool:
        """The whole picture fits into the viewport."""
        return self.zoom <= self.fit_zoom * 1.0001

    @property
    def smooth(self) -> bool:
        return self.percent <= SMOOTH_UP_TO

    @property
    def percent(self) -> float:
        """The zoom as people read it: device pixels per pixel of the shown picture; 1 is 100%."""
        return self.zoom / self.times

    @property
    def covered(self) -> tuple[int, int, int, int]:
        """(left, top, width, height) of the part of a pane that the picture covers."""
        left, top, width, height = self.target
        x0, y0 = max(0, left), max(0, top)
        x1 = min(self.viewport[0], left + width)
        y1 = min(self.viewport[1], top + height)
        return x0, y0, max(0, x1 - x0), max(0, y1 - y0)

    def pane_at(self, x: float) -> int:
        """Left edge of the pane at this x, or of the nearest one to its left."""
        return max((pane for pane in self.panes if pane <= x), default=0)

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """A viewport point in picture pixels; the first pixel covers 0..1."""
        left, top = self._origin
        return (x - left) / self.zoom, (y - top) / self.zoom

    def set_picture(self, width: int, height: int) -> None:
        """Another picture; one of the same size keeps zoom and place."""
        if (width, height) != self.picture:
            self.picture = (width, height)
            self.fit()

    def set_times(self, times: int) -> None:
        """The shown picture has sides so many times longer; it keeps its place unless fitted."""
        if times != self.times:
            self.times = times
            if self.fitted:
                self.fit()
            else:
                self._clamp()

    def set_viewport(self, width: int, height: int, margin: float, split: bool = False) -> None:
        """The canvas was resized: fit again, or keep the same point in the middle.

        Args:
            width, height: of the whole canvas.
            margin: around a fitted picture.
            split: show the same part in two panes side by side.
        """
        pane = (width - _GAP) // 2 if split else width
        self.panes = (0, width - pane) if split else (0,)
        self.viewport, self.margin = (max(1, pane), max(1, height)), margin
        if self.fitted:
            self.fit()
        else:
            self._clamp()

    def fit(self) -> None:
        """Show the whole picture, see `fit_zoom`."""
        self.zoom, self.fitted = self.fit_zoom, True
        self._centre = (self.picture[0] / 2, self.picture[1] / 2)

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Set the zoom and keep the picture point at viewport (x, y) (default: the middle)."""
        x = self.viewport[0] / 2 if x is None else x
        y = self.viewport[1] / 2 if y is None else y
        px, py = self.to_picture(x, y)
        smallest = min(self.fit_zoom / 2, _STOPS[0] * self.times)
        self.zoom = min(LARGEST_ZOOM * self.times, max(zoom, smallest))
        self.fitted = False
        self._centre = (
            px - (x - self.viewport[0] / 2) / self.zoom,
            py - (y - self.viewport[1] / 2) / self.zoom,
        )
        self._clamp()

    def zoom_by(self, factor: float, x: float, y: float) -> None:
        """Multiply the zoom, stopping at 100% on the way past it."""
        wanted = self.zoom * factor
        if (self.zoom - self.times) * (wanted - self.times) < -1e-9:
            wanted = float(self.times)
        self.zoom_to(wanted, x, y)

    def next_stop(self, inwards: bool) -> float:
        """The next zoom above or below this one that is a round percentage."""
        here = self.percent
        if inwards:
            return self.times * next((s for s in _STOPS if s > here * 1.01), _STOPS[-1])
        return self.times * next((s for s in reversed(_STOPS) if s < here / 1.01), here / 2)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by device pixels; a picture that fits stays where it is."""
        if self.whole:
            return
        self._centre = (self._centre[0] - dx / self.zoom, self._centre[1] - dy / self.zoom)
        self.fitted = False
        self._clamp()

    def centre_on(self, x: float, y: float) -> None:
        """Put a point of the picture in the middle, or as near as its border allows."""
        self._centre, self.fitted = (x, y), False
        self._clamp()

    @property
    def _origin(self) -> tuple[int, int]:
        x, y = (
            math.floor(length / 2 - centre * self.zoom + 0.5)
            for length, centre in zip(self.viewport, self._centre, strict=True)
        )
        return x, y

    def _clamp(self) -> None:
        """Centre a picture that fits; a larger one always covers the middle of the canvas."""
        x, y = (
            size / 2 if self.whole else min(max(centre, 0.0), float(size))
            for size, centre in zip(self.picture, self._centre, strict=True)
        )
        self._centre = (x, y)
