"""Small networks in numpy, to measure pictures without torch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from restorer.resources import resource_path

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


@lru_cache
def bundled_weights(model: str) -> Weights:
    """The weights of a bundled model."""
    return load_file(resource_path("models", model, "model.safetensors"))


def linear(x: Floats, weights: Weights, name: str) -> Floats:
    """A linear layer from x (..., in) to (..., out)."""
    product: Floats = x @ weights[name] + weights[name + ".bias"]
    return product
