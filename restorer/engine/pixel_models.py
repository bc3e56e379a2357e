"""Loads networks that work on pixels as Denoisers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from restorer.diffusion import hardware
from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.denoiser import (
    ConditionalDenoiser,
    Denoiser,
    PriorDenoiser,
    TimestepDenoiser,
)
from restorer.diffusion.filling import FillingUNet
from restorer.diffusion.library import diffusers
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.tiling import GRID
from restorer.engine.models import ModelInfo
from restorer.engine.networks import load_network, load_prior
from restorer.errors import ModelRefused
from restorer.latent import walk
from restorer.latent.traits import Betas

SCHEDULER = "scheduler_config.json"


@dataclass(frozen=True)
class PixelModel:
    """A loaded network; `tile` is the longest side it was trained for, None for any."""

    denoiser: Denoiser
    precision: str
    tile: int | None = None


def load_trained_prior(
    info: ModelInfo, place: torch.device, precision: hardware.Precision
) -> PixelModel:
    """A prior of Restorer's own.

    Raises:
        ModelRefused: if it is damaged.
    """
    return _prior_model(load_prior(info), place, precision)


def load_filling(info: ModelInfo, place: torch.device, precision: hardware.Precision) -> PixelModel:
    """Restorer's network for filling, which sees the hole. Raises as `load_trained_prior`."""
    return _prior_model(load_network(FillingUNet, info), place, precision)


def _prior_model(
    network: PriorUNet, place: torch.device, precision: hardware.Precision
) -> PixelModel:
    autocast = hardware.choose_autocast(place, precision)
    denoiser = PriorDenoiser(network.to(place), autocast=autocast)
    return PixelModel(denoiser, hardware.precision_name(autocast))


def load_conditional(
    info: ModelInfo, place: torch.device, precision: hardware.Precision
) -> PixelModel:
    """Restorer's conditional network, which knows the damage. Raises as `load_trained_prior`."""
    autocast = hardware.choose_autocast(place, precision)
    network = load_network(ConditionalUNet, info)
    denoiser = ConditionalDenoiser(network.to(place), autocast=autocast)
    return PixelModel(denoiser, hardware.precision_name(autocast))


def load_unconditional(
    info: ModelInfo, place: torch.device, precision: hardware.Precision
) -> PixelModel:
    """Any unconditional `UNet2DModel`.

    Raises:
        ModelRefused: if it is damaged, or not made for colour pictures alone.
    """
    autocast = hardware.choose_autocast(place, precision)
    network = _unconditional(info)
    config = _scheduler_config(info)
    denoiser = TimestepDenoiser(
        network.to(place),
        Betas.of(config).schedule,
        config.get("prediction_type", "epsilon"),
        autocast=autocast,
        multiple=2 ** (len(network.config["block_out_channels"]) - 1),
    )
    size = network.config["sample_size"] or 0
    side = min(size) if isinstance(size, (tuple, list)) else size
    return PixelModel(
        denoiser,
        hardware.precision_name(autocast),
        max(64, side // GRID * GRID) if side else None,
    )


def _unconditional(info: ModelInfo) -> diffusers.UNet2DModel:
    network = load_network(diffusers.UNet2DModel, info)
    config = network.config
    if (config["in_channels"], config["out_channels"]) != (3, 3) or config["class_embed_type"]:
        raise ModelRefused(
            "“{title}” is not a model of colour pictures without labels.", title=info.title
        )
    return network


def _scheduler_config(info: ModelInfo) -> dict[str, Any]:
    """The scheduler beside the network; without one, that of DDPM."""
    for part in (info.part, "scheduler"):
        if walk.find(info.path, name := walk.part_path(part, SCHEDULER)) is not None:
            return walk.read_config(info.path, name)
    return {}
