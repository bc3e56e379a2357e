"""Loads networks of known classes from model folders, offline and without running their code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from safetensors import safe_open

from restorer.diffusion.library import ModelMixin
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.weights import not_finite
from restorer.engine.models import ModelInfo, count_parameters
from restorer.errors import ModelRefused
from restorer.latent import walk

Network = TypeVar("Network", bound=ModelMixin)


def load_network(kind: type[Network], info: ModelInfo) -> Network:
    """The network of a model folder, float32, on the CPU.

    Raises:
        ModelRefused: if it is damaged or not complete, its weights are not all numbers, or its
            configuration asks for more than they are.
    """
    weights = walk.weights(info.path, info.part, walk.DIFFUSERS)
    if weights is None:
        raise ModelRefused("The model “{title}” has no safetensors weights.", title=info.title)
    config = walk.class_config(kind, info.path, info.part)
    try:
        if _is_larger(kind, config, weights):
            raise ModelRefused(
                "The model “{title}” is not complete.", "larger than weights", title=info.title
            )
        with walk.staged_network(config, weights) as folder:
            loaded: Any = kind.from_pretrained(
                folder,
                torch_dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                low_cpu_mem_usage=False,  # the other way wants accelerate and warns without it
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise ModelRefused(
            "The model “{title}” is damaged.", str(error), title=info.title
        ) from error
    network: Network = loaded[0]
    if loaded[1]["missing_keys"] or loaded[1]["unexpected_keys"]:
        raise ModelRefused("The model “{title}” is not complete.", str(loaded[1]), title=info.title)
    if name := not_finite(network):
        raise ModelRefused(
            "The model “{title}” is damaged: not all of its weights are numbers.",
            name,
            title=info.title,
        )
    return network


def load_prior(info: ModelInfo) -> PriorUNet:
    """The network of a model folder of Restorer's own. Raises as `load_network` does."""
    return load_network(PriorUNet, info)


def _is_larger(kind: type[ModelMixin], config: Mapping[str, Any], weights: walk.Weights) -> bool:
    """Whether a configuration asks for far more memory than there is, without allocating any.

    A little more is left to the library, which knows what is damaged and what is missing.
    """
    tensors = 0
    for file in weights.files.values():
        with safe_open(file, framework="np") as opened:
            tensors += len(opened.keys())
    if any(_depth(name, value) > tensors for name, value in config.items()):
        return True  # so many layers would fill the memory without a single number
    with torch.device("meta"):
        network: Any = kind.from_config(dict(config))
    asked = sum(parameter.numel() for parameter in network.parameters())
    return bool(asked > 2 * sum(map(count_parameters, weights.files.values())))


def _depth(name: str, value: object) -> int:
    """The least number of parts that a setting asks for."""
    if isinstance(value, list | tuple):
        return max([len(value), *(_depth(name, each) for each in value)])
    is_count = "blocks" in name or "layers" in name
    return value if is_count and isinstance(value, int) else 0
