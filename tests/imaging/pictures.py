"""Random pictures."""

from __future__ import annotations

import numpy as np

from restorer.imaging.picture import Pixels


def random_pixels(height: int, width: int, bits: int, seed: int = 0) -> Pixels:
    """(H, W, 3) of values that a file of so many bits can hold."""
    rng = np.random.default_rng(seed)
    if bits == 32:
        return rng.random((height, width, 3), dtype=np.float32)
    values = rng.integers(0, 2**bits, (height, width, 3))
    return (values / (2**bits - 1)).astype(np.float32)
