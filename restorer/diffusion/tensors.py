"""Conversions between pictures, (H, W, C) in 0..1, and tensors, (1, C, H, W) in -1..1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorer.imaging.bands import compute_bands

Array = NDArray[np.float32]


def as_batch(values: NDArray[Any]) -> Tensor:
    """(1, C, H, W) of (H, W, C), values unchanged; shares contiguous memory."""
    return torch.from_numpy(np.ascontiguousarray(values)).permute(2, 0, 1)[None]


def as_array(x: Tensor) -> Array:
    """(H, W, C) of (1, C, H, W), values unchanged: a view if x is on the CPU, to be read only."""
    return x[0].permute(1, 2, 0).cpu().numpy()


def to_array(x: Tensor) -> Array:
    """The same in one piece, of its own unless x lies so already."""
    return np.ascontiguousarray(as_array(x))


def to_tensor(pixels: Array) -> Tensor:
    """A picture as input of a network."""
    if pixels.dtype != np.float32:
        return as_batch(2 * pixels - 1)
    return as_batch(compute_bands(pixels.shape, lambda rows: 2 * pixels[rows] - 1))


def to_pixels(x: Tensor) -> Array:
    """The picture of a network's tensor; not clipped."""
    values, half = as_array(x), np.float32(0.5)
    if values.dtype != np.float32:
        return np.ascontiguousarray(values) * half + half
    return compute_bands(
        values.shape, lambda rows: np.ascontiguousarray(values[rows]) * half + half
    )
