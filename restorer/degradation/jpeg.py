"""Blocks of a JPEG in a picture that is no JPEG file any more."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

_SIDE = 8
_MIDDLE = 1024
#: Photographs without blocks reach 1.09.
_BLOCKS = 1.12
_SURE = 0.4
_MOST_BLOCKS = 4000
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LOW = np.array([1, 8, 9, 2, 16, 10, 17, 3, 24])  # the lowest frequencies, not the mean


def blockiness(pixels: NDArray[np.float32]) -> tuple[float, tuple[int, int]]:
    """How much stronger the steps across an 8 x 8 grid are than those beside it, and that grid.

    About 1 without blocks, whatever the picture, and with light compression; noise hides blocks.
    Looks at the middle megapixel.

    Args:
        pixels: (H, W, 3) in 0..1.

    Returns:
        The weaker of the ratios of rows and columns, and (row, column) of the grid's first line.
    """
    top, left = (max(0, side - _MIDDLE) // 2 // _SIDE * _SIDE for side in pixels.shape[:2])
    grey = pixels[top:, left:][:_MIDDLE, :_MIDDLE].mean(axis=2)
    if min(grey.shape) < 4 * _SIDE:
        return 1.0, (0, 0)
    down, row = _grid(grey)
    across, column = _grid(grey.T)
    return min(down, across), (row, column)


def _grid(grey: NDArray[np.float32]) -> tuple[float, int]:
    """The ratio for lines between rows, and the line, 0 to 7, where it is largest.

    The second difference of a step's two sides, |b - c| less the mean of |a - b| and |c - d|
    (Wang, Bovik & Evans, "Blind measurement of blocking artifacts", ICIP 2000), leaves smooth
    slopes and strong edges out.
    """
    steps = np.abs(np.diff(grey, axis=0))
    jump = np.clip(steps[1:-1] - (steps[:-2] + steps[2:]) / 2, 0, 0.1).mean(axis=1)
    lines = (np.arange(len(jump)) + 2) % _SIDE
    means = np.array([jump[lines == line].mean() for line in range(_SIDE)])
    best = int(np.argmax(means))
    others = float(np.median(np.delete(means, best)))
    if others <= 0:
        return (1.0 if means[best] <= 0 else np.inf), best
    return float(means[best]) / others, best


def block_quality(pixels: NDArray[np.float32]) -> int | None:
    """The quality a picture was compressed with as JPEG, 1 to 100, read from its pixels.

    The coefficients of its blocks are multiples of the quantisation steps (Fan & de Queiroz,
    "Identification of bitmap compression history", TIP 2003): of libjpeg's tables, the one on
    whose multiples they lie best.

    Args:
        pixels: (H, W, 3) in 0..1, neither resized nor made noisy since.

    Returns:
        None where no blocks are seen, as at a quality of 90 and more.
    """
    strength, (row, column) = blockiness(pixels)
    if strength < _BLOCKS:
        return None
    grey = 255 * (pixels[row:, column:][:_MIDDLE, :_MIDDLE] @ _LUMA) - 128
    rows, columns = (side // _SIDE for side in grey.shape)
    blocks = grey[: rows * _SIDE, : columns * _SIDE].reshape(rows, _SIDE, columns, _SIDE)
    found = dctn(blocks, axes=(1, 3), norm="ortho").transpose(0, 2, 1, 3).reshape(-1, 64)
    found = found[:: 1 + len(found) // _MOST_BLOCKS]
    near = [_nearness(found, luma) for luma in _tables()]
    best = int(np.argmax(near))
    return best + 1 if near[best] > _SURE else None


@cache
def _tables() -> tuple[tuple[int, ...], ...]:
    from restorer.imaging.jpeg_tables import tables_of_quality  # Pillow, once it is needed

    return tuple(tables_of_quality(quality).luma for quality in range(1, 96))


def _nearness(found: NDArray[np.float64], luma: tuple[int, ...]) -> float:
    """How well (N, 64) coefficients lie on multiples of these steps: 1 on them, 0 anywhere.

    Coefficients that are zero lie on every multiple, and are not asked.
    """
    steps = np.array(luma)[_LOW]
    low = found[:, _LOW]
    asked = np.abs(low) > 2.5
    if not asked.any():
        return 0.0
    off = np.abs(low) < steps / 2  # rounding would have made it zero
    return float(np.where(off, -1, np.cos(2 * np.pi * low / steps))[asked].mean())
