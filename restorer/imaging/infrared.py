"""Dust and scratches as a scanner's infrared channel shows them.

The dyes of colour film let infrared pass, dust and scratches do not: what is dark there is damage,
whatever the picture shows at that place (Digital ICE; Edgar et al., US patent 5266805, expired).
Silver, in black-and-white film and partly in Kodachrome, keeps infrared back as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: What is darker than its surroundings by this share at least, and by so many deviations, is dust;
#: it goes on to where it is darker by half as much.
_DARKER, _DEVIATIONS = 0.08, 5.0
#: Surroundings are looked at in blocks of so many pixels, and three of them each way.
_BLOCK, _AROUND = 16, 3
#: A channel that lets this share of its range pass, with marks on fewer pixels, none of them on
#: more than so many, is infrared.
_BRIGHT, _MOST_MARKED, _LARGEST_MARK = 0.25, 0.05, 0.02
#: Film without dust is this even in it, as a deviation from its surroundings.
_EVEN = 0.06


def find_dust(infrared: Floats) -> Mask:
    """(H, W), true where infrared did not pass and one pixel around.

    Args:
        infrared: (H, W), 0 for no light; any scale.
    """
    darker = _darker(infrared)
    needed = max(_DARKER, _DEVIATIONS * _spread(darker))
    labels, count = ndimage.label(darker > needed / 2, np.ones((3, 3)))
    if count == 0:
        return np.zeros(infrared.shape, bool)
    depth = ndimage.maximum(darker, labels, np.arange(1, count + 1))
    dust = np.concatenate([[False], np.asarray(depth) > needed])[labels]
    return np.asarray(ndimage.binary_dilation(dust, np.ones((3, 3))))


def is_infrared(channel: Floats) -> bool:
    """Whether an unnamed channel looks like infrared: bright and even with small dark marks.

    Without a mark it shows nothing, whatever it is. Transparency is at its very end nearly
    everywhere, where no scanner exposes film.

    Args:
        channel: (H, W) in 0..1.
    """
    if not _BRIGHT <= float(np.median(channel)) < 1:
        return False
    return _spread(_darker(channel)) < _EVEN and _is_dust(find_dust(channel))


def _is_dust(marks: Mask) -> bool:
    """Whether there are marks, and they are few and small."""
    labels, count = ndimage.label(marks, np.ones((3, 3)))
    if count == 0 or float(marks.mean()) >= _MOST_MARKED:
        return False
    return int(np.bincount(labels.ravel())[1:].max()) < _LARGEST_MARK * marks.size


def _darker(infrared: Floats) -> Floats:
    """The share by which each pixel is darker than its surroundings."""
    height, width = infrared.shape
    edges = ((0, -height % _BLOCK), (0, -width % _BLOCK))
    whole = np.pad(infrared, edges, mode="edge")
    rows, columns = (side // _BLOCK for side in whole.shape)
    blocks = whole.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    levels = np.median(blocks.reshape(rows, columns, -1), axis=2)
    around = ndimage.median_filter(levels, 2 * _AROUND + 1, mode="nearest")
    middles = [(np.arange(side) + 0.5) / _BLOCK - 0.5 for side in (height, width)]
    level = ndimage.map_coordinates(around, np.meshgrid(*middles, indexing="ij"), order=1)
    darker: Floats = (1 - infrared / np.maximum(level, 1e-6)).astype(np.float32)
    return darker


def _spread(darker: Floats) -> float:
    """Standard deviation of the rest, without the dust (from the median of absolute values)."""
    return 1.4826 * float(np.median(np.abs(darker - np.median(darker))))
