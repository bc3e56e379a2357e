"""What kind of noise a picture has, if any: none, white, or as a camera leaves it.

In a JPEG, and behind a camera's mosaic and smoothing, little of the noise is left where it is
plainest, and fine texture looks much like it. So a small network weighs all there is to see: the
spectra of squares of the picture (`spectra`), and what each way to read white noise has found
(`Evidence`). `restorer.training.judge` makes it; its folder in `resources/models` says how good
it is. No torch: it is small enough for numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.bars import between_bars
from restorer.degradation.camera import CameraNoise
from restorer.degradation.numpy_network import Weights, bundled_weights, linear
from restorer.degradation.spectra import SQUARE, cut_squares, features
from restorer.imaging.bands import raise_if_stopped

#: The levels of noise between which the network decides, 0-255 scale.
LEVELS = 1.26 ** np.arange(14)
#: Of its answers: no noise, then white noise of these levels, then a camera's.
WHITE, CAMERA = slice(1, 1 + len(LEVELS)), slice(1 + len(LEVELS), None)

#: Above this the network is at the end of its levels. At half the contrast there is half the noise.
_STRONG = 15.0
_DOUBT = 0.1, 0.9
#: Of white noise of 5 and more on texture the direction with least has 1 and more of the mean; of
#: cameras' noise that is read as more than 2.5 up to 0.74, of texture that was sharpened 0.63.
_LEAST_SURE, _ALIKE = 2.5, 0.97
#: Of white noise brightness has 0.85 and more in the finest frequencies that tell.
_OF_COLOUR = 0.83
#: From so many on, more pixels tell no more.
_PIXELS = 65536
_ALONE, _CLEAN_SQUARE = 0.25, 0.4

Floats = NDArray[np.float32]
Array = NDArray[np.float64]


class Evidence(NamedTuple):
    """What the ways to read white noise have found in a picture in colour, 0-255 scale.

    Attributes:
        colour: of patches in all colours.
        least: in the direction of these that has least.
        half_colour, half_least: the same at half the size.
        brightness: of patches of brightness that show nothing else.
        told: whether there are any such.
        quiet: the most that quiet places allow.
        coded: in the frequencies that a JPEG has kept, if it is sure.
        is_coded: whether there are steps of a JPEG.
        finest: an upper bound, from the finest of them.
        pixels: how many the picture has.
    """

    colour: float
    least: float
    half_colour: float
    half_least: float
    brightness: float
    told: bool
    quiet: float
    coded: float
    is_coded: bool
    finest: float
    pixels: int

    @property
    def is_correlated(self) -> bool:
        """Brightness has less of it in fine detail than white noise would have.

        So that neighbours share it, as what fills in the colours of a camera's mosaic leaves it.
        """
        return self.finest < _OF_COLOUR * self.colour

    @property
    def sure(self) -> bool:
        """It is white noise, whatever else there is.

        All directions of small patches have the same of it, or the finest frequencies of what never
        was a JPEG. No clean picture and none of a camera had that, of 560.
        """
        return is_even(self.colour, self.least) or (self.coded > 0 and not self.is_coded)

    def features(self, contrast: float = 1.0) -> Floats:
        """(11,) as the network sees them, of the picture with so much of its contrast."""
        flags = {5: self.told, 8: self.is_coded}
        last = len(self) - 1
        seen = [
            float(flags[i])
            if i in flags
            else np.log(min(value / _PIXELS, 1.0))
            if i == last
            else np.log(np.clip(contrast * value, 0.1, 100))
            for i, value in enumerate(self)
        ]
        return np.array(seen, np.float32)


def is_even(colour: float, least: float) -> bool:
    """Whether noise of patches has as much in the direction with least of it, as only white has."""
    return colour >= _LEAST_SURE and least >= _ALIKE * colour


@dataclass(frozen=True)
class Judgement:
    """What is likely.

    Attributes:
        none, white: the chances that there is no noise, and that it is white.
        level: of white noise before a JPEG file was made, if that is what there is, 0-255 scale.
        camera: the noise of a camera, if that is what there is.
    """

    none: float
    white: float
    level: float
    camera: CameraNoise


def judge(pixels: Floats, evidence: Evidence, contrast: float = 1.0) -> Judgement | None:
    """Look at (H, W, 3) pixels in 0..1; None where there is too little picture.

    Args:
        contrast: the share of it with which the network sees the picture, if its noise is stronger
            than those it knows.
    """
    if min(pixels.shape[:2]) < SQUARE:
        return None
    raise_if_stopped()
    squares = cut_squares(pixels[between_bars(pixels, SQUARE)])
    found = _read(squares, evidence, contrast)
    if found.camera.level < _STRONG or contrast < 1:
        return found
    less = _read(squares, evidence, 0.5)
    return replace(found, camera=max(found.camera, less.camera, key=lambda one: one.level))


def _read(squares: Floats, evidence: Evidence, contrast: float) -> Judgement:
    rows, columns = squares.shape[:2]
    share = np.float32(contrast)
    flat = (1 - share) / 2 + share * squares.reshape(-1, SQUARE, SQUARE, 3)
    told = evidence.features(contrast)
    seen = features(flat)
    raise_if_stopped()
    kinds, places = chances(seen, told, bundled_weights("noise"))
    raise_if_stopped()
    none, white, camera = float(kinds[0]), kinds[WHITE], kinds[CAMERA]
    with_none = np.concatenate([kinds[:1], camera])
    low, high = (quantile(with_none / with_none.sum(), q) for q in _DOUBT)
    grid = _with_neighbours(places.reshape(rows, columns, -1))
    # where there is noise in the picture, a place without is less likely than it looks alone
    grid[..., 0] *= _ALONE
    grid /= grid.sum(axis=2, keepdims=True)
    regions = tuple(tuple(round(_decided(one), 2) for one in row) for row in grid)
    noise = CameraNoise(_median(camera), low, high, regions).times(1 / contrast)
    return Judgement(none, float(white.sum()), _median(white) / contrast, noise)


def chances(seen: Floats, told: Floats, weights: Weights) -> tuple[Array, Array]:
    """What the network says of one picture.

    Args:
        seen: (N, F) `features` of its squares; each is judged in the light of the others.
        told: (E,) the numbers of its `Evidence`.

    Returns:
        (1 + 2 L,) chances for the picture, and (N, 1 + L) for its squares: none, and the levels.
    """
    own = _relu(linear((seen - weights["usual"]) / weights["spread"], weights, "square"))
    heed = _softmax(linear(own, weights, "heed"), axis=0)
    read = _relu(linear((told - weights["told_usual"]) / weights["told_spread"], weights, "told"))
    both = np.concatenate([(heed * own).sum(axis=0), own.mean(axis=0), read])
    hidden = _relu(linear(both, weights, "picture"))
    kinds = _softmax(linear(hidden, weights, "kinds").astype(np.float64), axis=0)
    beside = np.concatenate([own, np.repeat(hidden[None], len(own), axis=0)], axis=1)
    return kinds, _softmax(linear(beside, weights, "levels").astype(np.float64), axis=1)


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0)


def _with_neighbours(chances: Array) -> Array:
    """Every cell of a (rows, columns, levels) grid heeds those around it, nearer ones more."""
    for axis in (0, 1):
        edges = [(1, 1) if i == axis else (0, 0) for i in range(3)]
        padded = np.pad(chances, edges, mode="edge")
        before, here, after = (
            padded.take(range(i, i + chances.shape[axis]), axis) for i in range(3)
        )
        chances = (before + 2 * here + after) / 4
    return chances


def _decided(chances: Array) -> float:
    """0 if that is likely, and else the median of the levels above it."""
    alone = float(chances[0])
    return 0.0 if alone >= _CLEAN_SQUARE else quantile(chances, (1 + alone) / 2)


def _median(shares: Array) -> float:
    """The median of the levels above none, by their (L,) shares of any sum."""
    return quantile(np.concatenate([[0.0], shares / max(float(shares.sum()), 1e-300)]), 0.5)


def quantile(chances: Array, q: float) -> float:
    """The level that the best one is below with chance q; between two levels, in logarithms.

    Args:
        chances: (1 + L,) of none, and of the levels.
    """
    reached = np.cumsum(chances)
    index = int(np.searchsorted(reached, q))
    if index == 0:
        return 0.0
    index = min(index, len(LEVELS))
    fraction = (q - reached[index - 1]) / max(chances[index], 1e-12)
    step = LEVELS[1] / LEVELS[0]
    return float(LEVELS[index - 1] * step ** (min(fraction, 1.0) - 0.5))


def _softmax(x: NDArray[Any], axis: int) -> NDArray[Any]:
    raised: NDArray[Any] = np.exp(x - x.max(axis=axis, keepdims=True))
    chances: NDArray[Any] = raised / raised.sum(axis=axis, keepdims=True)
    return chances
