"""How near a picture is to the truth, as restoration papers count it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.floating[Any]]


def to_8_bit(pixels: Array) -> NDArray[np.float64]:
    """Values in 0..1 clipped and rounded as a file would hold them, still as numbers, 0..255."""
    return np.rint(np.clip(pixels, 0, 1).astype(np.float64) * 255)


def psnr(a: Array, b: Array) -> float:
    """Peak signal-to-noise ratio in decibels over all channels, after rounding to 8 bits.

    Args:
        a, b: (H, W, 3) in 0..1. Equal pictures give infinity.
    """
    error = float(np.mean((to_8_bit(a) - to_8_bit(b)) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(a: Array, b: Array) -> float:
    """Structural similarity in [-1, 1], the mean over pixels and channels, at 8 bits.

    Wang et al. (2004), "Image Quality Assessment: From Error Visibility to Structural
    Similarity": 11 x 11 Gaussian window of deviation 1.5, whose reach is left out at the border.

    Args:
        a, b: (H, W, 3) in 0..1, sides at least 11.

    Raises:
        ValueError: if a side is shorter than the window.
    """
    reach = 5
    if min(a.shape[:2]) <= 2 * reach:
        raise ValueError(f"SSIM needs sides of at least {2 * reach + 1}, got {a.shape[:2]}")

    def local_mean(x: NDArray[np.float64]) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = gaussian_filter(x, 1.5, radius=reach, axes=(0, 1))
        return mean

    x, y = to_8_bit(a), to_8_bit(b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_x, mean_y = local_mean(x), local_mean(y)
    var_x = local_mean(x * x) - mean_x**2
    var_y = local_mean(y * y) - mean_y**2
    covariance = local_mean(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (var_x + var_y + c2)
    return float((luminance * structure)[reach:-reach, reach:-reach].mean())
