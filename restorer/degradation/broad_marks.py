"""Marks that are broad: lost corners and stains, or bright sky and walls.

What is narrow can be filled with what lies on both sides, and a mistake costs little; neither holds
for these, so more is asked of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

#: Where a mark is wider than this, in pixels at 0.15 megapixels, most of it has to be as sure as
#: its beginning: it may be a lost corner, or bright sky.
_BROAD = 13
#: Unasked nothing is filled that is as broad as this, in pixels, or takes so large a share of the
#: picture and is no long tear, half as broad at most: what was there nothing tells, and a calm
#: background in a blurred picture may look torn.
_UNKNOWN, _MOST_OF_IT = 49, 0.02
#: Unless the picture is damaged anyway, the part has such log odds on average, and takes less than
#: so much of it: of 18 such parts of made pictures 17 were right to more than 0.85.
_SURELY_TORN, _TOO_MUCH = 4.5, 0.1
#: Nor what lies within half as many pixels of that: its frayed border.
_FRINGE = 25

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def doubtful(odds: Floats, low: Mask, needed: float) -> Mask:
    """The broad parts of a mask whose mean log odds are below the threshold."""
    labels, count = broad_parts(low)
    doubted = np.zeros(count + 1, bool)
    doubted[1:] = ndimage.mean(odds, labels, np.arange(1, count + 1)) < needed
    return np.asarray(doubted[labels])


def broad_parts(mask: Mask) -> tuple[NDArray[np.int32], int]:
    """The parts of a mask that are broader than lines and specks, numbered, and how many."""
    side = 2 * round(_BROAD / 2 * max(1.0, mask.size / 0.15e6) ** 0.5) + 1
    middles = ndimage.minimum_filter(mask, side)
    if not middles.any():
        return np.zeros(mask.shape, np.int32), 0
    labels, count = ndimage.label(ndimage.maximum_filter(middles, side) & mask, np.ones((3, 3)))
    return labels, int(count)


def too_large(found: Mask, factor: int, odds: Floats | None) -> Mask:
    """The broad parts of a mask, at a reduced size, that have no supporting surroundings.

    Args:
        odds: by which they may be damage for sure; None if none is.
    """
    labels, count = broad_parts(found)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = np.zeros(count + 1, bool)
    large[labels[holding(found, _UNKNOWN // factor)]] = True
    blobs = np.zeros(count + 1, bool)
    blobs[labels[holding(found, _UNKNOWN // 2 // factor)]] = True
    large |= blobs & (sizes > _MOST_OF_IT * found.size)
    if odds is not None and count:
        means = ndimage.mean(odds, labels, np.arange(1, count + 1))
        large[1:] &= (means < _SURELY_TORN) | (sizes[1:] > _TOO_MUCH * found.size)
    large[0] = False
    if not large.any():
        return np.zeros(found.shape, bool)
    return np.asarray(ndimage.maximum_filter(large[labels], _FRINGE)) & found


def holding(mask: Mask, side: int) -> Mask:
    """The centres of all squares of this side inside a mask."""
    return np.asarray(ndimage.minimum_filter(mask, max(1, side) | 1))
