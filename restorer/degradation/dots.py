"""Dots of prints and dithers whose colours JPEG or smooth edges have multiplied.

Noise is mostly near its mean: 38 of 100 values lie within half a deviation. Dots are dark or
bright, and hardly anything between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.bars import between_bars
from restorer.degradation.drawn import in_few_tones, is_flat
from restorer.degradation.flat_areas import quiet_levels
from restorer.degradation.patches import sample_patches

_SIDE, _SAMPLES = 8, 5000
#: What lies within a rim has at least so long sides, and takes no more of the picture than this;
#: the page of a passport with its margin takes 0.76, the photograph of a Polaroid 0.6 to 0.66.
_LEAST_INNER, _MOST_INNER = 16, 0.7
#: Photographs with noise and without have 0.31 and more of their values near the mean.
_NEAR, _FEW, _FEW_OF_CAMERA = 0.5, 0.27, 0.285
#: Those of clean photographs 0.22 and more.
HARDLY_ANY = 0.15
#: Windows count in which the noise read would show, and the mean lies midway between the ends.
_SHOWS, _LEAST_SHOWS, _MIDWAY = 0.7, 3.0, 0.2
_SHARE, _FEWEST = 0.14, 50
#: Two tones under noise: where it is quiet, what was read is what is there.
_LESS, _MORE = 0.65, 1.3

Floats = NDArray[np.float32]


def are_dots(pixels: Floats, noise: float, camera: bool) -> bool:
    """Whether apparent noise in (H, W, 3) pixels in 0..1 consists of dots in two tones.

    Args:
        pixels: the picture.
        noise: what was read, as it stands in the file, 0-255 scale.
        camera: read as a camera's, of which little is left in fine detail.
    """
    if not in_two_tones(pixels, noise, _FEW_OF_CAMERA if camera else _FEW):
        return False
    levels, _ = quiet_levels(pixels)
    if camera or len(levels) == 0:
        return True
    quiet, usual = np.quantile(levels, [0.1, 0.3]) / noise
    return not (quiet >= _LESS and usual <= _MORE)


def of_few_tones(pixels: Floats, noise: float, grey: bool) -> bool:
    """Whether a picture is drawn, printed or written, though it is not of few colours.

    Args:
        pixels: (H, W, 3) in 0..1.
        noise: what was read, as it stands in the file, 0-255 scale.
        grey: whether it has one tone.
    """
    two = in_two_tones(pixels, noise, HARDLY_ANY)
    return two or is_flat(pixels) or in_few_tones(pixels, grey)


def is_drawn(pixels: Floats, noise: float, grey: bool) -> bool:
    """The same, unless only a rim or a backdrop has few tones.

    Args:
        pixels, noise, grey: as for `of_few_tones`.
    """
    if not of_few_tones(pixels, noise, grey):
        return False
    inner = pixels[between_bars(pixels, _LEAST_INNER)]
    return inner.size > _MOST_INNER * pixels.size or of_few_tones(inner, noise, grey)


def in_two_tones(pixels: Floats, noise: float, few: float = _FEW) -> bool:
    """Whether values near the mean are rare, in each channel by itself, whatever is noise or not.

    Args:
        pixels: (H, W, 3) in 0..1.
        noise: as it stands in the file, 0-255 scale.
        few: so few of the values, 0..1, are rare.
    """
    if min(pixels.shape[:2]) < _SIDE:
        return False
    windows = sample_patches(pixels, _SIDE, _SIDE, _SAMPLES)
    values = windows.transpose(0, 3, 1, 2).reshape(-1, _SIDE**2)
    if len(values) == 0:
        return False
    mean, spread = values.mean(axis=1), values.std(axis=1)
    low, high = values.min(axis=1), values.max(axis=1)
    place = (mean - low) / np.maximum(high - low, 1e-6)
    chosen = (np.abs(place - 0.5) < _MIDWAY) & (spread > max(_LEAST_SHOWS, _SHOWS * noise))
    if chosen.sum() < max(_FEWEST, _SHARE * len(values)):
        return False
    near = np.abs(values - mean[:, None]) < _NEAR * spread[:, None]
    return bool(near[chosen].mean() < few)
