"""Examples and loss of the network that finds scratches, and the file of its weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from restorer.degradation.scratch_network import SHAPE, WEIGHTS
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.tensors import as_array, as_batch
from restorer.training.damage import Damaged, damaged
from restorer.training.shapes import Shapes

Floats = NDArray[np.float32]

CERTAIN, NOTHING = 0.3, 0.03  # coverage; between them neither answer is wrong
_LARGER = 2.0  # scenes are made up to so many times smaller
_SOFTER = 0.6  # or larger: scans show less than they have pixels for


def example(
    pixels: NDArray[np.uint8], crop: int, rng: np.random.Generator, shapes: Shapes | None
) -> Damaged:
    """Make a damaged `scene` of a picture."""
    return damaged(scene(pixels, crop, rng), rng, shapes)


def scene(pixels: NDArray[np.uint8], crop: int, rng: np.random.Generator) -> Floats:
    """Cut a crop (C, C, 3) in 0..1 from (H, W, 3) uint8, randomly resized and rotated."""
    most = min(_LARGER, min(pixels.shape[:2]) / crop)
    side = (
        int(crop * rng.uniform(_SOFTER, most))
        if rng.random() < 0.6
        else min(crop, *pixels.shape[:2])
    )
    top, left = (int(rng.integers(length - side + 1)) for length in pixels.shape[:2])
    cut = as_batch(pixels[top : top + side, left : left + side]).float() / 255
    cut = F.interpolate(cut, (crop, crop), mode="bilinear", antialias=True)
    return np.rot90(as_array(cut), int(rng.integers(4)))


def loss(logits: Tensor, coverage: Tensor) -> Tensor:
    """Cross-entropy plus one minus the Dice overlap, over pixels whose target is certain."""
    certain = ((coverage >= CERTAIN) | (coverage <= NOTHING)).float()
    wanted = (coverage >= CERTAIN).float()
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, certain)
    marked = logits.sigmoid() * certain
    overlap = (2 * (marked * wanted).sum() + 1) / ((marked + wanted).sum() + 1)
    return entropy + 0.2 * (1 - overlap)


def silence_last_layer(network: PriorUNet) -> PriorUNet:
    """A prior with a new last layer that gives every pixel a low chance of damage."""
    nn.init.zeros_(network.out_conv.weight)
    assert network.out_conv.bias is not None
    nn.init.constant_(network.out_conv.bias, -3.0)
    return network


def write(network: PriorUNet, out: Path) -> None:
    """Write the weights in half precision, with the shape of the network."""
    halves = {k: v.detach().half().contiguous() for k, v in network.state_dict().items()}
    shape = {name: getattr(network.config, name) for name in ("channels", "blocks", "mid_blocks")}
    save_file(halves, out / WEIGHTS, {SHAPE: json.dumps(shape)})
