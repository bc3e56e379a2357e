"""Replaces the plain colour beneath full transparency, which would spoil the edges.

Black beneath what was cut out would be taken for a tone of the picture, be measured as such, and
bleed into what is beside it when that is cleaned, sharpened or enlarged.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.picture import Pixels

#: A colour is plain if of so much of what is transparent no channel is further from it, 0..1.
_MOSTLY, _PLAIN = 0.98, 1.5 / 255
_LEAST, _SOME = 64, 1 << 20  # pixels: that are worth it, that tell which colour there is
#: Pixels from the visible ones on, as far as anything looks beyond an edge.
_FAR = 48
_BLOCK = 512  # side of what is looked at in one go


def extend_pixels(pixels: Pixels, alpha: Pixels) -> Pixels:
    """The pixels, with visible ones mirrored into fully transparent areas.

    Further away than anything looks, their mean lies there. Colours that differ beneath the
    transparency are somebody's, and stay.

    Args:
        pixels: (H, W, 3) in 0..1; they are not changed.
        alpha: (H, W) in 0..1.
    """
    hidden = alpha <= 0
    if np.count_nonzero(hidden) < _LEAST or hidden.all():
        return pixels
    places = np.flatnonzero(hidden)
    some = places[:: max(1, len(places) // _SOME)]
    beneath = pixels.reshape(-1, 3)[some]
    away = np.abs(beneath - np.median(beneath, axis=0)).max(axis=1)
    if float((away <= _PLAIN).mean()) < _MOSTLY:
        return pixels
    out = pixels.copy()
    out[hidden] = pixels.mean(axis=(0, 1), dtype=np.float64, where=~hidden[..., None])
    for top, left in product(*(range(0, side, _BLOCK) for side in hidden.shape)):
        here = slice(top, top + _BLOCK), slice(left, left + _BLOCK)
        around = tuple(slice(max(0, part.start - 2 * _FAR), part.stop + 2 * _FAR) for part in here)
        if hidden[here].any() and not hidden[around].all():
            inner = tuple(
                slice(part.start - wide.start, part.stop - wide.start)
                for part, wide in zip(here, around, strict=True)
            )
            out[here] = _mirrored(out[around], pixels[around], hidden[around])[inner]
    return out


def _mirrored(out: Pixels, pixels: Pixels, hidden: NDArray[np.bool_]) -> Pixels:
    """What lies near the visible, put into what is there already."""
    from scipy.ndimage import distance_transform_edt  # not at start-up

    out = out.copy()
    away, nearest = distance_transform_edt(hidden, return_indices=True)
    y, x = np.nonzero(hidden & (away <= _FAR))
    height, width = hidden.shape
    near_y, near_x = nearest[:, y, x]
    across_y = np.clip(2 * near_y - y, 0, height - 1)
    across_x = np.clip(2 * near_x - x, 0, width - 1)
    beyond = hidden[across_y, across_x]  # through a thin part, and out of it again
    across_y, across_x = np.where(beyond, near_y, across_y), np.where(beyond, near_x, across_x)
    out[y, x] = pixels[across_y, across_x]
    return out
