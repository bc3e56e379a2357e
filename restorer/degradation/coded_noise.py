"""Noise that JPEG compression has kept in the brightness.

Coarse steps round fine coefficients to zero, and with them what tells white noise in a patch. How
long the steps are shows in the coefficients, which are multiples of them; and as long as they are
no longer than three deviations of the noise, what it was before they were rounded follows from
their mean square. In the calmest blocks of a photograph detail falls off from frequency to
frequency and is nearly grey; noise does not, and is in the colours too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn
from scipy.special import ndtr

from restorer.imaging.geometry import middle
from restorer.imaging.grey import LUMA

_BLOCK, _CELL = 8, 16
_MIDDLE = 1024
_QUIET, _FEWEST = 0.05, 20
_END, _CUT_SHARE = 4.0, 0.05
_LUMA = np.array(LUMA, np.float32)
_CHROMA = np.array([[-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]], np.float32).T
#: Frequencies whose rows and columns add up to this.
_SUMS = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK)).ravel()
#: Steps that are looked for; how plainly multiples of one must stand out (1 for nothing else), and
#: in how many blocks at most.
_STEPS, _PLAIN, _LOOKED_AT = np.arange(60, 2, -1), 0.6, 1000
#: A band of frequencies tells as long as its steps are no longer than so many deviations.
_LONGEST = 3.0
#: The sums of the bands that are looked at. Where detail has gone, the finest of those that tell
#: have no less than this share of what the ones before have: in clean photographs up to 0.86.
_FIRST, _LAST, _EVEN = 3, 12, 0.88
#: Noise that was sharpened, and texture, rise towards the finest; from this share is more.
_RISE = 0.84
#: The same where no more bands tell, with which noise must be this strong.
_FEWEST_BANDS, _EVEN_OF_FEW = 3, 0.93
#: The share of it that colours have at least: clean photographs have less.
_COLOUR = 0.36
#: Less is not told from fine texture for sure, 0-255 scale in each channel.
_LEAST, _LEAST_UNCODED = 6.5, 7.0
#: Unless blocks that are less calm have hardly more of it, so many times: texture is not the same
#: from place to place. Then so little noise of a JPEG is sure, and its bands may be less even.
_LESS_CALM, _ALIKE, _TEXTURE = 0.15, 1.1, 1.5
_LEAST_ALIKE, _EVEN_ALIKE = 4.0, 0.8

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class CodedNoise:
    """Measurements from the calmest blocks; deviations of each channel, 0-255 scale.

    Attributes:
        std: the noise before a JPEG file was made; 0 where that is not sure.
        coded: such a file was made for sure.
        finest: what brightness has in the finest of the frequencies that tell, as noise that is
            white: an upper bound, for detail adds to it. `inf` where too few tell.
    """

    std: float
    coded: bool
    finest: float = np.inf


def read_coded_noise(pixels: Floats, one_tone: bool = False) -> CodedNoise:
    """Measure (H, W, 3) pixels in 0..1; the first pixel should begin a block of the file.

    Args:
        one_tone: the channels carry the same noise, and colours tell nothing of it.
    """
    part: Floats = pixels[middle(pixels.shape, _MIDDLE, _CELL)][..., :3] * np.float32(255)
    rows, columns = (side // _CELL for side in part.shape[:2])
    part = part[: rows * _CELL, : columns * _CELL]
    light = _blocks((part @ _LUMA).astype(np.float32))
    ends = (light < _END) | (light > 255 - _END)
    usable = (ends.mean(axis=(1, 2)) < _CUT_SHARE) & (np.ptp(light, axis=(1, 2)) > 0)
    coefficients = dctn(light, axes=(1, 2), norm="ortho").reshape(-1, _BLOCK**2)
    steps = _steps(coefficients[usable])
    coded = bool((steps > 1).sum() > len(steps) // 4)
    detail = np.square(coefficients)[:, (_SUMS > 0) & (_SUMS < _FIRST)].sum(axis=1)
    detail = np.where(usable, detail, np.inf)
    # A cell is as calm as its least calm block; colour is kept once for its four blocks.
    calm, cells = (
        _calmest(detail),
        _calmest(detail.reshape(rows, 2, columns, 2).max(axis=(1, 3)).ravel()),
    )
    if min(len(calm), len(cells)) < _FEWEST:
        return CodedNoise(0.0, coded)
    bands = _bands(coefficients[calm], steps)
    if len(bands) < _FEWEST_BANDS:
        return CodedNoise(0.0, coded)
    finest = _finest(bands)
    noise = finest if one_tone else finest / float(np.linalg.norm(_LUMA))
    less_calm, more = _calmest(detail, _LESS_CALM)[len(calm) :], _TEXTURE
    if len(less_calm) >= _FEWEST:
        more = _finest(_bands(coefficients[less_calm], steps, len(bands))) / max(finest, 1e-9)
    if coded and more <= _ALIKE:
        flat = noise >= _LEAST_ALIKE and _is_flat(bands, _EVEN_ALIKE)
    elif one_tone:
        flat = False
    else:
        least = _LEAST if coded else _LEAST_UNCODED
        flat = noise >= least and more <= _TEXTURE and _is_flat(bands, _EVEN)
    sure = flat and (one_tone or _colour(part, cells) >= _COLOUR * finest)
    return CodedNoise(noise if sure else 0.0, coded, noise)


def _bands(coefficients: Floats, steps: Doubles, count: int | None = None) -> list[float]:
    """The deviations in brightness, band after band.

    Args:
        coefficients: (N, 64), of blocks.
        steps: theirs.
        count: of the bands; None for as many as tell.
    """
    bands, energies = list[float](), np.square(coefficients).mean(axis=0).astype(np.float64)
    for sum_ in range(_FIRST, _FIRST + (count or _LAST - _FIRST + 1)):
        chosen = sum_ == _SUMS
        level = _before(energies[chosen], steps[chosen])
        if count is None and np.median(steps[chosen]) > _LONGEST * level:
            break
        bands.append(level)
    return bands


def _finest(bands: list[float]) -> float:
    """The deviation in the finest of the bands."""
    return _mean(bands[-max(2, len(bands) // 3) :])


def _is_flat(bands: list[float], even: float) -> bool:
    """Whether the deviation in the finest bands is that of white noise, with no detail left.

    Args:
        even: the share that the finest have of those before, and the other way round.
    """
    count, finest = max(2, len(bands) // 3), _finest(bands)
    before, first = _mean(bands[max(0, len(bands) - 2 * count) : -count]), _mean(bands[:count])
    if len(bands) == _FEWEST_BANDS:
        even = _EVEN_OF_FEW
    return even * before <= finest <= min(before / even, first / _RISE)


def _mean(deviations: list[float]) -> float:
    return float(np.sqrt(np.square(deviations).mean()))


def _before(energies: Doubles, steps: Doubles) -> float:
    """The deviation of normal values from their mean squares after quantisation."""
    wanted, low, high = float(energies.sum()), 0.0, 2 * float(np.sqrt(energies.max())) + 1
    ratios, squares = _rounded()
    for _ in range(40):
        middle = (low + high) / 2
        made = steps**2 * np.interp(middle / steps, ratios, squares, right=np.nan)
        made = np.where(np.isnan(made), middle**2 + steps**2 / 12, made)
        low, high = (middle, high) if made.sum() < wanted else (low, middle)
    return (low + high) / 2


@lru_cache
def _rounded() -> tuple[Doubles, Doubles]:
    """Deviations of normal values, and their mean squares after rounding to integers."""
    ratios = np.linspace(0.02, 3, 300)
    whole = np.arange(1, 16)[:, None]
    chances = ndtr((whole + 0.5) / ratios) - ndtr((whole - 0.5) / ratios)
    return ratios, 2 * (whole**2 * chances).sum(axis=0)


def _steps(coefficients: Floats) -> Doubles:
    """(64,) the longest step that nearly all of (N, 64) are multiples of; 1 where none is plain."""
    values = coefficients[:: max(1, len(coefficients) // _LOOKED_AT)]
    steps = np.ones(_BLOCK**2)
    if len(values) < _FEWEST:
        return steps
    for place in range(1, _BLOCK**2):
        column = values[:, place]
        some = column[np.abs(column) > 1] / _STEPS[:, None].astype(np.float32)
        far = np.abs(some) > 0.4  # what would have been rounded to zero says nothing
        count = far.sum(axis=1)
        turned = (np.cos(2 * np.pi * some) * far).sum(axis=1) / np.maximum(count, 1)
        turned[count < _FEWEST] = 0
        plain = np.flatnonzero(turned > max(_PLAIN, 0.8 * turned.max()))
        steps[place] = _STEPS[plain[0]] if len(plain) else 1
    return steps


def _colour(part: Floats, cells: NDArray[np.intp]) -> float:
    """The deviation of colour in calm cells of (H, W, 3) at half size."""
    rows, columns = (side // _CELL for side in part.shape[:2])
    halves = (part @ _CHROMA).reshape(rows * _BLOCK, 2, columns * _BLOCK, 2, 2).mean(axis=(1, 3))
    energies = [
        np.square(dctn(_blocks(halves[..., k])[cells], axes=(1, 2), norm="ortho")) for k in (0, 1)
    ]
    return float(np.sqrt(np.mean(energies, axis=0).reshape(-1, _BLOCK**2)[:, _SUMS == 2].mean()))


def _blocks(plane: Floats) -> Floats:
    """(N, 8, 8) of a plane whose sides are multiples of 8, row after row."""
    rows, columns = (side // _BLOCK for side in plane.shape)
    split = plane.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return split.reshape(-1, _BLOCK, _BLOCK)


def _calmest(detail: Floats, share: float = _QUIET) -> NDArray[np.intp]:
    """Indices of this share of the finite values with the least detail, in rising order."""
    count = max(int(2 * _FEWEST * share / _QUIET), int(share * np.isfinite(detail).sum()))
    order = np.argsort(detail, kind="stable")[:count]
    return order[np.isfinite(detail[order])]
