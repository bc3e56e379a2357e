"""Perceptual distance of two pictures: ST-LPIPS, if its package is installed.

Ghildyal & Liu (2022), "Shift-Tolerant Perceptual Similarity Metric": distances between the
features of an AlexNet that blurs before it subsamples, weighed by what people said. The package
`stlpips-pytorch` carries all the weights; importing it wants torchvision, so only they are read.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.imaging.picture import Pixels

_WEIGHTS = "weights/vST0.0/alex_shift_tolerant.pth"
_SHIFT, _SCALE = (
    torch.tensor(v)[:, None, None] for v in ([-0.030, -0.088, -0.188], [0.458, 0.448, 0.450])
)


#: Shortest side of a picture that all its layers see something of.
_LEAST = 64


def st_lpips(one: Pixels, other: Pixels) -> float | None:
    """The distance of two (H, W, 3) pictures in 0..1 of one size; 0 for equal ones.

    None without the weights, or where a side is shorter than 64 pixels.
    """
    weights = _weights()
    if weights is None or min(one.shape[:2]) < _LEAST:
        return None
    distance = 0.0
    for number, (a, b) in enumerate(
        zip(_features(one, weights), _features(other, weights), strict=True)
    ):
        difference = (F.normalize(a, dim=1) - F.normalize(b, dim=1)).square()
        distance += float(F.conv2d(difference, weights[f"lin{number}.model.1.weight"]).mean())
    return distance


@cache
def _weights() -> dict[str, Tensor] | None:
    found = importlib.util.find_spec("stlpips_pytorch")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / _WEIGHTS
    weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def _features(pixels: Pixels, weights: dict[str, Tensor]) -> list[Tensor]:
    """The five layers, each after its rectifier."""

    def layer(x: Tensor, name: str, padding: int) -> Tensor:
        return F.conv2d(
            x, weights[f"net.{name}.weight"], weights[f"net.{name}.bias"], padding=padding
        )

    x = torch.from_numpy(2 * pixels - 1).permute(2, 0, 1)[None].float()
    first = F.relu(_halved(layer((x - _SHIFT) / _SCALE, "slice1.0", 2)))
    second = F.relu(layer(_halved(F.max_pool2d(first, 3, 1)), "slice2.5", 2))
    third = F.relu(layer(_halved(F.max_pool2d(second, 3, 1)), "slice3.9", 1))
    fourth = F.relu(layer(third, "slice4.11", 1))
    return [first, second, third, fourth, F.relu(layer(fourth, "slice5.13", 1))]


def _halved(x: Tensor) -> Tensor:
    line = torch.tensor([0.25, 0.5, 0.25])
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), "reflect"), kernel, stride=2, groups=x.shape[1])
