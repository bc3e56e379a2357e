"""Tells stars and chains of lights from dust and scratches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

#: Points are no larger than this, in pixels at 0.15 megapixels, with what is marked around them.
_POINT = 12
#: In the dark: half of what lies around a point is below this, 0..1.
_DARK = 0.4
#: So many of the marks, of so many at least, are such points.
_SHARE, _LEAST = 0.95, 8
#: Dust is as white as the paper; stars vary more than this (standard deviation, 0..1).
_VARIED = 0.08
#: Pixels around a mark that tell how dark it is there.
_AROUND = 4
#: Damage lies over a picture: its middle differs so much from what is around it, 0..1, or its
#: brightest or darkest so much from the brightest and darkest there. It does in half of what is
#: torn and in nearly all that is scratched; chains of lights at night do in 0.16 of what is marked.
_MIDDLE, _ENDS, _LEAST_OVER = 0.1, 0.04, 0.25
_QUANTILES = (0.03, 0.5, 0.97)
#: Pixels beside a mark that do not count, as they may be its border, and the last that do.
_BESIDE, _RING = 1, 6


def are_stars(pixels: NDArray[np.float32], marks: NDArray[np.bool_]) -> bool:
    """Whether nearly all marks are lights in the dark, some bright and some faint.

    Args:
        pixels: (H, W, 3) in 0..1.
        marks: (H, W), what looks like dust and scratches.
    """
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    if count < _LEAST:
        return False
    largest = _POINT * max(1.0, marks.size / 0.15e6) ** 0.5
    peaks = list[float]()
    for place in ndimage.find_objects(labels):
        if max(side.stop - side.start for side in place) > largest:
            continue
        rows, columns = (slice(max(0, s.start - _AROUND), s.stop + _AROUND) for s in place)
        light, ours = pixels[rows, columns].mean(axis=2), marks[rows, columns]
        around = float(np.median(light[~ours])) if not ours.all() else 1.0
        peak = float(light[ours].max())
        if around < min(_DARK, peak):
            peaks.append(peak)
    return len(peaks) >= _SHARE * count and float(np.std(peaks)) > _VARIED


def is_of_the_scene(pixels: NDArray[np.float32], marks: NDArray[np.bool_]) -> bool:
    """Whether hardly any mark differs from its surroundings in brightness or tone.

    Args:
        pixels, marks: as for `are_stars`.
    """
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    near, wide = (ndimage.maximum_filter(labels, 2 * reach + 1) for reach in (_BESIDE, _RING))
    light = pixels.mean(axis=2)
    rings = _of_each(light, np.where(near > 0, 0, wide), count)
    over = 0
    for inside, ring in zip(_of_each(light, labels, count), rings, strict=True):
        if len(ring):
            low, middle, high = np.quantile(inside, _QUANTILES) - np.quantile(ring, _QUANTILES)
            if abs(middle) <= _MIDDLE and high <= _ENDS and low >= -_ENDS:
                continue
        over += len(inside)
    return over < _LEAST_OVER * int(marks.sum())


def _of_each(
    values: NDArray[np.float32], labels: NDArray[np.int32], count: int
) -> list[NDArray[np.float32]]:
    """The values under every label, from 1 to `count`."""
    under = labels > 0
    numbers, found = labels[under], values[under]
    ends = np.cumsum(np.bincount(numbers, minlength=count + 1)[1:])[:-1]
    return np.split(found[np.argsort(numbers, kind="stable")], ends)
