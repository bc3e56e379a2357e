"""Stars, and other lights in the dark, which look like white dust."""

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
