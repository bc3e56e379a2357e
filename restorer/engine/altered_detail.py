"""Where the fine detail of a latent model's result does not come from the picture.

Such a model draws detail anew, and eight pixels are one latent: what is finer than that (letters,
fingers, the features of a small face) it cannot carry over, it can only make it up. No detector of
faces or writing is at work here: what is measured is how much detail of that size came or went,
d = (result - picture) minus what a Gaussian of half a latent leaves of it, and its power around
each pixel. Where a hole was filled all detail is new. Noise taken off goes everywhere alike, so
only places that stand out are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from restorer.engine.damage import Hole
from restorer.engine.spread import blocks
from restorer.engine.strength import Box
from restorer.words import tr

Array = NDArray[np.float32]

#: Detail is what this blur takes away, in pixels: half a latent.
_FINE = 4.0
#: Reach of the look around a pixel.
_AROUND = 8.0
#: A place is named if it departs so much more than the middle one of all, and by at least so
#: much, 0-255 scale.
_STANDS_OUT, _LEAST = 1.5, 2.0


@dataclass(frozen=True, eq=False)
class DetailDeparture:
    """How far the fine detail of a result is from the picture's.

    Attributes:
        departure: (H, W) float32, root mean square over the pixels around, 0..1 as the picture.
        common: what half of the picture departs by at most, 0..1.
        places: (left, top, right, bottom) where it stands out, the worst first; three at most.
    """

    departure: Array
    common: float
    places: tuple[Box, ...]

    @property
    def excess(self) -> Array:
        """(H, W) float32: how much farther it departs than is common."""
        return np.maximum(self.departure - np.float32(self.common), 0)

    @property
    def sentence(self) -> str:
        """The finding in a sentence that fits a status bar."""
        if self.places:
            return tr("Look closely in the frames: most detail is made up there.")
        if 255 * self.common > _LEAST:
            return tr("Detail was lost or made up evenly everywhere; no part is more reliable.")
        return tr("Almost all detail comes from your picture.")


def compare_detail(original: Array, result: Array, hole: Hole | None = None) -> DetailDeparture:
    """Compare the detail of a picture with that of a model's result.

    Args:
        original: (h, w, 3) in 0..1, the picture; a smaller one is enlarged smoothly.
        result: (H, W, 3) in 0..1.
        hole: (H, W), where the result was to be made up.
    """
    grown = _brightness(original)
    if grown.shape != result.shape[:2]:
        grown = zoom(
            grown, result.shape[0] / grown.shape[0], order=3, grid_mode=True, mode="nearest"
        )
    departs = _detail(_brightness(result))
    before = _detail(grown)
    if hole is None:
        departs -= before
    else:
        departs *= hole  # all of it is new, and nothing is anywhere else
    power = np.maximum(gaussian_filter(departs**2, _AROUND, mode="mirror"), 0)
    departure = np.sqrt(power).astype(np.float32)
    if hole is not None:
        departure *= hole
    found = blocks(departure)
    common = found[len(found) // 2].spread
    worst = [r.box for r in found[:3] if r.spread > max(_STANDS_OUT * common, _LEAST)]
    return DetailDeparture(departure, common / 255, tuple(worst))


def _brightness(pixels: Array) -> Array:
    mean: Array = pixels.mean(axis=2, dtype=np.float32)
    return mean


def _detail(values: Array) -> Array:
    detail: Array = values - gaussian_filter(values, _FINE, mode="mirror")
    return detail
