"""Smaller pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from restorer.imaging.picture import Pixels


def thumbnail(pixels: Pixels, longest: int) -> Pixels:
    """Area-averaged copy of (H, W, C) whose longer side is at most `longest`; never enlarged."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels.copy()
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Whole blocks first, in plain sums over memory as it lies; at least twice the wanted size is
    # left for the exact resize.
    factor = max(1, int(1 / (2 * scale)))
    reduced = _blocks(pixels, factor)
    channels = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(reduced[..., c])).resize(
                size, Image.Resampling.BOX
            )
        )
        for c in range(reduced.shape[2])
    ]
    return np.stack(channels, axis=2)


def _blocks(pixels: Pixels, factor: int) -> Pixels:
    """Means of factor x factor blocks; blocks at the right and lower edge may be smaller."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    rows = np.arange(0, height, factor)
    columns = np.arange(0, width, factor)
    out = np.empty((len(rows), len(columns), pixels.shape[2]), np.float32)
    widths = np.diff(columns, append=width).astype(np.float32)[:, None]
    for i, row in enumerate(rows):
        band = pixels[row : row + factor].mean(axis=0)
        out[i] = np.add.reduceat(band, columns, axis=0) / widths
    return out
