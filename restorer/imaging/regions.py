"""Regions of a picture: inside a line, of one colour; made wider, narrower and softer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.picture import Pixels

Region = NDArray[np.bool_]
Values = NDArray[np.uint8]

_FULL = 255
_FIRST_LOOK = 512  # pixels to each side of a point, where what is joined to it is looked for first


def enclosed(points: Sequence[tuple[float, float]], size: tuple[int, int]) -> Region:
    """(H, W), true for pixels whose centre a closed line encloses an odd number of times.

    Args:
        points: x and y of the corners; the last is joined to the first.
        size: (width, height) of the picture; what lies outside is cut off.
    """
    width, height = size
    crossings = np.zeros((height, width + 1), bool)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], *points[:1]], strict=True):
        (x0, y0), (x1, y1) = sorted(((ax, ay), (bx, by)), key=lambda point: point[1])
        first, last = (min(max(0, int(np.ceil(y - 0.5))), height) for y in (y0, y1))
        if first == last:
            continue
        rows = np.arange(first, last)
        x = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
        crossings[rows, np.clip(np.ceil(x - 0.5), 0, width).astype(np.intp)] ^= True
    ys = [min(max(0, int(y)), height) for _, y in points]
    rows_met = crossings[min(ys, default=0) : max(ys, default=0) + 1]
    np.logical_xor.accumulate(rows_met, axis=1, out=rows_met)
    return crossings[:, :-1]


def alike(pixels: Pixels, at: tuple[int, int], tolerance: float, joined: bool = True) -> Region:
    """(H, W), true where the colour is that at a point.

    Args:
        pixels: (H, W, 3) in 0..1.
        at: x and y of the point.
        tolerance: by how much red, green and blue may each differ, on the 0-255 scale.
        joined: only what hangs together with the point, side by side.
    """
    x, y = at
    if not joined:
        return _close_to(pixels, pixels[y, x], tolerance)
    height, width = pixels.shape[:2]
    reach = _FIRST_LOOK
    while True:  # most things are small
        box = max(0, x - reach), max(0, y - reach), min(width, x + reach), min(height, y + reach)
        left, top, right, bottom = box
        close = _close_to(pixels[top:bottom, left:right], pixels[y, x], tolerance)
        found = _joined_to(close, (x - left, y - top))
        if not _leaves(found, box, (width, height)):
            region = np.zeros((height, width), bool)
            region[top:bottom, left:right] = found
            return region
        reach *= 4


def _close_to(pixels: Pixels, color: NDArray[np.float32], tolerance: float) -> Region:
    limit = np.float32((tolerance + 1e-3) / 255)  # a file's own steps are not missed by rounding
    close = np.ones(pixels.shape[:2], bool)
    for channel in range(3):
        close &= np.abs(pixels[..., channel] - color[channel]) <= limit
    return close


def _joined_to(region: Region, at: tuple[int, int]) -> Region:
    from scipy import ndimage  # not needed by a window that starts

    labels, _ = ndimage.label(region)
    joined: Region = labels == labels[at[1], at[0]]
    return joined


def _leaves(region: Region, box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether the region reaches an edge of the box that is no edge of the picture."""
    left, top, right, bottom = box
    return bool(
        (left > 0 and region[:, 0].any())
        or (top > 0 and region[0].any())
        or (right < size[0] and region[:, -1].any())
        or (bottom < size[1] and region[-1].any())
    )


def distance(region: Region) -> NDArray[np.float32]:
    """(H, W): distance from each pixel's centre to that of the nearest pixel in the region.

    Infinite where there is none. What lies beyond the edges is not known and does not count.
    """
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    from scipy import ndimage

    far: NDArray[np.float32] = ndimage.distance_transform_edt(~region).astype(np.float32)
    return far


def grown(region: Region, by: float) -> Region:
    """The region and all pixels at most `by` away from it."""
    wider: Region = distance(region) <= by
    return wider


def shrunk(region: Region, by: float) -> Region:
    """The pixels of the region that are more than `by` away from its outside."""
    narrower: Region = distance(~region) > by
    return narrower


def feathered(region: Region, by: float) -> Values:
    """(H, W) 0..255: full in the region, half at `by` pixels outside, zero at twice that."""
    left = 1 - distance(region) / np.float32(2 * by)
    soft: Values = np.rint(np.clip(left, 0, 1) * np.float32(_FULL)).astype(np.uint8)
    return soft
