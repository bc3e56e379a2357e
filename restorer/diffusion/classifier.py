"""A small classifier that was trained on noisy pictures, for `restorer.diffusion.guidance`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

#: A cell of the last features is this many pixels wide.
CELL = 16
#: Cells along the side of a window that is judged by itself, and between windows.
_WINDOW, _STEP = 4, 2


class NoiseClassifier(ModelMixin, ConfigMixin):
    """log p(label | x_t) by windows of 64 pixels, from texture and colour; it knows no objects.

    Args:
        labels: names of the classes.
        channels: width at half, quarter, eighth and sixteenth resolution.
    """

    @register_to_config
    def __init__(
        self, labels: tuple[str, ...], channels: tuple[int, ...] = (48, 64, 96, 128)
    ) -> None:
        super().__init__()
        widths = (13, *channels, channels[-1])
        strides = (1, *(2 for _ in channels[1:]), 1)
        self.convs = nn.ModuleList(
            nn.Conv2d(here, there, 3, stride=stride, padding=1)
            for here, there, stride in zip(widths, widths[1:], strides, strict=False)
        )
        self.head = nn.Linear(widths[-1], len(labels))

    def windows(self, x_t: Tensor, sigma: Tensor) -> Tensor:
        """Logits of overlapping windows: (B, 3, H, W) and (B,) to (B, windows, labels).

        H and W are multiples of 16; a smaller picture than a window is judged as a whole.
        """
        level = (sigma.float().log() / 4)[:, None, None, None]
        h = F.pixel_unshuffle(x_t, 2)
        h = torch.cat([h, level.expand(-1, 1, *h.shape[-2:]).to(h.dtype)], dim=1)
        for conv in self.convs:
            h = F.silu(conv(h))
        sides = [min(_WINDOW, side) for side in h.shape[-2:]]
        h = F.avg_pool2d(h, sides, [min(_STEP, side) for side in sides])
        logits: Tensor = self.head(h.flatten(2).transpose(1, 2))
        return logits

    def log_probability(self, x_t: Tensor, sigma: float, label: int) -> Tensor:
        """log p(label | x_t), (B,): a sum over windows, so that a larger picture weighs more.

        Args:
            x_t: (B, 3, H, W) on the VP scale, any size.
            sigma: noise against a signal in [-1, 1].
            label: its place among the labels.
        """
        x = F.pad(x_t, (0, -x_t.shape[-1] % CELL, 0, -x_t.shape[-2] % CELL), mode="replicate")
        logits = self.windows(x, torch.full((len(x),), sigma, device=x.device))
        overlap = (_WINDOW / _STEP) ** 2 if logits.shape[1] > 1 else 1.0
        return logits.float().log_softmax(dim=2)[..., label].sum(dim=1) / overlap
