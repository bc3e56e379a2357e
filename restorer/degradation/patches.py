"""Samples small windows of a picture on an even grid."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray


def sample_patches(
    pixels: NDArray[np.float32], height: int, width: int, count: int, smaller: int = 1
) -> NDArray[np.float32]:
    """About `count` windows on an even grid, as (N, height, width, C) on the 0-255 scale.

    Windows overlap when the picture is small. Only the pixels that are sampled are read, so a
    picture of 100 megapixels costs no more than one of a few. A window that is wholly one colour
    is left out: under the noise looked for here it cannot occur, it is a border or a burnt-out
    sky and would pull every average to zero.

    Args:
        pixels: (H, W, C) in 0..1, with H >= height and W >= width.
        smaller: windows of the picture made so many times smaller, of which only they are made.
    """
    rows, columns = (side // smaller * smaller for side in pixels.shape[:2])
    sides = smaller * height, smaller * width
    windows = sliding_window_view(pixels[:rows, :columns], sides, axis=(0, 1))
    windows = windows[::smaller, ::smaller]
    rows, columns = windows.shape[:2]
    # Odd steps meet every phase of an 8-pixel JPEG grid or a 2-pixel mosaic.
    step = int(np.sqrt(rows * columns / count)) // 2 * 2 + 1
    row_step = min(step, rows)
    column_step = -(-rows // row_step) * columns // count | 1
    chosen = windows[::row_step, ::column_step].reshape(-1, pixels.shape[2], *sides)
    if smaller > 1:
        squares = chosen.reshape(-1, pixels.shape[2], height, smaller, width, smaller)
        chosen = squares.mean(axis=(3, 5))
    varied = (chosen != chosen[:, :, :1, :1]).any(axis=(1, 2, 3))
    return np.ascontiguousarray(chosen[varied].transpose(0, 2, 3, 1)) * np.float32(255)


def halved(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, C), means of 2 x 2 pixels, a row or a column at the end left out."""
    rows, columns = (side // 2 for side in pixels.shape[:2])
    quads = pixels[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2, -1)
    means: NDArray[np.float32] = quads.mean(axis=(1, 3))
    return means


def corners(shape: tuple[int, ...], side: int, step: int, most: int) -> list[tuple[int, int]]:
    """(top, left) of at most `most` squares, one every `step` pixels or sparser."""
    height, width = shape[:2]
    found = [
        (top, left)
        for top in range(0, height - side + 1, step)
        for left in range(0, width - side + 1, step)
    ]
    return found[:: 1 + len(found) // most]


def window(side: int) -> NDArray[np.float64]:
    """(side, side), Hann's: of noise s in 0..1 a square seen through it has power (255 s)^2."""
    line = np.hanning(side + 2)[1:-1]
    values = np.outer(line, line)
    scaled: NDArray[np.float64] = 255 * values / np.sqrt((values**2).sum())
    return scaled
