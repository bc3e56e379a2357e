"""Makes networks to train, and writes model folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from restorer.degradation.facts import Facts
from restorer.diffusion.classifier import NoiseClassifier
from restorer.diffusion.conditional import ConditionalUNet, from_prior
from restorer.diffusion.prior import PriorUNet, ResidualBlock, level_blocks
from restorer.engine.models import CARD, CONFIG, WEIGHTS, find_model
from restorer.engine.networks import load_network, load_prior
from restorer.errors import BadInput
from restorer.imaging.atomic import atomic_file
from restorer.training.recipe import SCRATCH, Recipe

#: Of a network from scratch, where the recipe says nothing.
_WIDTH = (48, 96, 192)


def starting_network(recipe: Recipe) -> PriorUNet:
    """The network that the recipe starts from, float32 on the CPU.

    Raises:
        BadInput: if the recipe cannot start from that model.
        ModelRefused: if that model is missing, damaged or not safe to load.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        scratch = recipe.start == SCRATCH
        network = new_network(recipe) if scratch else grown(_loaded(recipe), recipe)
        if recipe.damage is not None and not isinstance(network, ConditionalUNet):
            network = from_prior(network, Facts.COUNT)
        return network


def _loaded(recipe: Recipe) -> PriorUNet:
    info = find_model(recipe.start)
    if info.kind != "conditional":
        return load_prior(info)
    if recipe.damage is None:
        raise BadInput(
            "“{title}” knows damage; say which it is to learn with --damage.", title=info.title
        )
    return load_network(ConditionalUNet, info)


def new_network(recipe: Recipe) -> PriorUNet:
    """A network with random weights; a recipe without a shape gets the default one.

    Raises:
        BadInput: for a shape that no network can have.
    """
    width = recipe.width or _WIDTH
    shape: dict[str, Any] = {"channels": width}
    if recipe.blocks is not None:
        shape["blocks"] = _spread(recipe.blocks, len(width) - 1)
    if recipe.mid is not None:
        shape["mid_blocks"] = recipe.mid
    return _shaped(PriorUNet, shape)


def grown(network: PriorUNet, recipe: Recipe) -> PriorUNet:
    """Grow a network to the shape of a recipe: more residual blocks, or another level at the end.

    The new parts change nothing until they are trained.

    Raises:
        BadInput: if the network has other widths, or more blocks, than the recipe.
    """
    config = network.config
    old, width = tuple(config.channels), recipe.width or tuple(config.channels)
    if width == old and recipe.blocks is None and recipe.mid in (None, config.mid_blocks):
        return network
    if width[: len(old)] != old or len(width) > len(old) + 1:
        raise BadInput(
            "The model has widths {old}; they can only be followed by one more.", old=old
        )
    deeper = len(width) > len(old)
    had = [*level_blocks(old, config.blocks), *[config.mid_blocks] * deeper]
    blocks = _spread(recipe.blocks or had, len(width) - 1)
    mid = recipe.mid or config.mid_blocks
    shape = {**config, "channels": width, "blocks": blocks, "mid_blocks": mid}
    made = _shaped(type(network), shape)
    fewer = any(new < before for new, before in zip(blocks, had, strict=True))
    if fewer or (mid < config.mid_blocks and not deeper):
        raise BadInput(
            "The model has {had} blocks, {mid_blocks} in the middle; not fewer.",
            had=had,
            mid_blocks=config.mid_blocks,
        )
    for module in made.modules():
        if isinstance(module, ResidualBlock):
            _silence(module.conv2)
    if deeper:  # the old middle becomes a level on the way down, what comes from below adds nothing
        lowest: Any = made.up_blocks[0]
        _silence(lowest.upsample)
    made.load_state_dict(_moved(network.state_dict(), len(old) - 1, deeper), strict=False)
    return made


def _shaped(kind: type[PriorUNet], shape: dict[str, Any]) -> PriorUNet:
    try:
        made: PriorUNet = kind.from_config(shape)
    except ValueError as error:
        raise BadInput("There must be a number of blocks for each width but the last.") from error
    return made


def _spread(blocks: Sequence[int], levels: int) -> list[int]:
    """Repeat one number for all levels."""
    return list(blocks) * levels if len(blocks) == 1 else list(blocks)


def _silence(layer: Any) -> None:
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)


def _moved(weights: dict[str, Tensor], levels: int, deeper: bool) -> dict[str, Tensor]:
    """The names of the weights in a network with one more level."""
    if not deeper:
        return weights
    moved = {}
    for name, value in weights.items():
        match name.split("."):
            case ["mid_block", *rest]:
                name = ".".join(["down_blocks", str(levels), *rest])
            case ["up_blocks", number, *rest]:
                name = ".".join(["up_blocks", str(int(number) + 1), *rest])
        moved[name] = value
    return moved


def network_from_config(text: str) -> PriorUNet:
    """A network from a configuration that `to_json_string` wrote; its weights are random."""
    config = json.loads(text)
    kind = ConditionalUNet if config["_class_name"] == ConditionalUNet.__name__ else PriorUNet
    network: PriorUNet = kind.from_config(config)
    return network


def write_model(folder: Path, network: PriorUNet | NoiseClassifier, card: str) -> None:
    """Write a model folder, or new weights into one, in half precision.

    The weights are written last and atomically: without them the folder is no model.
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
    """Write the model card."""
    with atomic_file(folder / CARD, force=True) as file:
        file.write(card.encode())
