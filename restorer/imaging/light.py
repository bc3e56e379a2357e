"""Between values as files have them and light: the curve of sRGB (IEC 61966-2-1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def to_light(values: Array) -> NDArray[np.float32]:
    """From sRGB values in 0..1 to light in 0..1; what is below 0 counts as 0."""
    v = np.maximum(np.asarray(values, np.float32), np.float32(0))
    light: NDArray[np.float32] = np.where(
        v <= 0.04045, v / np.float32(12.92), ((v + np.float32(0.055)) / np.float32(1.055)) ** 2.4
    ).astype(np.float32)
    return light


def from_light(light: Array) -> NDArray[np.float32]:
    """From light in 0..1 to sRGB values in 0..1; what is below 0 counts as 0."""
    x = np.maximum(np.asarray(light, np.float32), np.float32(0))
    values: NDArray[np.float32] = np.where(
        x <= 0.0031308,
        np.float32(12.92) * x,
        np.float32(1.055) * x ** (1 / 2.4) - np.float32(0.055),
    ).astype(np.float32)
    return values
