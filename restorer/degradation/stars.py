"""Tells stars, chains of lights, snow and rain from dust and scratches."""

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
#: Snow and rain are many marks, nearly all light. Flakes are short, in pixels at 0.15 megapixels;
#: drops are streaks side by side, far shorter than the picture, and slant, as scratches of a film
#: do not: in seven pictures with snow that would have been filled nine of ten flakes and more are
#: so short. Film and prints have hairs and lines among their dust, and seldom as many specks.
_FLAKES, _FLAKE, _NEARLY_ALL, _LIGHTEST = 20, 24, 0.9, 0.95
_DROPS, _STREAK, _SLIM, _SIDE_BY_SIDE, _SLANT = 15, 0.2, 1.6, 0.9, 0.035
#: Where more of them than this lie within so much of a side from the border, they are wear: of snow
#: 0.18 to 0.48 did, of an old photograph that flakes off along its border 0.85.
_WEAR, _RIM = 0.65, 0.08
#: Pixels beside a mark that do not count, as they may be its border, and the last that do.
_BESIDE, _RING = 1, 6

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


def are_stars(pixels: Floats, marks: NDArray[np.bool_]) -> bool:
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


def are_falling(pixels: Floats, marks: NDArray[np.bool_]) -> bool:
    """Whether the marks are flakes of snow or drops of rain, as far as can be told.

    Args:
        pixels, marks: as for `are_stars`.
    """
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    if count < min(_FLAKES, _DROPS) or _at_the_rim(labels, count) > _WEAR:
        return False
    sides = np.array([[s.stop - s.start for s in place] for place in ndimage.find_objects(labels)])
    longest = sides.max(axis=1)
    short = longest <= _FLAKE * max(1.0, marks.size / 0.15e6) ** 0.5
    light, rings = _beside(pixels, labels, count)
    lighter = np.array(
        [
            len(ring) > 0 and float(np.quantile(one, _LIGHTEST)) > float(np.median(ring))
            for one, ring in zip(light, rings, strict=True)
        ]
    )
    if count >= _FLAKES and float((short & lighter).mean()) >= _NEARLY_ALL:
        return True
    streaks = longest <= _STREAK * min(marks.shape)
    return count >= _DROPS and float(streaks.mean()) >= _NEARLY_ALL and _slant(labels, count)


def _at_the_rim(labels: Labels, count: int) -> float:
    """The share of the numbered marks that lie near the border of the picture."""
    middles = np.array(ndimage.center_of_mass(labels > 0, labels, range(1, count + 1)))
    places = middles / np.array(labels.shape)
    return float(((places < _RIM) | (places > 1 - _RIM)).any(axis=1).mean())


def _slant(labels: Labels, count: int) -> bool:
    """Whether nearly all of the numbered marks are slim, and point one way that is no side's."""
    ways = list[complex]()
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        points = np.argwhere(labels[rows, columns] == number)
        if len(points) > 2:
            strengths, axes = np.linalg.eigh(np.cov(points.T))
            if strengths[1] > _SLIM**2 * max(strengths[0], 0.2):
                ways.append(complex(axes[0, 1], axes[1, 1]) ** 2)  # down and across, either way
    if len(ways) < _NEARLY_ALL * count:
        return False
    mean = sum(ways) / len(ways)
    off = abs(np.angle(mean)) / 2  # from upright; of a level one, a quarter of a turn
    return bool(abs(mean) >= _SIDE_BY_SIDE and _SLANT < off < np.pi / 2 - _SLANT)


def is_of_the_scene(pixels: Floats, marks: NDArray[np.bool_]) -> bool:
    """Whether hardly any mark differs from its surroundings in brightness or tone.

    Args:
        pixels, marks: as for `are_stars`.
    """
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    over = 0
    for inside, ring in zip(*_beside(pixels, labels, count), strict=True):
        if len(ring):
            low, middle, high = np.quantile(inside, _QUANTILES) - np.quantile(ring, _QUANTILES)
            if abs(middle) <= _MIDDLE and high <= _ENDS and low >= -_ENDS:
                continue
        over += len(inside)
    return over < _LEAST_OVER * int(marks.sum())


def _beside(pixels: Floats, labels: Labels, count: int) -> tuple[list[Floats], list[Floats]]:
    """The brightness of every mark, and of what lies around it."""
    near, wide = (ndimage.maximum_filter(labels, 2 * reach + 1) for reach in (_BESIDE, _RING))
    light = pixels.mean(axis=2)
    around = _of_each(light, np.where(near > 0, 0, wide), count)
    return _of_each(light, labels, count), around


def _of_each(values: Floats, labels: Labels, count: int) -> list[Floats]:
    """The values under every label, from 1 to `count`."""
    under = labels > 0
    numbers, found = labels[under], values[under]
    ends = np.cumsum(np.bincount(numbers, minlength=count + 1)[1:])[:-1]
    return np.split(found[np.argsort(numbers, kind="stable")], ends)
