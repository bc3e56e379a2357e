"""Edges for ControlNet: Canny (1986), "A Computational Approach to Edge Detection"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]

#: The four directions a slope can have: (rows, columns) of the next pixel uphill.
_UPHILL = ((0, 1), (1, 1), (1, 0), (1, -1))
#: Slopes in brightness a pixel: a weak edge counts where it leads to a strong one.
_WEAK, _STRONG = 0.1, 0.2
#: Deviation of the smoothing before, in pixels.
_BLUR = 1.4


def edges(pixels: Floats) -> Floats:
    """White lines on black, (H, W, 3) in 0..1, where a picture (H, W, 3) in 0..1 has edges."""
    smooth = ndimage.gaussian_filter(pixels.mean(axis=2), _BLUR, mode="nearest")
    down, right = (ndimage.sobel(smooth, axis=axis, mode="nearest") / 4 for axis in (0, 1))
    slope = np.hypot(down, right)
    thin = slope * _is_ridge(slope, down, right)
    parts, _ = ndimage.label(thin > _WEAK / 2, structure=np.ones((3, 3)))
    strong = np.unique(parts[thin > _STRONG / 2])
    lines = np.isin(parts, strong[strong > 0]).astype(np.float32)
    return np.repeat(lines[..., None], 3, axis=2)


def _is_ridge(slope: Floats, down: Floats, right: Floats) -> NDArray[np.bool_]:
    """Where the slope is not less than its two neighbours uphill and downhill."""
    direction = np.round(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    padded = np.pad(slope, 1)
    ridge = np.zeros(slope.shape, bool)
    height, width = slope.shape
    for which, (y, x) in enumerate(_UPHILL):
        before = padded[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        after = padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        ridge |= (direction == which) & (slope >= before) & (slope > after)
    return ridge
