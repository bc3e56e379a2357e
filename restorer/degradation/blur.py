"""How blurred a picture is, read from its strongest edges.

Blurring an edge once more weakens it the less the wider it is: the ratio of the gradients before
and after gives the width of the edge (Zhuo & Sim, "Defocus map estimation from a single image",
Pattern Recognition 2011). A photograph has soft edges of its own, shadows and what is out of
focus; where it is sharp at all its strongest edges are sharp, so only those are asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

#: Sharp small photographs read 0.7 and less, full-size ones of cameras about 0.9 or less.
_SHARP = 0.95
_MOST_NOISE = 10.0
#: The derivative's own width, and how much wider for each level of noise (0-255 scale).
_OWN, _OWN_PER_NOISE = 0.7, 0.03
_STRONGEST, _FEWEST = 0.05, 50
_LEAST, _OVER_NOISE = 3.0, 10.0  # gradient, 0-255 scale a pixel, and times its noise
_SIDE, _CROPS = 224, 9
_ROWS = 8  # one row of so many is read to choose the crops

Floats = NDArray[np.float32]


def blur_width(pixels: Floats, noise: float) -> float | None:
    """The deviation, in pixels, of the Gaussian blur a picture has.

    Reads up to nine crops, those with the strongest steps.

    Args:
        pixels: (H, W, 3) in 0..1, any size.
        noise: standard deviation of its noise in each channel, 0-255 scale.

    Returns:
        None where it is sharp, too noisy, or has too few edges to tell.
    """
    if noise > _MOST_NOISE:
        return None
    own = _OWN + _OWN_PER_NOISE * noise
    # White noise of the mean of three channels, behind a Gaussian's derivative.
    least = max(_LEAST, _OVER_NOISE * noise / np.sqrt(24 * np.pi) / own**2)
    edges = np.concatenate([_edges(crop, own, least) for crop in _crops(pixels)], axis=1)
    if edges.shape[1] < _FEWEST:
        return None
    strongest = np.argsort(-edges[0], kind="stable")
    strongest = strongest[: max(_FEWEST, int(_STRONGEST * len(strongest)))]
    once, twice = edges[:, strongest]
    width = float(np.median(_widths(once, twice, own)))
    return width if width > _SHARP else None


def _widths(once: Floats, twice: Floats, own: float) -> Floats:
    """An edge of width s has the gradient 1 / sqrt(s^2 + own^2); here for `own` and 2 `own`."""
    ratio = np.maximum(np.square(once / twice), 1 + 1e-3)
    widths: Floats = own * np.sqrt(np.maximum(4 - ratio, 0) / (ratio - 1))
    return widths


def _edges(grey: Floats, own: float, least: float) -> Floats:
    """(2, N) gradients, before and after the second blur, where they peak across the edge."""
    down, across = _gradient(grey, own)
    once, twice = np.hypot(down, across), np.hypot(*_gradient(grey, 2 * own))
    border = int(4 * own) + 2
    inner = slice(border, -border), slice(border, -border)
    peaks = [(once >= np.roll(once, 1, axis)) & (once > np.roll(once, -1, axis)) for axis in (0, 1)]
    peak = np.where(np.abs(down) > np.abs(across), *peaks) & (once > least)
    return np.stack([once[inner][peak[inner]], twice[inner][peak[inner]]])


def _gradient(grey: Floats, deviation: float) -> list[Floats]:
    return [gaussian_filter(grey, deviation, order=order) for order in ((1, 0), (0, 1))]


def _crops(pixels: Floats) -> list[Floats]:
    """Brightness, 0-255 scale, of the squares in which neighbours differ most."""
    rows, columns = (max(1, side // _SIDE) for side in pixels.shape[:2])
    height, width = (min(side, _SIDE) for side in pixels.shape[:2])
    if min(height, width) < 32:
        return [np.zeros((32, 32), np.float32)]
    corners = [(height * row, width * column) for row in range(rows) for column in range(columns)]
    squares = [pixels[top : top + height, left : left + width] for top, left in corners]
    steps = [float(np.square(np.diff(one[::_ROWS, :, 1], axis=1)).mean()) for one in squares]
    chosen = np.argsort(-np.array(steps), kind="stable")[:_CROPS]
    return [squares[index].mean(axis=2) * np.float32(255) for index in chosen]
