"""Rows or columns that are all brighter or darker than they should be, as sensors leave them.

A picture's rows resemble those beside them. What the whole width of a row has more than the mean of
the rows above and below, in every quarter of it alike, was put there by the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

#: Weaker stripes (standard deviation, 0..1) are not looked for.
_WEAKEST = 1.0 / 255
#: The quarters of the picture must agree so well on them (correlation): clean photographs, 0.35.
_AGREEMENT = 0.7
#: Error of what a row has more, over its offset, as variances: what a picture itself has. Slow
#: changes would be taken for stripes otherwise; 0.001 and 0.3 give 0.8 and 1.1 dB less.
_LEAST_RATIO = 0.03
#: So many pixels of a row, or a few more, tell enough, and so many rows whether there are any.
_COLUMNS, _ROWS = 400, 800
#: Fewer rows, or pixels in a row, tell nothing.
_LEAST = 32


@dataclass(frozen=True)
class Stripes:
    """Offsets of rows and of columns, to be taken off.

    Attributes:
        rows: (H, 3), in 0..1; zeros if rows have none.
        columns: (W, 3).
    """

    rows: Floats
    columns: Floats

    @property
    def levels(self) -> tuple[float, float]:
        """Standard deviations of the offsets of rows and columns, 0-255 scale; 0 for none."""
        return float(self.rows.std() * 255), float(self.columns.std() * 255)

    @property
    def any(self) -> bool:
        return max(self.levels) > 0


def read_stripes(pixels: Floats) -> Stripes:
    """Row and column offsets of (H, W, 3) pixels in 0..1, where there are any for sure.

    Of a large picture, rows and columns in its middle tell whether there are any.
    """
    return Stripes(_offsets(pixels), _offsets(pixels.transpose(1, 0, 2)))


def without(pixels: Floats, stripes: Stripes) -> Floats:
    """The picture without its stripes, in 0..1."""
    flat = pixels - stripes.rows[:, None] - stripes.columns[None]
    return np.clip(flat, 0, 1, out=flat)


def _offsets(pixels: Floats) -> Floats:
    """(H, 3), zeros where there are none for sure."""
    height, width = pixels.shape[:2]
    none = np.zeros((height, pixels.shape[2]), np.float32)
    if height < _LEAST or width < _LEAST:
        return none
    if height > _ROWS:
        first = (height - _ROWS) // 2
        if not _offsets(pixels[first : first + _ROWS]).any():
            return none
    quarters = [_excess(part[:, : _COLUMNS // 4]) for part in np.array_split(pixels, 4, axis=1)]
    middle = np.mean(quarters, axis=0)
    apart = np.stack([quarter.mean(axis=1) for quarter in quarters])
    spread = float(np.median(np.abs(middle.mean(axis=1)))) / 0.6745
    if spread < _WEAKEST * 1.5**0.5 or _correlation(apart, 3 * spread) < _AGREEMENT:
        return none
    error = float(np.median(np.abs(apart - apart.mean(axis=0)))) / 0.6745 / 2
    variance = max(1e-12, spread**2 / 1.5)
    solved = [_solved(middle[:, c], error**2 / variance) for c in range(middle.shape[1])]
    return np.stack(solved, axis=1).astype(np.float32)


def _excess(part: Floats) -> Doubles:
    """What a row has more than the mean of its neighbours, (H, 3): the median along it."""
    padded = np.pad(part, ((1, 1), (0, 0), (0, 0)), mode="reflect")
    excess = padded[1:-1] - (padded[:-2] + padded[2:]) / 2
    return np.asarray(np.median(excess, axis=1), np.float64)


def _correlation(quarters: Doubles, most: float) -> float:
    """Least of any two quarters; edges across the picture count no more than stripes do."""
    clipped = np.clip(quarters, -most, most)
    return float(np.corrcoef(clipped).min()) if clipped.std(axis=1).all() else 0.0


def _solved(excess: Doubles, ratio: float) -> Doubles:
    """Offsets s with s - (s before + s after) / 2 = excess, the smallest that explain it.

    Args:
        excess: (H,).
        ratio: variance of its error over that of s.
    """
    count = len(excess)
    kernel = np.array([-0.5, 1.0, -0.5])
    gram = np.convolve(kernel, kernel)  # of s with itself, two rows apart at most
    bands = np.zeros((3, count))
    bands[0], bands[1], bands[2] = gram[0], gram[1], gram[2] + max(ratio, _LEAST_RATIO)
    right = np.convolve(np.pad(excess, 1, mode="reflect"), kernel, mode="valid")
    return np.asarray(solveh_banded(bands, right))
