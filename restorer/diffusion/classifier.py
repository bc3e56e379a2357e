"""A small classifier trained on noisy pictures, for `restorer.diffusion.guidance`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.library import ConfigMixin, ModelMixin, register_to_config
from restorer.diffusion.prior import PriorUNet

#: Sides of what it judges are multiples of this.
CELL = 32
#: Side of a window that is judged by itself, and the way from one to the next, in pixels.
WINDOW, _STEP = 128, 64
#: Places of a feature map that are taken together, to see what changes slowly.
_SLOW = 4


class NoiseClassifier(ModelMixin, ConfigMixin):
    """log p(label | x_t) for windows of 128 pixels, from features of the prior.

    The front half of a prior, which knows noise from texture already, is kept as it is. What is
    learnt is a small head on statistics of its features: mean, deviation, and deviation of what
    changes slowly. It knows texture and colour, no objects.

    Args:
        labels: names of the classes.
        channels, blocks, mid_blocks, embedding_dim: of the prior, see `PriorUNet`.
        hidden: width of the head.
    """

    @register_to_config
    def __init__(
        self,
        labels: tuple[str, ...],
        channels: tuple[int, ...] = (48, 96, 192),
        blocks: int = 3,
        mid_blocks: int = 4,
        embedding_dim: int = 128,
        hidden: int = 32,
    ) -> None:
        super().__init__()
        self.prior = PriorUNet(channels, blocks, mid_blocks, embedding_dim)
        del self.prior.up_blocks, self.prior.out_conv
        width = 3 * sum(channels)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.head = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(width + 1, hidden),
            nn.SiLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, len(labels)),
        )

    def statistics(self, x_t: Tensor, sigma: Tensor) -> Tensor:
        """The features of overlapping windows: (B, 3, H, W) and (B,) to (B, windows, width).

        H and W are multiples of 32; a smaller picture than a window is judged as a whole.
        """
        prior, embedding = self.prior, self.prior.embed(sigma)
        h = prior.in_conv(F.pixel_unshuffle(x_t, 2))
        scale, seen = 2, []
        for stage in prior.down_blocks:
            h = stage(h, embedding)
            seen += _pooled(h.float(), scale)
            h, scale = stage.downsample(h), 2 * scale
        seen += _pooled(prior.mid_block(h, embedding).float(), scale)
        return torch.cat(seen, dim=1).flatten(2).transpose(1, 2)

    def judge(self, statistics: Tensor, sigma: Tensor) -> Tensor:
        """Logits of windows, (B, windows, labels)."""
        level = (sigma.float().log() / 4)[:, None, None].expand(-1, statistics.shape[1], 1)
        seen = (statistics - self.mean) / self.deviation
        logits: Tensor = self.head(torch.cat([seen, level], dim=2))
        return logits

    def windows(self, x_t: Tensor, sigma: Tensor) -> Tensor:
        """Logits of overlapping windows, (B, windows, labels); sizes as for `statistics`."""
        return self.judge(self.statistics(x_t, sigma), sigma)

    def log_probability(self, x_t: Tensor, sigma: float, label: int) -> Tensor:
        """log p(label | x_t), (B,): as if windows that do not overlap were judged one by one.

        Args:
            x_t: (B, 3, H, W) on the VP scale, any size.
            sigma: noise against a signal in [-1, 1].
            label: its place among the labels.
        """
        x = F.pad(x_t, (0, -x_t.shape[-1] % CELL, 0, -x_t.shape[-2] % CELL), mode="replicate")
        logits = self.windows(x, torch.full((len(x),), sigma, device=x.device))
        count = max(1.0, x.shape[-1] * x.shape[-2] / WINDOW**2)
        return count * logits.float().log_softmax(dim=2)[..., label].mean(dim=1)


def _pooled(h: Tensor, scale: int) -> list[Tensor]:
    """Mean, deviation and slow deviation over windows of features at 1/scale of the pixels."""
    slow = F.avg_pool2d(h, _SLOW)
    mean, deviation = _moments(h, scale)
    return [mean, deviation, _moments(slow, scale * _SLOW)[1]]


def _moments(h: Tensor, scale: int) -> tuple[Tensor, Tensor]:
    sides = [min(WINDOW // scale, side) for side in h.shape[-2:]]
    steps = [min(_STEP // scale, side) for side in h.shape[-2:]]
    mean = F.avg_pool2d(h, sides, steps)
    square = F.avg_pool2d(h * h, sides, steps)
    return mean, (square - mean * mean).clamp(min=1e-8).sqrt()
