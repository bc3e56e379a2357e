"""An upper bound of the noise from the quiet places of a picture.

Noise is everywhere, detail is not. Where a picture was drawn, its edges look like noise to a method
that knows photographs; between them there is none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.patches import sample_patches

_SIDE, _SAMPLES = 9, 4000
#: At least so large a part of a picture is calmer than its average; borders in one colour, which a
#: JPEG has not left wholly flat, may take up this much.
_QUIET = 0.3
#: Of white noise, the median of |a - 2 b + c| is so many times its deviation.
_MEDIAN = 0.6745 * 6**0.5
#: Nearer than this to black or white (0-255 scale) noise may have been cut off; where this share of
#: a window was, it says little, and what is left of noise in the worst case is `_CUT` of it.
_END, _CUT_SHARE, _CUT = 3.5, 0.05, 0.4
_FEWEST, _FEWEST_SHARE = 30, 0.05
#: What a program has drawn from one colour to another differs from a plane by rounding: so much, in
#: all windows but these.
_ROUNDED, _ALL = 0.61, 0.95

Floats = NDArray[np.float32]


def quiet_levels(pixels: Floats) -> tuple[NDArray[np.float64], bool]:
    """(N,) possible noise of some windows, 0-255 scale; detail adds to it.

    Args:
        pixels: (H, W, C) in 0..1. Windows in one colour are left out.

    Returns:
        The levels, and whether black or white has cut off noise in nearly all of the picture;
        those windows are asked only then.
    """
    height, width = (min(side, _SIDE) for side in pixels.shape[:2])
    windows = sample_patches(pixels, height, width, _SAMPLES)
    if len(windows) == 0 or max(height, width) < 3:
        return np.empty(0), False
    bends = [
        np.abs(np.diff(windows, 2, axis)).reshape(len(windows), -1)
        for axis, side in ((1, height), (2, width))
        if side >= 3
    ]
    levels = np.median(np.concatenate(bends, axis=1), axis=1).astype(np.float64) / _MEDIAN
    ends = (windows < _END) | (windows > 255 - _END)
    whole = ends.reshape(len(windows), -1).mean(axis=1) < _CUT_SHARE
    if whole.sum() >= max(_FEWEST, _FEWEST_SHARE * len(windows)):
        return levels[whole], False
    return levels, True


def most_noise(pixels: Floats) -> float:
    """The largest possible noise of (H, W, C) pixels in 0..1, 0-255 scale, as in the file.

    Their quieter windows have it all, whatever the others show. `inf` where there are too few.
    """
    levels, cut = quiet_levels(pixels)
    if len(levels) < _FEWEST:
        return np.inf
    return float(np.quantile(levels, _QUIET)) / (_CUT if cut else 1.0)


def is_gradient(pixels: Floats) -> bool:
    """Whether (H, W, C) pixels in 0..1 have no fine structure, not even grain, as in drawings."""
    levels, _ = quiet_levels(pixels)
    return len(levels) > 0 and float(np.quantile(levels, _ALL)) <= _ROUNDED
