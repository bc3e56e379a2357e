"""Networks from model folders, and back into them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save

from restorer.diffusion.prior import PriorUNet
from restorer.engine.engine import load_prior
from restorer.engine.models import CARD, CONFIG, WEIGHTS, find_model
from restorer.imaging.atomic import atomic_file
from restorer.training.recipe import SCRATCH, Recipe


def starting_network(recipe: Recipe) -> PriorUNet:
    """What the recipe starts from, float32 on the CPU.

    Raises:
        ModelRefused: if that model is missing, damaged or not safe to load.
    """
    if recipe.start != SCRATCH:
        return load_prior(find_model(recipe.start))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return PriorUNet()


def network_from_config(text: str) -> PriorUNet:
    """A network of the widths that `to_json_string` wrote down, with any weights."""
    network: PriorUNet = PriorUNet.from_config(json.loads(text))
    return network


def write_model(folder: Path, network: PriorUNet, card: str) -> None:
    """Make a model folder, or put better weights into one, half precision.

    The weights come last and at once: without them the folder is not a model yet.
    """
    weights = {
        key: value.detach().half().cpu().contiguous() for key, value in network.state_dict().items()
    }
    write_card(folder, card)
    for name, data in (
        (CONFIG, network.to_json_string().encode()),
        (WEIGHTS, save(weights, {"format": "pt"})),
    ):
        with atomic_file(folder / name, force=True) as file:
            file.write(data)


def write_card(folder: Path, card: str) -> None:
    """The model card."""
    with atomic_file(folder / CARD, force=True) as file:
        file.write(card.encode())
