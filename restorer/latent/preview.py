"""Approximates latents as colours without a VAE, for previews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_CELLS = 24  # latents along a side of the chart


@dataclass(frozen=True, eq=False)
class LinearPreview:
    """rgb = latents @ matrix + bias, place by place; matrix (C, 3), bias (3,), rgb in -1..1."""

    matrix: Tensor
    bias: Tensor

    def __call__(self, latents: Tensor, size: tuple[int, int], bias: float = 1.0) -> Tensor:
        """(1, C, h, w) to (1, 3, H, W) of size (H, W).

        Args:
            latents: of which a glance is wanted.
            size: of the answer.
            bias: 0 for noise, which has no colour of its own; sqrt(abar) for a state, so that
                x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps holds for what is seen, too.
        """
        rgb = torch.einsum("bchw,cr->brhw", latents, self.matrix)
        rgb = rgb + bias * self.bias.view(1, 3, 1, 1)
        return F.interpolate(rgb, size=size, mode="bilinear", align_corners=False)


def fit(encode: Callable[[Tensor], Tensor], factor: int) -> LinearPreview:
    """The preview of a VAE, by least squares on a chart of soft colours.

    Args:
        encode: (1, 3, H, W) in -1..1 to (1, C, H / factor, W / factor).
        factor: pixels to a latent along each side.
    """
    chart = F.interpolate(
        torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1,
        size=(_CELLS * factor, _CELLS * factor),
        mode="bicubic",
        align_corners=False,
    ).clamp(-1, 1)
    latents = encode(chart).double()
    rgb = F.avg_pool2d(chart, factor).double()
    z, y = (x[0].flatten(1).T for x in (latents, rgb))
    z = torch.cat([z, torch.ones(len(z), 1, dtype=z.dtype)], dim=1)
    ridge = 1e-6 * len(z) * torch.eye(z.shape[1], dtype=z.dtype)  # a channel may be constant
    solution = torch.linalg.solve(z.T @ z + ridge, z.T @ y).float()
    return LinearPreview(solution[:-1], solution[-1])
