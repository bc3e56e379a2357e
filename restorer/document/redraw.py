"""What can be done to a whole mask, square by square: each says what a square becomes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from restorer.document.mask import FULL, INSIDE, Box, Values, at
from restorer.imaging import regions
from restorer.imaging.regions import Region

#: The mask as it is, in a box that may reach beyond its edges and is cut there.
Look = Callable[[Box], Values]
#: What a square becomes.
Redraw = Callable[[Look, Box], Values]


def inverted(look: Look, box: Box) -> Values:
    """What was not painted is, and the other way round."""
    return FULL - look(box)


def cleared(look: Look, box: Box) -> Values:
    """Nothing is painted."""
    return np.zeros_like(look(box))


def becomes(values: Values) -> Redraw:
    """These, (H, W)."""
    return lambda look, box: values[at(box)]


def with_region(region: Region, painted: bool = True) -> Redraw:
    """A region, (H, W), is painted or wiped; the rest stays."""

    def redraw(look: Look, box: Box) -> Values:
        return np.where(region[at(box)], np.uint8(FULL if painted else 0), look(box))

    return redraw


def grown(by: int) -> Redraw:
    """What is painted reaches so many pixels further."""
    return _moved(
        by, lambda region: np.where(regions.grown(region, by), np.uint8(FULL), np.uint8(0))
    )


def shrunk(by: int) -> Redraw:
    """What is painted reaches so many pixels less far."""
    return _moved(
        by, lambda region: np.where(regions.shrunk(region, by), np.uint8(FULL), np.uint8(0))
    )


def feathered(by: int) -> Redraw:
    """Half is left so many pixels beside what is painted, nothing at twice that."""
    return _moved(2 * by, lambda region: regions.feathered(region, by))


def _moved(reach: int, make: Callable[[Region], Values]) -> Redraw:
    """A square depends on what lies within reach of it."""

    def redraw(look: Look, box: Box) -> Values:
        left, top, right, bottom = box
        x, y = max(0, left - reach), max(0, top - reach)
        region = look((x, y, right + reach, bottom + reach)) >= INSIDE
        if region.all() or not region.any():  # most squares
            return np.full((bottom - top, right - left), FULL * bool(region.all()), np.uint8)
        return make(region)[at((left - x, top - y, right - x, bottom - y))]

    return redraw
