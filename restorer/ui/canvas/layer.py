"""One picture on the canvas as levels to draw from, and how it is built without waiting."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PySide6.QtGui import QColor

from restorer.errors import RestorerError, as_restorer_error
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background, Job
from restorer.ui.widgets.qimage import Pyramid, to_pyramid

BUILD_INLINE_UP_TO = 4_000_000  # pixels; about 50 ms
_PROFILE_COST = 4  # times the cost of a picture that is already in sRGB

Box = tuple[int, int, int, int]  # left, top, right, bottom in picture pixels

next_serial: Callable[[], int] = itertools.count(1).__next__


@dataclass(frozen=True, eq=False)
class Source:
    """What a layer is made of: values in 0..1, their profile, and alpha.

    Alpha of another size is resampled to the size of the pixels.
    """

    pixels: Pixels
    icc: bytes | None = None
    alpha: Pixels | None = None

    @property
    def cost(self) -> int:
        """How long it takes to build, counted in pixels that are already in sRGB."""
        height, width = self.pixels.shape[:2]
        return int(height * width) * (1 if self.icc is None else _PROFILE_COST)

    def build(self) -> Pyramid:
        """Convert for the screen; slow for large pictures."""
        alpha = self.alpha
        if alpha is not None and alpha.shape != self.pixels.shape[:2]:
            sides = zip(self.pixels.shape, alpha.shape, strict=False)
            alpha = alpha[np.ix_(*(np.arange(n) * few // n for n, few in sides))]
        return to_pyramid(self.pixels, self.icc, alpha)


@dataclass(eq=False)
class Layer:
    """A picture that can be drawn, with finished tiles over it.

    Attributes:
        serial: number of the request that this answers; grows with every picture and tile.
        source: None for a layer of tiles only.
        pyramid: what is drawn.
        tiles: box -> (serial, pyramid), newer than the picture itself.
        times: its pixels, and those of the boxes, per pixel of the original along a side.
    """

    serial: int = 0
    source: Source | None = None
    pyramid: Pyramid | None = None
    tiles: dict[Box, tuple[int, Pyramid]] = field(default_factory=dict)
    times: int = 1

    def __bool__(self) -> bool:
        return self.pyramid is not None or bool(self.tiles)

    @property
    def key(self) -> tuple[int, int]:
        return self.serial, max((serial for serial, _ in self.tiles.values()), default=0)

    @property
    def has_alpha(self) -> bool:
        return self.source is not None and self.source.alpha is not None

    def value_at(self, at_x: float, at_y: float) -> tuple[int, int, int] | None:
        """Values on the 0-255 scale at a point in picture pixels, None where there is nothing."""
        x, y = int(at_x * self.times), int(at_y * self.times)
        for (left, top, right, bottom), (_, pyramid) in reversed(self.tiles.items()):
            if left <= x < right and top <= y < bottom:
                return _rgb(pyramid.levels[0].pixelColor(x - left, y - top))
        if self.source is None:
            return None
        height, width = self.source.pixels.shape[:2]
        if not (0 <= x < width and 0 <= y < height):
            return None
        values = np.clip(np.rint(self.source.pixels[y, x] * np.float32(255)), 0, 255)
        red, green, blue = (int(value) for value in values)
        return red, green, blue


def _rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


class LayerBuilder:
    """Builds one layer of the canvas; large pictures in the background, and only the newest.

    Attributes:
        pending: the picture that is being built.
    """

    def __init__(
        self,
        background: Background,
        ready: Callable[[Layer], object],
        failed: Callable[[RestorerError], object],
    ) -> None:
        self._background, self._ready, self._failed = background, ready, failed
        self.pending: Source | None = None
        self._job: Job | None = None

    def request(self, source: Source) -> None:
        """Ask for a layer: it is ready at once for a small picture, later for a large one.

        An earlier request is dropped, whether it has begun or not.
        """
        self.cancel()
        self.pending = source
        build = partial(_layer, next_serial(), source)
        if source.cost > BUILD_INLINE_UP_TO:
            self._job = self._background.run(build, self._finish, self._fail)
            return
        try:
            layer = build()
        except Exception as error:  # as in the background: it must reach the window
            self._fail(as_restorer_error(error))
        else:
            self._finish(layer)

    def cancel(self) -> None:
        """Drop the layer that is being built."""
        if self._job is not None:
            self._job.cancel()
        self._job = self.pending = None

    def _finish(self, layer: Layer) -> None:
        self.cancel()
        self._ready(layer)

    def _fail(self, error: RestorerError) -> None:
        self.cancel()
        self._failed(error)


def _layer(serial: int, source: Source) -> Layer:
    return Layer(serial, source, source.build())
