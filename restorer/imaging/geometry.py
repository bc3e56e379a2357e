"""Smaller and larger pictures."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.bands import bands
from restorer.imaging.picture import Pixels


def thumbnail(pixels: Pixels, longest: int) -> Pixels:
    """Area-averaged copy of (H, W, C) whose longer side is at most `longest`; never enlarged.

    Every pixel counts by the area it covers, so flat stays flat and means are kept exactly.
    """
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels.copy()
    lower = _fewer_rows(pixels, max(1, round(height * scale)))
    upright = np.ascontiguousarray(lower.swapaxes(0, 1))
    narrower = _fewer_rows(upright, max(1, round(width * scale)))
    return np.ascontiguousarray(narrower.swapaxes(0, 1))


def quick_thumbnail(pixels: Pixels, longest: int, black: float = 0.0) -> NDArray[np.uint8]:
    """(H, W, 3) reduced to (h, w, 3) for the screen; only a few pixels of each block are averaged.

    Args:
        longest: the longer side is about that at most.
        black: the value that is black; white is 1.
    """
    block = max(1, -(-max(pixels.shape[:2]) // longest))
    height, width = (max(1, n // block) for n in pixels.shape[:2])
    rows, columns = (min(block, n) for n in pixels.shape[:2])
    cut = pixels[: height * rows, : width * columns]
    offsets = list(product(_few(rows), _few(columns)))
    small = np.zeros((height, width, 3), np.float32)
    for band in bands(cut.shape, of=rows):
        part, into = cut[band], small[band.start // rows : band.stop // rows]
        for row, column in offsets:
            into += part[row::rows, column::columns]
    small /= np.float32(len(offsets))
    scale = 1 / (1 - black)
    small = small * np.float32(scale) - np.float32(black * scale)
    scaled: Pixels = np.clip(small * np.float32(255) + np.float32(0.5), 0, 255)
    return scaled.astype(np.uint8)


def reduced(pixels: Pixels, factor: int) -> Pixels:
    """(H, W, 3) reduced: each pixel is the mean of a whole square of `factor` by `factor`."""
    rows, columns = (side // factor for side in pixels.shape[:2])
    small = np.empty((rows, columns, 3), np.float32)
    for band in bands((rows, columns * factor**2)):
        part = pixels[band.start * factor : band.stop * factor, : columns * factor, :3]
        small[band] = part.reshape(-1, factor, columns, factor, 3).mean(axis=(1, 3))
    return small


def repeated(pixels: Pixels, times: int) -> Pixels:
    """(H, W, C) enlarged: each pixel becomes `times` by `times` pixels; the same array for 1."""
    return pixels if times == 1 else pixels.repeat(times, axis=0).repeat(times, axis=1)


def middle(shape: tuple[int, ...], side: int, step: int = 1) -> tuple[slice, slice]:
    """Rows and columns of the middle of a picture (H, W, ...), at most `side` along each.

    They begin at a multiple of `step`.
    """
    top, left = (max(0, length - side) // 2 // step * step for length in shape[:2])
    return slice(top, top + side), slice(left, left + side)


def _fewer_rows(pixels: Pixels, count: int) -> Pixels:
    """`count` rows, each the mean of the rows it covers; rows at an edge are shared by area."""
    out = np.empty((count, *pixels.shape[1:]), np.float32)
    edges = np.linspace(0, len(pixels), count + 1)
    for i, (start, stop) in enumerate(pairwise(edges)):
        first, last = int(start), min(int(np.ceil(stop)), len(pixels))
        rows = np.arange(first, last)
        covered = np.minimum(rows + 1, stop) - np.maximum(rows, start)
        weights = (covered / covered.sum()).astype(np.float32)
        out[i] = (weights @ pixels[first:last].reshape(last - first, -1)).reshape(out.shape[1:])
    return out


def _few(block: int) -> range:
    """At most four evenly spaced offsets in a block."""
    return range(0, block, -(-block // 4))
