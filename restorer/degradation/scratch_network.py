"""The network that finds scratches."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restorer.resources import resource_path

if TYPE_CHECKING:  # torch takes seconds to load, and whoever measures noise does not need it
    from torch import Tensor

    from restorer.diffusion.prior import PriorUNet

Floats = NDArray[np.float32]

WEIGHTS = "model.safetensors"

#: The level of noise the trunk is told, of a signal in [-1, 1]: what a decent scan has.
_SIGMA = 0.1


#: Where the file of the weights says what shape they have; without it they have this one.
SHAPE = "shape"
_USUAL = {"channels": (48, 96, 192), "blocks": 4}


def log_odds(pixels: Floats, enlarged: int = 1) -> Floats:
    """Log odds of damage, (H, W), for (H, W, 3) in 0..1.

    Args:
        enlarged: it is shown the picture so many times larger; the surest of the pixels that one
            becomes counts.
    """
    import torch
    import torch.nn.functional as F

    from restorer.diffusion import hardware
    from restorer.diffusion.tensors import to_tensor

    network = _network(resource_path("models", "scratches", WEIGHTS))
    rows, columns = pixels.shape[:2]
    edges = ((0, -rows % network.stride), (0, -columns % network.stride), (0, 0))
    x = to_tensor(np.pad(pixels, edges, mode="edge"))
    if enlarged > 1:
        x = F.interpolate(x, scale_factor=enlarged, mode="bicubic").clamp(-1, 1)
    half = hardware.choose_autocast(x.device)
    with torch.inference_mode(), torch.autocast("cpu", half, enabled=half is not None):
        odds = damage_logits(network, x.contiguous(memory_format=torch.channels_last))
    odds = F.max_pool2d(odds.float(), enlarged)
    found: Floats = odds[0, 0, :rows, :columns].numpy()
    return found


def new_network(**shape: Any) -> PriorUNet:
    """A U-Net like a prior, before training; arguments as of `PriorUNet`."""
    from restorer.diffusion.prior import PriorUNet

    network: PriorUNet = PriorUNet(**(shape or _USUAL))
    return network


def load_finder(path: Path) -> PriorUNet:
    """The network whose weights a file holds, in the shape that it names."""
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(path, "pt") as file:
        shape = (file.metadata() or {}).get(SHAPE, "{}")
    network = new_network(**json.loads(shape))
    network.load_state_dict(load_file(path))
    return network


def damage_logits(network: PriorUNet, x: Tensor) -> Tensor:
    """Log odds of damage, (B, 1, H, W), for (B, 3, H, W) in [-1, 1]; sides multiples of its stride.

    The prior's trunk says three things of a pixel and is told a level of noise; here one of them
    is wanted, and the level is always the same.
    """
    return network.trunk(x, x.new_full((len(x),), _SIGMA))[:, :1]


@lru_cache(maxsize=1)
def _network(path: Path) -> PriorUNet:
    import torch

    network = load_finder(path)
    network.eval().to(memory_format=torch.channels_last)
    return network
