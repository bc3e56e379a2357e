"""Scratches and dust: thin or small, brighter or darker than both their sides, and alone.

A picture has lines too: hair, twigs, letters. What tells a scratch is that it is straight over
some length, that both its sides look the same, that the neighbourhood has nothing like it, and
that it is stronger than the texture it crosses. Every test here is one of these. Lines are looked
for with short straight averages in twelve directions, as by rotating a slit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from restorer.errors import BadInput

#: How sure to be unless told otherwise, 0 (only what is plain) to 1 (whatever might be).
SENSITIVITY = 0.5

#: So sure that a picture without scratches hardly ever has `_FEWEST` marks of some size: nothing is
#: to be filled that is part of the scene, and most thin scratches are passed over for it.
PLAIN = 0.25
_FEWEST = 2
#: Marks smaller than this, in pixels at 0.15 megapixels, may be anything.
_SMALL = 100

_DIRECTIONS = 12
_REACH = 10  # half the length of the slit, pixels of the reduced picture
_WIDTHS = (2, 4)  # from the middle of a line to where its side is looked at
_AROUND = 41
_LEAST, _CROWD = 14.0, 8.0  # 0-255 scale, and times what the neighbourhood answers
_MOST_PIXELS = 1.5e6
_WEAKER = 0.55  # a scratch goes on where it is this much weaker than where it was found

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def find_scratches(pixels: Floats, sensitivity: float = SENSITIVITY) -> Mask:
    """Where scratches and dust lie, as a mask to fill.

    Takes seconds: not for the thread that draws. Beyond 1.5 megapixels it looks at the picture
    made smaller. On clean photographs of 0.1 megapixels it marks about 0.6% by mistake at 0.5,
    mostly where there is fine texture, and finds two fifths of scratches that are drawn on them;
    look at the mask before it is filled.

    Args:
        pixels: (H, W, 3) in 0..1.
        sensitivity: 0 marks only what is plain, 1 whatever might be a scratch.

    Returns:
        (H, W), true on damage and a pixel or two around it.

    Raises:
        BadInput: for a sensitivity outside 0..1.
    """
    if not 0 <= sensitivity <= 1:
        raise BadInput(f"The sensitivity must lie between 0 and 1, not {sensitivity:g}.")
    height, width = pixels.shape[:2]
    if min(height, width) < 2 * _REACH:
        return np.zeros((height, width), bool)
    factor = max(1, int(np.ceil(np.sqrt(height * width / _MOST_PIXELS))))
    grey = _reduced(pixels, factor)
    needed = 2.0 ** (2.5 * (0.5 - sensitivity))
    found = _lines(grey, needed) | _specks(grey, needed) | _specks(-grey, needed)
    if factor == 1:
        return found
    rows = np.minimum(np.arange(height) // factor, found.shape[0] - 1)
    columns = np.minimum(np.arange(width) // factor, found.shape[1] - 1)
    return found[np.ix_(rows, columns)]


def count_scratches(mask: Mask) -> int:
    """How many marks of some size a mask has; any picture may have one, which counts as none."""
    labels, _ = ndimage.label(mask)
    least = _SMALL * max(1.0, min(mask.size, _MOST_PIXELS) / 0.15e6) ** 0.5
    reduced = max(1.0, mask.size / _MOST_PIXELS)
    count = int(np.sum(np.bincount(labels.ravel())[1:] >= least * reduced))
    return count if count >= _FEWEST else 0


def _reduced(pixels: Floats, factor: int) -> Floats:
    """Brightness on the 0-255 scale, every `factor` x `factor` pixels made one."""
    rows, columns = (side // factor for side in pixels.shape[:2])
    grey = pixels[: rows * factor, : columns * factor].mean(axis=2) * np.float32(255)
    reduced: Floats = grey.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    return reduced


def _lines(grey: Floats, needed: float) -> Mask:
    """Straight lines, bright or dark, that stand alone."""
    smooth = ndimage.gaussian_filter(grey, 0.7)
    found = np.zeros(grey.shape, bool)
    for width in _WIDTHS:
        answers = [_slits(signed, width) for signed in (smooth, -smooth)]
        crowd = sum(ndimage.uniform_filter(np.maximum(s, 0), _AROUND) for s, _ in answers)
        threshold = needed * (_LEAST + _CROWD * crowd)
        for strength, local in answers:
            likely = (strength > _WEAKER * threshold) & (local > 0.5 * _WEAKER * threshold)
            found |= _long(likely, strength > threshold, needed, width)
    return found


def _slits(grey: Floats, width: float) -> tuple[Floats, Floats]:
    """The strongest answer of any direction at every pixel, and what the pixel adds to it."""
    strength = np.full(grey.shape, -np.inf, np.float32)
    local = np.zeros(grey.shape, np.float32)
    for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
        ridge = _ridge(grey, angle, width)
        along = _along(np.clip(ridge, -30, 40), angle)
        better = along > strength
        np.copyto(strength, along, where=better)
        np.copyto(local, ridge, where=better)
    return strength, local


def _ridge(grey: Floats, angle: float, width: float) -> Floats:
    """How much brighter than the brighter side, less how much the sides differ."""
    across = (width * np.cos(angle), -width * np.sin(angle))
    one, other = _moved(grey, [across, (-across[0], -across[1])])
    ridge: Floats = grey - np.maximum(one, other) - np.float32(0.5) * np.abs(one - other)
    return ridge


def _along(ridge: Floats, angle: float) -> Floats:
    """Means of a slit in this direction."""
    steps = range(-_REACH, _REACH + 1, 2)
    moved = _moved(ridge, [(step * np.sin(angle), step * np.cos(angle)) for step in steps])
    mean: Floats = np.mean(moved, axis=0)
    return mean


def _moved(values: Floats, ways: Sequence[tuple[float, float]]) -> list[Floats]:
    """Views values[y + down, x + right] for each (down, right), the border repeated."""
    height, width = values.shape
    wide = np.pad(values, _REACH, mode="edge")
    starts = [(_REACH + round(down), _REACH + round(right)) for down, right in ways]
    return [wide[top : top + height, left : left + width] for top, left in starts]


def _long(likely: Mask, sure: Mask, needed: float, width: int) -> Mask:
    """The pieces of `likely` that hold something `sure` and are long and thin."""
    labels, count = ndimage.label(likely, np.ones((3, 3)))
    if count == 0:
        return np.zeros(likely.shape, bool)
    index = np.arange(1, count + 1)
    seeded = ndimage.maximum(sure, labels, index)
    area = ndimage.sum(likely, labels, index)
    extents = np.array(
        [
            np.hypot(*(part.stop - part.start for part in box))
            for box in ndimage.find_objects(labels)
        ]
    )
    keep = seeded & (extents > (18 + 14 * needed)) & (area < 2.2 * (width + 1) * extents)
    kept = np.concatenate([[False], keep])[labels]
    wider: Mask = ndimage.binary_dilation(kept, np.ones((3, 3)), iterations=width // 2)
    return wider


def _specks(grey: Floats, needed: float) -> Mask:
    """Bright spots of a few pixels, on a calm ground."""
    ground = ndimage.median_filter(grey, 9)
    over = grey - ground
    restless = ndimage.uniform_filter(np.abs(over), _AROUND)
    threshold = needed * (42 + 13.5 * restless)
    labels, count = ndimage.label(over > 0.4 * threshold, np.ones((3, 3)))
    if count == 0:
        return np.zeros(grey.shape, bool)
    index = np.arange(1, count + 1)
    peak = ndimage.maximum(over, labels, index)
    limit = ndimage.mean(threshold, labels, index)
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    keep = (peak > limit) & (area >= 3) & (area <= 60)
    kept = np.concatenate([[False], keep])[labels]
    wider: Mask = ndimage.binary_dilation(kept, np.ones((3, 3)))
    return wider
