"""Metrics of restoration papers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.floating[Any]]


def to_8_bit(pixels: Array) -> NDArray[np.float64]:
    """Values in 0..1 clipped and rounded as in an 8-bit file, as numbers 0..255."""
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


#: From light in sRGB's primaries to XYZ in relation to its white (IEC 61966-2-1, D65).
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
) / np.array([[0.95047], [1.0], [1.08883]])


def cielab(pixels: Array) -> NDArray[np.float64]:
    """(..., 3) sRGB values in 0..1 as L, a and b (CIE 1976, D65)."""
    v = np.clip(pixels, 0, 1).astype(np.float64)
    light = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    xyz = light @ _TO_XYZ.T
    line = xyz * (29 / 6) ** 2 / 3 + 4 / 29
    x, y, z = np.moveaxis(np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), line), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(a: Array, b: Array) -> NDArray[np.float64]:
    """Perceptual colour difference, (...), of sRGB values (..., 3) in 0..1; 1 is just visible.

    Sharma, Wu & Dalal (2005), "The CIEDE2000 Color-Difference Formula"; all weights 1.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(cielab(one), -1, 0) for one in (a, b))
    stretch = 1.5 - 0.5 * _saturation((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    a1, a2 = stretch * a1, stretch * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    turn = np.mod(h2 - h1 + np.pi, 2 * np.pi) - np.pi
    hue, chroma, away = h1 + turn / 2, (c1 + c2) / 2, ((l1 + l2) / 2 - 50) ** 2
    t = (
        1
        - 0.17 * np.cos(hue - np.pi / 6)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.pi / 30)
        - 0.20 * np.cos(4 * hue - 63 * np.pi / 180)
    )
    dl = (l2 - l1) / (1 + 0.015 * away / np.sqrt(20 + away))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * t)
    blue = np.exp(-(((np.mod(np.degrees(hue), 360) - 275) / 25) ** 2))
    rotation = -2 * _saturation(chroma) * np.sin(np.radians(60) * blue)
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0))


def _saturation(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    seventh = chroma**7
    share: NDArray[np.float64] = np.sqrt(seventh / (seventh + 25.0**7))
    return share
