"""Light without colour: how bright a colour is, and whether a picture has any."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.bands import bands

#: How much red, green and blue add to the brightness, for the eye and in JPEG (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)


def is_grey(pixels: NDArray[Any], most: float = 0.0) -> bool:
    """The channels of (H, W, 3) differ nowhere by more than `most`."""
    if most:
        return all(np.ptp(pixels[rows], axis=2).max() <= most for rows in bands(pixels.shape))
    return all((pixels[rows, :, 1:] == pixels[rows, :, :1]).all() for rows in bands(pixels.shape))
