"""Clipping of Gaussian noise at black and white, and its inverse.

A file stores clip(x + p n, 0, 255): x the clean value, n standard normal, p the noise before
clipping. Near black and white half of the noise is cut off, so the noise read from a file is too
small (a true 50 reads as 44) and what is left has a mean other than zero: a denoiser, which
returns that mean, leaves blacks grey and whites dull. Both effects follow from the normal
distribution alone and are inverted here.

Noise, x and means are on the 0-255 scale; pixels are in 0..1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from restorer.degradation.patches import sample_patches

WHITE = 255.0
#: Beyond this nothing can be told apart: the picture is nearly black and white dots.
MAX_NOISE = 255.0
#: Beyond this level nothing is left in a clipped picture that this model could use; what is read
#: keeps the ratio to the noise that it has here.
MOST_CLIPPED = 150.0

_CLOSE = 1e-4  # how exactly noise is found
_WINDOW = 7
_SAMPLES = 4000
_LEVELS = np.linspace(0.0, WHITE, 4096)
_PLACES = 1 << 17  # that 0..1 is divided into
_AT_A_TIME = 1 << 16  # values; the indices of more would be two more copies of a picture

Array = NDArray[np.float64]


def clipped_mean(x: ArrayLike, p: float) -> Array:
    """m_p(x) = E[clip(x + p n, 0, 255)], rising in x; x and p on the 0-255 scale."""
    return _moments(np.asarray(x, dtype=np.float64), p)[0]


def clipped_variance(x: ArrayLike, p: float) -> Array:
    """Var[clip(x + p n, 0, 255)], at most p^2; x and p on the 0-255 scale."""
    return _moments(np.asarray(x, dtype=np.float64), p)[1]


def clipped_std(p: float, pixels: NDArray[np.float32]) -> float:
    """The noise measured in a file after noise of std `p` was clipped.

    Args:
        p: noise before clipping, 0-255 scale.
        pixels: the noisy file, (H, W, C) in 0..1.
    """
    return std_at_means(p, local_means(pixels))


def level_in_file(noise: float, pixels: NDArray[np.float32]) -> float:
    """The noise left after clipping at black and white, as in `clipped_std`."""
    modelled = min(noise, MOST_CLIPPED)
    return clipped_std(modelled, pixels) * noise / modelled


def undo_clipping(pixels: NDArray[np.float32], p: float) -> NDArray[np.float32]:
    """Move denoised pixels from m_p(x) back to x.

    Args:
        pixels: what a denoiser made of the clipped file, any shape, in 0..1.
        p: noise before clipping, 0-255 scale.

    Returns:
        Same shape, in 0..1. The identity where the noise does not reach black or white.
    """
    if p <= 0:
        return np.clip(pixels, 0, 1).astype(np.float32)
    return _moved(pixels, _back(p))


def mean_in_file(pixels: NDArray[np.float32], p: float) -> NDArray[np.float32]:
    """Move clean pixels from x to m_p(x), their mean in the file: inverse of `undo_clipping`.

    Args:
        pixels: any shape, in 0..1.
        p: noise before clipping, 0-255 scale.
    """
    return _moved(pixels, _forth(p))


def _moved(pixels: NDArray[np.float32], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pixels plus what a table holds for them, in 0..1."""
    out = np.empty(pixels.shape, np.float32)
    step = max(1, _AT_A_TIME // max(1, pixels[:1].size))
    for start in range(0, len(pixels), step):
        part, into = pixels[start : start + step], out[start : start + step]
        places = np.clip(part, 0, 1, dtype=np.float32)
        places *= _PLACES
        if np.isnan(places.max(initial=0)):
            return np.full_like(out, np.nan)  # whoever looks at it must see that it is no picture
        into[:] = table.take(places.astype(np.intp))
        into += part
        np.clip(into, 0, 1, out=into)
    return out


#: Tables of how far each of many values in 0..1 is moved are ten times as fast as `np.interp`.
#: Nearest values are taken: what is moved is off by less than 1e-5, and what stays is exact.
_VALUES = (np.arange(_PLACES + 1) + 0.5) / _PLACES


@lru_cache(maxsize=4)
def _back(p: float) -> NDArray[np.float32]:
    """How far `undo_clipping` moves each of `_VALUES`."""
    back = np.interp(_VALUES, clipped_mean(_LEVELS, p) / WHITE, _LEVELS / WHITE)
    return (back - np.minimum(_VALUES, 1)).astype(np.float32)


@lru_cache(maxsize=4)
def _forth(p: float) -> NDArray[np.float32]:
    """How far `mean_in_file` moves each of `_VALUES`."""
    values = np.minimum(_VALUES, 1)
    return (clipped_mean(values * WHITE, p) / WHITE - values).astype(np.float32)


def local_means(pixels: NDArray[np.float32]) -> Array:
    """(N, C) means, 0-255 scale, of sampled windows of the picture, without flat ones."""
    height, width = (min(side, _WINDOW) for side in pixels.shape[:2])
    sampled = sample_patches(pixels, height, width, _SAMPLES)
    means: Array = sampled.mean(axis=(1, 2), dtype=np.float64)
    return means


def std_at_means(p: float, means: Array) -> float:
    """`clipped_std` where the local means of the noisy file (0-255 scale) are known already."""
    if p <= 0:
        return 0.0
    if means.size == 0:
        return p
    expected, variance = _moments(_LEVELS, p)
    return float(np.sqrt(np.interp(means, expected, variance).mean()))


def preclip_at_means(e: float, means: Array) -> float:
    """The noise before clipping, given the noise read in the file: inverse of `std_at_means`.

    Args:
        e: noise in the file, 0-255 scale.
        means: local means of the noisy file, 0-255 scale.

    Returns:
        p >= e, at most `MAX_NOISE`.
    """
    if e <= 0:
        return 0.0
    if std_at_means(e, means) >= e:  # nothing was clipped, to float precision
        return e
    if std_at_means(MAX_NOISE, means) <= e:
        return MAX_NOISE
    return _root(lambda p: std_at_means(p, means) - e, e, MAX_NOISE)


def _root(rises: Callable[[float], float], low: float, high: float) -> float:
    """The root of a function that is below 0 at `low` and above 0 at `high`.

    Newton's way with the slope between two points, held between the ends that enclose it. Not
    `scipy.optimize`, whose import held the window up while a picture was opened.
    """
    last, value = high, rises(high)
    at, now = low, rises(low)
    while high - low > _CLOSE:
        step = at - now * (at - last) / (now - value) if now != value else low
        if not low + _CLOSE / 2 < step < high - _CLOSE / 2:
            step = min(max(step, low + _CLOSE / 2), high - _CLOSE / 2)
        last, value, at = at, now, step
        now = rises(at)
        low, high = (at, high) if now < 0 else (low, at)
    return (low + high) / 2


def _moments(x: Array, p: float) -> tuple[Array, Array]:
    """Mean and variance of clip(x + p n, 0, 255)."""
    if p <= 0:
        return np.clip(x, 0, WHITE), np.zeros_like(x)
    a, b = -x / p, (WHITE - x) / p
    inside, white = ndtr(b) - ndtr(a), ndtr(-b)
    density_a, density_b = normal_density(a), normal_density(b)
    mean = x * inside + p * (density_a - density_b) + WHITE * white
    square = (
        (x * x + p * p) * inside
        + 2 * x * p * (density_a - density_b)
        + p * p * (a * density_a - b * density_b)
        + WHITE * WHITE * white
    )
    return mean, np.maximum(square - mean * mean, 0)


def normal_density(z: Array) -> Array:
    """Density of the standard normal distribution."""
    density: Array = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return density
