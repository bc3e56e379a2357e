"""The forward process for whole pictures, in NumPy: what the timeline draws. No torch.

With `out` given a picture of 1.5 megapixels takes a few milliseconds: no memory the size of the
picture is asked for, and the work goes through the cache some rows at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def one_step(x: Array, eps: Array, beta: float) -> Array:
    """q(x_t | x_{t-1}): x_t = sqrt(1 - beta) x_{t-1} + sqrt(beta) eps. As `add_noise`."""
    return _blend(math.sqrt(1 - beta), x, math.sqrt(beta), eps, None)


def add_noise(x_0: Array, eps: Array, abar: float, out: Array | None = None) -> Array:
    """q(x_t | x_0): x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps.

    Args:
        x_0: (H, W, C) or any other shape with at least one axis, values in [-1, 1].
        eps: the same shape, standard normal noise.
        abar: alphas_cumprod at t.
        out: where to write; may be x_0 or eps themselves.
    """
    return _blend(math.sqrt(abar), x_0, math.sqrt(1 - abar), eps, out)


#: Values worked on at a time, so that what is in work stays in the processor's cache.
_BLOCK = 1 << 16


def _blend(a: float, x: Array, b: float, eps: Array, out: Array | None) -> Array:
    """a x + b eps, some rows at a time."""
    if out is None:
        out = np.empty_like(x)
    rows = max(1, _BLOCK // (x.size // len(x)))
    scaled_eps = np.empty_like(x[:rows])
    for top in range(0, len(x), rows):
        here = slice(top, top + rows)
        noise = scaled_eps[: len(x[here])]
        np.multiply(eps[here], b, out=noise)
        np.multiply(x[here], a, out=out[here])
        out[here] += noise
    return out
