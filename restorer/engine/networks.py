"""A network of a known class from a model folder, without a net and without running its code."""

from __future__ import annotations

from typing import Any, TypeVar

import torch

from restorer.diffusion.library import ModelMixin
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.weights import not_finite
from restorer.engine.models import ModelInfo
from restorer.errors import ModelRefused
from restorer.latent import walk

Network = TypeVar("Network", bound=ModelMixin)


def load_network(kind: type[Network], info: ModelInfo) -> Network:
    """The network of a model folder, float32, on the CPU.

    Raises:
        ModelRefused: if it is damaged or not complete, or its weights are not all numbers.
    """
    weights = walk.weights(info.path, info.part, walk.DIFFUSERS)
    if weights is None:
        raise ModelRefused(f"The model “{info.title}” has no safetensors weights.")
    try:
        with walk.staged(walk.class_config(kind, info.path, info.part), weights) as folder:
            loaded: Any = kind.from_pretrained(
                folder,
                torch_dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                low_cpu_mem_usage=False,  # the other way wants accelerate and warns without it
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise ModelRefused(f"The model “{info.title}” is damaged.", str(error)) from error
    network: Network = loaded[0]
    if loaded[1]["missing_keys"] or loaded[1]["unexpected_keys"]:
        raise ModelRefused(f"The model “{info.title}” is not complete.", str(loaded[1]))
    if name := not_finite(network):
        raise ModelRefused(
            f"The model “{info.title}” is damaged: not all of its weights are numbers.", name
        )
    return network


def load_prior(info: ModelInfo) -> PriorUNet:
    """The network of a model folder of our own kind. Raises as `load_network` does."""
    return load_network(PriorUNet, info)
