"""The prior: a small fully convolutional U-Net that predicts the noise in a picture.

What the outside sees is an eps-predictor in the sense of Ho et al. (2020, "Denoising
Diffusion Probabilistic Models"). Inside, the trunk predicts v = a eps - b x_0
(Salimans & Ho, 2022, "Progressive Distillation"), which stays well conditioned from
sigma 0.01 to 160. There is no attention and no normalisation over space, so a picture
of any size gets the same answer whole or in tiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.library import ConfigMixin, ModelMixin, register_to_config


class Prediction(NamedTuple):
    """What the network says about x_t: the noise and the clean picture, both (B, 3, H, W)."""

    eps: Tensor
    x0: Tensor


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose features are scaled and shifted by the noise embedding (FiLM)."""

    def __init__(self, channels: int, embedding_dim: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embedding_dim, 2 * channels)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale, shift = self.film(embedding)[:, :, None, None].chunk(2, dim=1)
        h = F.silu(self.conv1(x) * (1 + scale) + shift)
        return x + self.conv2(h)


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

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x, embedding)
        return x


class PriorUNet(ModelMixin, ConfigMixin):
    """The unconditional prior, conditioned on the noise level only.

    Args:
        channels: width at half, quarter and eighth resolution.
        blocks: residual blocks per resolution on the way down and up.
        mid_blocks: residual blocks at the lowest resolution.
        embedding_dim: width of the noise embedding.
    """

    #: Sides of the input must be a multiple of this.
    stride = 8

    @register_to_config
    def __init__(
        self,
        channels: tuple[int, ...] = (48, 96, 192),
        blocks: int = 2,
        mid_blocks: int = 4,
        embedding_dim: int = 128,
        frequencies: int = 16,
    ) -> None:
        super().__init__()
        self.time_mlp = nn.Sequential(
            nn.Linear(2 * frequencies, embedding_dim),
            nn.SiLU(),
            nn.Linear(embedding_dim, embedding_dim),
            nn.SiLU(),
        )
        self.in_conv = nn.Conv2d(12, channels[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            Stage(width, blocks, embedding_dim, down_to=below)
            for width, below in pairwise(channels)
        )
        self.mid_block = Stage(channels[-1], mid_blocks, embedding_dim)
        self.up_blocks = nn.ModuleList(
            Stage(width, blocks, embedding_dim, up_from=below)
            for width, below in zip(channels[-2::-1], channels[:0:-1], strict=True)
        )
        self.out_conv = nn.Conv2d(channels[0], 12, 3, padding=1)

    def ends(self) -> list[Tensor]:
        """Kernels of the first and last layer, which optimizers treat apart from those inside."""
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

    def trunk(self, x_t: Tensor, sigma: Tensor) -> Tensor:
        """v = a eps - b x_0, for x_t (B, 3, H, W) on the VP scale and sigma (B,).

        Raises:
            ValueError: if H or W is not a multiple of `stride`.
        """
        self.check_sides(x_t)
        return self.body(self.in_conv(F.pixel_unshuffle(x_t, 2)), self.embed(sigma))

    def check_sides(self, x_t: Tensor) -> None:
        """Raise `ValueError` if H or W is not a multiple of `stride`."""
        if x_t.shape[-1] % self.stride or x_t.shape[-2] % self.stride:
            raise ValueError(f"sides must be multiples of {self.stride}, got {tuple(x_t.shape)}")

    def body(self, h: Tensor, embedding: Tensor) -> Tensor:
        """From the first layer's features (B, channels[0], H/2, W/2) to v (B, 3, H, W)."""
        skips = []
        down: Iterable[Any] = self.down_blocks  # to a type checker, lists hold any Module
        up: Iterable[Any] = self.up_blocks
        for stage in down:
            h = stage(h, embedding)
            skips.append(h)
            h = stage.downsample(h)
        h = self.mid_block(h, embedding)
        for stage in up:
            h = stage(stage.upsample(h) + skips.pop(), embedding)
        return F.pixel_shuffle(self.out_conv(h), 2)

    def forward(self, x_t: Tensor, sigma: Tensor) -> Prediction:
        """Predict noise and clean picture.

        Args:
            x_t: (B, 3, H, W) on the VP scale; H and W multiples of 8.
            sigma: (B,), sqrt((1 - abar) / abar), noise against a signal in [-1, 1].
        """
        return self.prediction(self.trunk(x_t, sigma), x_t, sigma)

    @staticmethod
    def prediction(v: Tensor, x_t: Tensor, sigma: Tensor) -> Prediction:
        """What v (B, 3, H, W) says about x_t at sigma (B,), in float32."""
        a = (1 + sigma.float().square()).rsqrt()[:, None, None, None]
        b = sigma.float()[:, None, None, None] * a
        v, x_t = v.float(), x_t.float()
        return Prediction(eps=a * v + b * x_t, x0=a * x_t - b * v)
