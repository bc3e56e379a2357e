"""Tells light on a material from noise.

Where a thread or a leaf is darker, it is so in all its colours alike: what it differs by has its
hue. Noise has none, and what cameras and JPEG files leave of noise is grey in fine detail.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from restorer.imaging.geometry import middle

_MIDDLE = 1024
_AROUND, _CALM_AROUND = 5, 7
#: Of all places the calmest share is looked at: detail has covered noise in others.
_CALM = 0.4
#: So much of the hue of the material is in what differs: of photographs up to 0.71, with a camera's
#: noise up to 0.2; of fabrics, leaves, fur and gravel that were made 0.77 and more. The others tell
#: that there is detail (0-255 scale) and a hue at all.
_OF_HUE, _DETAIL, _HUE = 0.75, 2.0, 0.1
_END = 4.0

Floats = NDArray[np.float32]


def is_shading(pixels: Floats) -> bool:
    """Whether detail in calm places of (H, W, 3) pixels in 0..1 has the hue of its surroundings."""
    part = np.float32(255) * pixels[middle(pixels.shape, _MIDDLE)][..., :3]
    around = uniform_filter(part, (_AROUND, _AROUND, 1))
    detail, bright = part - around, around.mean(axis=2)
    grey = detail.mean(axis=2)
    energy = uniform_filter(grey * grey, _CALM_AROUND)
    inner = (part.min(axis=2) > _END) & (part.max(axis=2) < 255 - _END)
    if not inner.any():
        return False
    calm = inner & (energy <= np.quantile(energy[inner], _CALM))
    grey, hue = grey[calm], around[calm] / bright[calm][:, None] - 1
    if grey.std() < _DETAIL or np.sqrt(np.square(hue).sum(axis=1).mean()) < _HUE:
        return False
    expected = grey[:, None] * hue
    share = (expected * (detail[calm] - grey[:, None])).sum() / np.square(expected).sum()
    return bool(share >= _OF_HUE)
