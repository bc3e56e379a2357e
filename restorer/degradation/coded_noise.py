"""Noise that a JPEG has kept in its lower frequencies only.

Coarse steps round the finest coefficients to zero, and with them what tells white noise in a
patch. Between zero and the frequencies of detail its energy stays what it was: rounding to steps
of up to four deviations changes a mean square little. In the calmest blocks of a photograph detail
falls off from frequency to frequency and is nearly grey; noise does not, and is in the colours too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from restorer.imaging.grey import LUMA

_BLOCK, _CELL = 8, 16
_MIDDLE = 1024
_QUIET, _FEWEST = 0.05, 20
_END, _CUT_SHARE = 4.0, 0.05
_LUMA = np.array(LUMA, np.float32)
_CHROMA = np.array([[-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]], np.float32).T
#: Frequencies whose rows and columns add up to this.
_SUMS = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK)).ravel()
#: Of clean photographs one in fifty is as even as this, and as colourful.
_EVEN_NEAR, _EVEN_FAR, _RISE, _COLOUR = 1.1, 1.17, 0.8, 0.39
_LEAST = 7.0

Floats = NDArray[np.float32]


def read_coded_noise(pixels: Floats) -> float:
    """The noise in each channel before a JPEG file was made, 0-255 scale; 0 where that is not sure.

    Args:
        pixels: (H, W, 3) in 0..1, best with the first block of the file at the first pixel.
    """
    top, left = (max(0, side - _MIDDLE) // 2 // _CELL * _CELL for side in pixels.shape[:2])
    part: Floats = pixels[top:, left:][:_MIDDLE, :_MIDDLE, :3] * np.float32(255)
    rows, columns = (side // _CELL for side in part.shape[:2])
    part = part[: rows * _CELL, : columns * _CELL]
    brightness = (part @ _LUMA).astype(np.float32)
    light = _blocks(brightness)
    ends = (light < _END) | (light > 255 - _END)
    usable = (ends.mean(axis=(1, 2)) < _CUT_SHARE) & (np.ptp(light, axis=(1, 2)) > 0)
    energies = _energies(light)
    detail = np.where(usable, _band(energies, 1) + _band(energies, 2), np.inf)
    calm = _calmest(detail)
    # A cell is as calm as its least calm block; colour is kept once for its four blocks.
    cells = detail.reshape(rows, 2, columns, 2).max(axis=(1, 3)).ravel()
    calm_cells = _calmest(cells)
    if min(len(calm), len(calm_cells)) < _FEWEST:
        return 0.0
    third, fourth, fifth, sixth = (
        float(_band(energies[calm], sum_).mean()) for sum_ in (3, 4, 5, 6)
    )
    halves = (part @ _CHROMA).reshape(rows * _BLOCK, 2, columns * _BLOCK, 2, 2).mean(axis=(1, 3))
    colours = [_energies(_blocks(halves[..., k])[calm_cells]) for k in (0, 1)]
    colour = float(np.mean([_band(one, 2).mean() for one in colours]))
    even = third <= _EVEN_NEAR**2 * fifth and _RISE**2 * sixth < third <= _EVEN_FAR**2 * sixth
    if not even or colour < _COLOUR**2 * fifth:
        return 0.0
    level = np.sqrt((third + fourth + fifth + sixth) / 4) / np.linalg.norm(_LUMA)
    return float(level) if level >= _LEAST else 0.0


def _blocks(plane: Floats) -> Floats:
    """(N, 8, 8) of a plane whose sides are multiples of 8, row after row."""
    rows, columns = (side // _BLOCK for side in plane.shape)
    split = plane.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return split.reshape(-1, _BLOCK, _BLOCK)


def _energies(blocks: Floats) -> Floats:
    """(N, 64) squared coefficients of (N, 8, 8) blocks."""
    found: Floats = np.square(dctn(blocks, axes=(1, 2), norm="ortho")).reshape(-1, _BLOCK**2)
    return found


def _band(energies: Floats, sum_: int) -> Floats:
    """(N,) means over the frequencies whose indices add up to `sum_`."""
    mean: Floats = energies[:, sum_ == _SUMS].mean(axis=1)
    return mean


def _calmest(detail: Floats) -> NDArray[np.intp]:
    """Where detail is least, of what is finite."""
    count = max(2 * _FEWEST, int(_QUIET * np.isfinite(detail).sum()))
    order = np.argsort(detail, kind="stable")[:count]
    return order[np.isfinite(detail[order])]
