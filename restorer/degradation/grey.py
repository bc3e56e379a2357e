"""Pictures of one tone and a prior that expects independent noise in three channels.

A grey picture repeats its noise s in red, green and blue. As colour noise that is not white: all
of it lies along the grey axis, with standard deviation sqrt(3) s, and none across it. Told s, the
network takes most of the noise for structure. In a sepia picture it lies along the axis of its
tone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: (3,) of length 1: the direction in which grey pictures differ.
GREY_AXIS: Floats = np.full(3, 1 / math.sqrt(3), np.float32)
#: A channel with less of the tone than this has no place on its axis.
_LEAST = 0.05


def effective_noise(noise: float, axis: Floats | None) -> float:
    """The noise level to tell a colour prior: that along the axis, the only direction there is.

    In grey it is sqrt(3) times as much. PSNR of the shipped prior on eight grey photographs,
    256 x 256, told k times the noise:

        noise   k = 1   1.35    1.6   sqrt(3)    1.9   sqrt(3) and `whitened`
           15   27.63  29.45  30.18     30.00  29.48                     30.39
           25   23.32  25.68  27.52     27.52  26.98                     27.87
           50   18.33  20.98  24.24     24.78  24.31                     25.01

    Args:
        noise: standard deviation of the mean of the channels, any scale.
        axis: (3,), see `tone_axis`; None for a picture in colour.
    """
    return noise if axis is None else noise / float(np.abs(axis).mean())


def can_whiten(axis: Floats) -> bool:
    """Every channel contributes to the tone."""
    return bool((axis > _LEAST).all())


def noise_at(seed: int, rows: slice, columns: slice, width: int) -> Floats:
    """Noise N(0, 1), (h, w, 3), that depends only on the place, however the picture is cut.

    Args:
        seed: 0 or more.
        rows, columns: where in the picture.
        width: of the picture.
    """
    lines = (np.random.default_rng((seed, row)) for row in range(rows.start, rows.stop))
    return np.stack([line.standard_normal((width, 3), np.float32)[columns] for line in lines])


def whitened(pixels: Floats, noise: float, axis: Floats, drawn: Floats) -> Floats:
    """Fill the directions across the axis with noise, so that it is white in RGB.

    Along the axis every bit of what was measured is kept. Denoise the result at
    `effective_noise(noise, axis)` and take `replace_along` of it.

    Args:
        pixels: (H, W, 3) in 0..1, of one tone.
        noise: standard deviation of the mean of the channels, on the scale of `pixels` (0..1).
        axis: (3,), of length 1.
        drawn: noise N(0, 1) of the same shape; of it what lies across the axis is used.

    Returns:
        (H, W, 3), not clipped.
    """
    colour = drawn - (drawn @ axis)[..., None].astype(np.float32) * axis
    white = pixels + np.float32(effective_noise(noise, axis)) * colour
    return white.astype(np.float32, copy=False)


def replace_along(restored: Floats, original: Floats, axis: Floats) -> Floats:
    """The original (H, W, 3), along the axis as it was restored."""
    changed: Floats = ((restored - original) @ axis)[..., None].astype(np.float32)
    return original + changed * axis
