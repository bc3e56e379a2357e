"""Networks from model folders, and back into them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save

from restorer.diffusion.classifier import NoiseClassifier
from restorer.diffusion.prior import PriorUNet, ResidualBlock
from restorer.engine.models import CARD, CONFIG, WEIGHTS, find_model
from restorer.engine.networks import load_prior
from restorer.errors import BadInput
from restorer.imaging.atomic import atomic_file
from restorer.training.recipe import SCRATCH, Recipe


def starting_network(recipe: Recipe) -> PriorUNet:
    """What the recipe starts from, float32 on the CPU.

    Raises:
        ModelRefused: if that model is missing, damaged or not safe to load.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        scratch = recipe.start == SCRATCH
        network = PriorUNet() if scratch else load_prior(find_model(recipe.start))
        return network if recipe.blocks is None else deeper(network, recipe.blocks)


def deeper(network: PriorUNet, blocks: int) -> PriorUNet:
    """The same function with more residual blocks at each resolution; the new ones add nothing yet.

    Raises:
        BadInput: if it has more already.
    """
    if blocks < network.config.blocks:
        raise BadInput(f"The model has {network.config.blocks} blocks; it cannot have fewer.")
    grown: PriorUNet = PriorUNet.from_config({**network.config, "blocks": blocks})
    for module in grown.modules():
        if isinstance(module, ResidualBlock):
            torch.nn.init.zeros_(module.conv2.weight)
            torch.nn.init.zeros_(module.conv2.bias)  # type: ignore[arg-type]
    grown.load_state_dict(network.state_dict(), strict=False)
    return grown


def network_from_config(text: str) -> PriorUNet:
    """A network of the widths that `to_json_string` wrote down, with any weights."""
    network: PriorUNet = PriorUNet.from_config(json.loads(text))
    return network


def write_model(folder: Path, network: PriorUNet | NoiseClassifier, card: str) -> None:
    """Make a model folder, or put better weights into one, half precision.

    The weights come last and at once: without them the folder is not a model yet.
    """
    weights = {
        key: value.detach().half().cpu().contiguous() for key, value in network.state_dict().items()
    }
    config = json.loads(network.to_json_string())
    config.pop("_name_or_path", None)  # the folder it was read from concerns nobody else
    write_card(folder, card)
    for name, data in (
        (CONFIG, json.dumps(config, indent=2).encode() + b"\n"),
        (WEIGHTS, save(weights, {"format": "pt"})),
    ):
        with atomic_file(folder / name, force=True) as file:
            file.write(data)


def write_card(folder: Path, card: str) -> None:
    """The model card."""
    with atomic_file(folder / CARD, force=True) as file:
        file.write(card.encode())
