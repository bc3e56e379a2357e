"""What lies beneath transparency: a plain colour there is nobody's picture, and spoils its edges.

Black beneath what was cut out would be taken for a tone of the picture, be measured as such, and
bleed into what is beside it when that is cleaned, sharpened or enlarged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.picture import Pixels

#: A colour is plain if of so much of what is transparent no channel is further from it, 0..1.
_MOSTLY, _PLAIN = 0.98, 1.5 / 255
_LEAST = 64  # pixels
#: Pixels from the visible ones on, as far as anything looks beyond an edge.
_FAR = 48


def continued(pixels: Pixels, alpha: Pixels) -> Pixels:
    """The pixels with the visible ones mirrored into what is fully transparent.

    Further away than anything looks, their mean lies there. Colours that differ beneath the
    transparency are somebody's, and stay.

    Args:
        pixels: (H, W, 3) in 0..1; they are not changed.
        alpha: (H, W) in 0..1.
    """
    hidden = alpha <= 0
    if np.count_nonzero(hidden) < _LEAST or hidden.all():
        return pixels
    beneath = pixels[hidden]
    away = np.abs(beneath - np.median(beneath, axis=0)).max(axis=1)
    if float((away <= _PLAIN).mean()) < _MOSTLY:
        return pixels
    out = pixels.copy()
    out[hidden] = pixels[~hidden].mean(axis=0)
    rows, columns = (np.flatnonzero(hidden.any(axis=axis)) for axis in (1, 0))
    around = (
        slice(max(0, rows[0] - _FAR), rows[-1] + _FAR + 1),
        slice(max(0, columns[0] - _FAR), columns[-1] + _FAR + 1),
    )
    _mirror(out[around], pixels[around], hidden[around])
    return out


def _mirror(out: Pixels, pixels: Pixels, hidden: NDArray[np.bool_]) -> None:
    from scipy.ndimage import distance_transform_edt  # not at start-up

    away, nearest = distance_transform_edt(hidden, return_indices=True)
    y, x = np.nonzero(hidden & (away <= _FAR))
    height, width = hidden.shape
    near_y, near_x = nearest[:, y, x]
    across_y = np.clip(2 * near_y - y, 0, height - 1)
    across_x = np.clip(2 * near_x - x, 0, width - 1)
    beyond = hidden[across_y, across_x]  # through a thin part, and out of it again
    across_y, across_x = np.where(beyond, near_y, across_y), np.where(beyond, near_x, across_x)
    out[y, x] = pixels[across_y, across_x]
