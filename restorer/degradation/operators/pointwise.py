"""Damage of single pixels: none, holes, lost colour."""

from __future__ import annotations

import torch
from torch import Tensor

from restorer.degradation.operators.linear import EqualGain
from restorer.diffusion.rows import by_rows
from restorer.imaging.grey import LUMA


class Identity(EqualGain):
    """Nothing but noise."""

    def forward(self, x: Tensor) -> Tensor:
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        return y


class Mask(EqualGain):
    """Holes and scratches: lost pixels are 0.

    Args:
        keep: (H, W) or (1, 1, H, W), true where the picture is known.
    """

    def __init__(self, keep: Tensor, noise: float = 0.0) -> None:
        super().__init__(noise)
        self.keep = keep.reshape(1, 1, *keep.shape[-2:]).bool()

    def forward(self, x: Tensor) -> Tensor:
        return by_rows(lambda rows, keep: torch.where(keep, rows, 0.0), x, self.keep)

    def adjoint(self, y: Tensor) -> Tensor:
        return self.forward(y)


class Grayscale(EqualGain):
    """Colour lost: y (B, 1, H, W) is a weighted sum of the channels."""

    def __init__(self, weights: tuple[float, float, float] = LUMA, noise: float = 0.0) -> None:
        super().__init__(noise)
        self._weights = torch.tensor(weights).reshape(1, 3, 1, 1)
        self.gain = float(self._weights.norm())

    def forward(self, x: Tensor) -> Tensor:
        return (x * self._weights.to(x)).sum(1, keepdim=True)

    def adjoint(self, y: Tensor) -> Tensor:
        return y * self._weights.to(y)
