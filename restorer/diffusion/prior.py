"""The prior: a small fully convolutional U-Net that predicts the noise in a picture.

What the outside sees is an eps-predictor in the sense of Ho et al. (2020, "Denoising
Diffusion Probabilistic Models"). Inside, the trunk predicts v = a eps - b x_0
(Salimans & Ho, 2022, "Progressive Distillation"), which stays well conditioned from
sigma 0.01 to 160. There is no attention and no normalisation over space, so a picture
of any size gets the same answer whole or in tiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.library import ConfigMixin, ModelMixin, register_to_config
from restorer.imaging.bands import raise_if_stopped


class Prediction(NamedTuple):
    """The network's prediction for x_t: the noise and the clean picture, both (B, 3, H, W)."""

    eps: Tensor
    x0: Tensor


class Fold(NamedTuple):
    """A convolution."""

    weight: Tensor
    bias: Tensor


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose features are scaled and shifted by the noise embedding (FiLM)."""

    def __init__(self, channels: int, embedding_dim: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embedding_dim, 2 * channels)

    def forward(self, x: Tensor, condition: Tensor | Folds) -> Tensor:
        """x + f(x), (B, C, H, W), for embeddings (B, D), or with FiLM folded in already."""
        if isinstance(condition, Tensor):
            scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
            h = self.conv1(x) * (1 + scale) + shift
        else:
            h = F.conv2d(x, *condition[self], padding=1)
        h = self.conv2(F.silu(h, inplace=not torch.is_grad_enabled()))
        return h.add_(x)  # a tile's features take much memory

    def fold(self, embedding: Tensor) -> Fold:
        """Kernel and bias of the first convolution and FiLM as one, for one embedding (1, D)."""
        scale, shift = self.film(embedding)[0].chunk(2)
        assert self.conv1.bias is not None
        weight = self.conv1.weight * (1 + scale)[:, None, None, None]
        return Fold(weight, self.conv1.bias * (1 + scale) + shift)


#: The first convolution of every block as it is at one noise level.
Folds = Mapping[ResidualBlock, Fold]


class Stage(nn.Module):
    """Residual blocks at one resolution, with the change of resolution before or after them."""

    def __init__(
        self,
        channels: int,
        blocks: int,
        embedding_dim: int,
        *,
        down_to: int | None = None,
        up_from: int | None = None,
    ) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(ResidualBlock(channels, embedding_dim) for _ in range(blocks))
        if down_to is not None:
            self.downsample = nn.Conv2d(channels, down_to, 2, stride=2)
        if up_from is not None:
            self.upsample = nn.ConvTranspose2d(up_from, channels, 2, stride=2)

    def forward(self, x: Tensor, condition: Tensor | Folds) -> Tensor:
        for resnet in self.resnets:
            raise_if_stopped()  # a large tile takes a second or more on a slow machine
            x = resnet(x, condition)
        return x


class PriorUNet(ModelMixin, ConfigMixin):
    """The unconditional prior, conditioned on the noise level only.

    Args:
        channels: width at half, quarter, ... resolution, as many levels as there are numbers.
        blocks: residual blocks on the way down and up, at each resolution but the lowest; one
            number for all.
        mid_blocks: residual blocks at the lowest resolution.
        embedding_dim: width of the noise embedding.
        frequencies: sines in it.
    """

    @register_to_config
    def __init__(
        self,
        channels: tuple[int, ...] = (48, 96, 192),
        blocks: int | Sequence[int] = 2,
        mid_blocks: int = 4,
        embedding_dim: int = 128,
        frequencies: int = 16,
    ) -> None:
        super().__init__()
        depths = level_blocks(channels, blocks)
        self.time_mlp = nn.Sequential(
            nn.Linear(2 * frequencies, embedding_dim),
            nn.SiLU(),
            nn.Linear(embedding_dim, embedding_dim),
            nn.SiLU(),
        )
        self.in_conv = nn.Conv2d(12, channels[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            Stage(width, depth, embedding_dim, down_to=below)
            for (width, below), depth in zip(pairwise(channels), depths, strict=True)
        )
        self.mid_block = Stage(channels[-1], mid_blocks, embedding_dim)
        self.up_blocks = nn.ModuleList(
            Stage(width, depth, embedding_dim, up_from=below)
            for (width, below), depth in reversed(
                list(zip(pairwise(channels), depths, strict=True))
            )
        )
        self.out_conv = nn.Conv2d(channels[0], 12, 3, padding=1)

    @property
    def stride(self) -> int:
        """Sides of the input must be a multiple of this."""
        return 2 ** len(self.config.channels)

    def ends(self) -> list[Tensor]:
        """Kernels of the first and last layer, which optimizers treat separately."""
        return [self.in_conv.weight, self.out_conv.weight]

    def embed(self, sigma: Tensor) -> Tensor:
        """Sinusoidal embedding of ln(sigma): (B,) to (B, embedding_dim)."""
        count = self.config.frequencies
        frequencies = torch.logspace(
            math.log10(0.25), math.log10(8), count, device=sigma.device, dtype=torch.float32
        )
        angle = sigma.float().log()[:, None] * frequencies / 2
        features = torch.cat([angle.sin(), angle.cos()], dim=1)
        return self.time_mlp(features.to(self.in_conv.weight.dtype))

    def trunk(self, x_t: Tensor, sigma: Tensor, folds: Folds | None = None) -> Tensor:
        """v = a eps - b x_0, for x_t (B, 3, H, W) on the VP scale and sigma (B,).

        Args:
            x_t: see above.
            sigma: see above.
            folds: what `fold` made for this sigma, the same for all of x_t: faster.

        Raises:
            ValueError: if H or W is not a multiple of `stride`.
        """
        self.check_sides(x_t)
        condition = self.embed(sigma) if folds is None else folds
        return self.body(self.in_conv(F.pixel_unshuffle(x_t, 2)), condition)

    def fold(self, embedding: Tensor) -> Folds:
        """FiLM folded into the convolutions, exactly, for an embedding (1, embedding_dim)."""
        blocks = (module for module in self.modules() if isinstance(module, ResidualBlock))
        return {block: block.fold(embedding) for block in blocks}

    def check_sides(self, x_t: Tensor) -> None:
        """Raise `ValueError` if H or W is not a multiple of `stride`."""
        if x_t.shape[-1] % self.stride or x_t.shape[-2] % self.stride:
            raise ValueError(f"sides must be multiples of {self.stride}, got {tuple(x_t.shape)}")

    def body(self, h: Tensor, condition: Tensor | Folds) -> Tensor:
        """From the first layer's features (B, channels[0], H/2, W/2) to v (B, 3, H, W)."""
        skips = []
        down: Iterable[Any] = self.down_blocks  # to a type checker, lists hold any Module
        up: Iterable[Any] = self.up_blocks
        for stage in down:
            h = stage(h, condition)
            skips.append(h)
            h = stage.downsample(h)
        h = self.mid_block(h, condition)
        for stage in up:
            h = stage(stage.upsample(h) + skips.pop(), condition)
        return F.pixel_shuffle(self.out_conv(h), 2)

    def forward(self, x_t: Tensor, sigma: Tensor, *, folds: Folds | None = None) -> Prediction:
        """Predict noise and clean picture.

        Args:
            x_t: (B, 3, H, W) on the VP scale; H and W multiples of `stride`.
            sigma: (B,), sqrt((1 - abar) / abar), noise against a signal in [-1, 1].
            folds: as of `trunk`.
        """
        return self.prediction(self.trunk(x_t, sigma, folds), x_t, sigma)

    @staticmethod
    def prediction(v: Tensor, x_t: Tensor, sigma: Tensor) -> Prediction:
        """Convert v (B, 3, H, W) for x_t at sigma (B,) to a prediction, in float32."""
        a = (1 + sigma.float().square()).rsqrt()[:, None, None, None]
        b = sigma.float()[:, None, None, None] * a
        v, x_t = v.float(), x_t.float()
        return Prediction(eps=a * v + b * x_t, x0=a * x_t - b * v)


def level_blocks(channels: Sequence[int], blocks: int | Sequence[int]) -> list[int]:
    """Residual blocks at each resolution but the lowest.

    Raises:
        ValueError: if there are not as many numbers as resolutions.
    """
    levels = len(channels) - 1
    depths = [blocks] * levels if isinstance(blocks, int) else list(blocks)
    if len(depths) != levels:
        raise ValueError(f"{len(channels)} widths need {levels} numbers of blocks, not {blocks}")
    return depths
