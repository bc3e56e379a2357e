"""Reading the noise of cameras, which is neither white nor the same everywhere.

Neighbours share it, so what is left of it in fine detail, which tells white noise, is a tenth. A
small network looks at squares of the picture and says how strong it is there (0-255 scale).
`restorer.training.camera` makes the network; its folder in `resources/models` says how good it is.
No torch: it is small enough for numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.numpy_network import Weights, bundled_weights, linear

#: The levels of noise between which the network decides, 0-255 scale.
LEVELS = np.array([0, *(1.26 ** np.arange(14))])
#: Side of the squares it looks at, in pixels.
SQUARE = 64

#: Above this the network is at the end of its levels. At half the contrast there is half the noise.
_STRONG = 15.0
_MOST_SQUARES = 96
_DOUBT = 0.1, 0.9
_ALONE = 0.25
#: Chances of no noise: to spoil a clean picture is worse than to leave noise. Of 51 crops of camera
#: pictures with less than 0.4 in all, 50 had up to 0.19; of 24 clean pictures, made larger,
#: softer or sharper, that had less than 0.4, ten had more than 0.22.
_CLEAN, _CLEAN_IN_ALL = 0.4, 0.22
Floats = NDArray[np.float32]
Array = NDArray[np.float64]

_BLOCK, _APART = 8, 4
_QUANTILES = 0.05, 0.15, 0.3, 0.5, 0.8
_ROUNDING = np.float32(0.05)  # keeps the logarithm of a flat block finite


def _cosines() -> Floats:
    """(64, 64): the discrete cosine transform of a block, orthonormal."""
    n = np.arange(_BLOCK)
    basis = np.cos(np.pi * (n[:, None] + 0.5) * n / _BLOCK) * np.sqrt(2 / _BLOCK)
    basis[:, 0] /= np.sqrt(2)
    both: Floats = np.kron(basis, basis).astype(np.float32)
    return both


def _bands() -> Floats:
    """(64, 8): the mean over the frequencies of a band, without the mean brightness."""
    n = np.arange(_BLOCK)
    distance = np.hypot(n[:, None], n).ravel()
    edges = [0.5, 1.2, 2.3, 3.3, 4.3, 5.3, 6.5, 8.0, 10.0]
    member = np.stack([(low < distance) & (distance <= high) for low, high in pairwise(edges)], 1)
    shares: Floats = (member / member.sum(axis=0)).astype(np.float32)
    return shares


_COSINES, _BANDS = _cosines(), _bands()
_OPPONENTS = np.array([[1 / 3, 0.5, -0.25], [1 / 3, 0.0, 0.5], [1 / 3, -0.5, -0.25]], np.float32)


@dataclass(frozen=True)
class CameraNoise:
    """Noise as a camera leaves it in a file: standard deviations, 0-255 scale.

    Attributes:
        level: of the whole picture.
        low, high: the window of doubt: four of five times the noise of a square is between them.
        regions: the level from place to place: rows of a grid that covers the picture evenly.
    """

    level: float
    low: float
    high: float
    regions: tuple[tuple[float, ...], ...]

    def times(self, factor: float) -> CameraNoise:
        """So many times as strong."""
        regions = tuple(tuple(round(factor * level, 2) for level in row) for row in self.regions)
        return CameraNoise(factor * self.level, factor * self.low, factor * self.high, regions)

    def at_least(self, level: float) -> CameraNoise:
        """The same noise where it is known to be stronger as a whole."""
        return self.times(level / self.level) if level > self.level else self


def read_camera_noise(pixels: Floats) -> CameraNoise | None:
    """Look at (H, W, 3) pixels in 0..1; None where there is no noise, or too little picture."""
    if min(pixels.shape[:2]) < SQUARE:
        return None
    squares = cut_squares(pixels)
    found = _read(squares)
    if found is None or found.level < _STRONG:
        return found
    half = _read(np.float32(0.25) + np.float32(0.5) * squares)
    return half.times(2.0) if half is not None and 2 * half.level > found.level else found


def _read(squares: Floats) -> CameraNoise | None:
    rows, columns = squares.shape[:2]
    chances = likely_levels(squares.reshape(-1, SQUARE, SQUARE, 3), bundled_weights("camera-noise"))
    overall = chances.mean(axis=0)
    level = _decided(overall, _CLEAN_IN_ALL)
    low, high = (quantile(overall, q) for q in _DOUBT)
    if level == 0:
        return None
    chances = _with_neighbours(chances.reshape(rows, columns, -1))
    # where there is noise in the picture, a place without is less likely than it looks alone
    chances[..., 0] *= _ALONE
    chances /= chances.sum(axis=2, keepdims=True)
    regions = tuple(tuple(round(_decided(one), 2) for one in row) for row in chances)
    return CameraNoise(level, low, high, regions)


def cut_squares(pixels: Floats) -> Floats:
    """(rows, columns, SQUARE, SQUARE, 3): all of a small picture, an even sample of a large one."""
    height, width = pixels.shape[:2]
    side = max(SQUARE, np.sqrt(height * width / _MOST_SQUARES))
    tops, lefts = (
        np.linspace(0, length - SQUARE, max(1, int(length / side))).astype(int)
        for length in (height, width)
    )
    return np.stack(
        [np.stack([pixels[y : y + SQUARE, x : x + SQUARE, :3] for x in lefts]) for y in tops]
    )


def likely_levels(squares: Floats, weights: Weights) -> Array:
    """(N, len(LEVELS)) chances of the levels, for (N, SQUARE, SQUARE, 3) in 0..1.

    All squares must be of one picture: each is judged in the light of the others.
    """
    seen = (features(squares) - weights["usual"]) / weights["spread"]
    own = np.maximum(linear(seen, weights, "square"), 0)
    heed = _softmax(linear(own, weights, "heed"), axis=0)
    shared = (heed * own).sum(axis=0, keepdims=True)
    both = np.concatenate([own, np.repeat(shared, len(own), axis=0)], axis=1)
    hidden = np.maximum(linear(both, weights, "picture"), 0)
    return _softmax(linear(hidden, weights, "levels").astype(np.float64), axis=1)


def features(squares: Floats) -> Floats:
    """(N, F): what the spectra of small blocks of (N, SQUARE, SQUARE, 3) squares have in common.

    Noise is in every block, detail in some. So the energies of brightness and two colours in a
    few bands of frequency are given by their quantiles over the blocks, and by their means over
    the blocks with least detail; the same again at half the size, where noise that neighbours
    share is as plain as white noise. In logarithms twice the noise is one step further, at any
    level.
    """
    colours = squares @ _OPPONENTS * np.float32(255)
    half = colours.reshape(len(squares), SQUARE // 2, 2, SQUARE // 2, 2, 3).mean(axis=(2, 4))
    bright = squares.mean(axis=(1, 2))
    return np.concatenate([_spectra(colours), _spectra(half), bright], axis=1)


def _spectra(colours: Floats) -> Floats:
    """The features of (N, S, S, 3) brightness and two colours at one size, 0-255 scale."""
    windows = np.lib.stride_tricks.sliding_window_view(colours, (_BLOCK, _BLOCK), axis=(1, 2))
    blocks = windows[:, ::_APART, ::_APART].reshape(len(colours), -1, 3, _BLOCK**2)
    energies = np.square(blocks @ _COSINES) @ _BANDS + _ROUNDING
    flat = np.argsort(energies[:, :, 0].sum(axis=2), axis=1, kind="stable")
    flattest = [
        np.take_along_axis(energies, flat[:, : flat.shape[1] // n, None, None], axis=1)
        for n in (10, 3)
    ]
    seen = [
        *np.quantile(np.log(energies), _QUANTILES, axis=1),
        *(np.log(some.mean(axis=1)) for some in flattest),
    ]
    parts = [np.reshape(one, (len(colours), -1)) for one in seen]
    return np.concatenate(parts, axis=1).astype(np.float32)


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


def _decided(chances: Array, clean: float = _CLEAN) -> float:
    """0 if that is likely, and else the median of the levels above it."""
    alone = float(chances[0])
    return 0.0 if alone >= clean else quantile(chances, (1 + alone) / 2)


def quantile(chances: Array, q: float) -> float:
    """The level that the best one is below with chance q; between two levels, in logarithms."""
    reached = np.cumsum(chances)
    index = int(np.searchsorted(reached, q))
    if index == 0:
        return 0.0
    index = min(index, len(LEVELS) - 1)
    fraction = (q - reached[index - 1]) / max(chances[index], 1e-12)
    step = LEVELS[2] / LEVELS[1]
    return float(LEVELS[index] * step ** (min(fraction, 1.0) - 0.5))


def _softmax(x: NDArray[Any], axis: int) -> NDArray[Any]:
    raised: NDArray[Any] = np.exp(x - x.max(axis=axis, keepdims=True))
    chances: NDArray[Any] = raised / raised.sum(axis=axis, keepdims=True)
    return chances
