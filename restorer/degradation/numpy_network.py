"""Small networks in numpy, which read a picture without torch: a layer, and the weights."""

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
    """Those of a model that comes with the program."""
    return load_file(resource_path("models", model, "model.safetensors"))


def linear(x: Floats, weights: Weights, name: str) -> Floats:
    """A layer: x is (..., in), the answer (..., out)."""
    product: Floats = x @ weights[name] + weights[name + ".bias"]
    return product
