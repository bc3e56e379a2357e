"""The conditional prior: a network that is shown the damaged picture and told of its damage.

Asked in three ways. *At once*: the damaged picture y takes the place of x_t, together with the
sigma that would leave about as much error, and the answer x0 is E[x_0 | y], the least error, in one
evaluation. *With a guess*: what a filter made of y takes that place, and y goes beside it. *As
diffusion* (Saharia et al., 2021, "Image Super-Resolution via Iterative
Refinement"; 2022, "Palette"): x_t is a true state of the forward process at any sigma and y goes
beside it, so that the reverse process draws from p(x_0 | y).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.library import register_to_config
from restorer.diffusion.prior import Folds, Prediction, PriorUNet

#: What stands in place of x_t: the damaged picture itself, or a guess at what it was.
Shown = Literal["picture", "guess"]


class ConditionalUNet(PriorUNet):
    """`PriorUNet` that also sees y and hears of the damage.

    Both ways in start at zero: with the weights of a prior it is that prior.

    Args:
        channels, blocks, mid_blocks, embedding_dim, frequencies: as of `PriorUNet`.
        facts: numbers that the damage is told in.
        shown: what the network was trained to see in place of x_t.
    """

    @register_to_config
    def __init__(
        self,
        channels: tuple[int, ...] = (48, 96, 192),
        blocks: int | Sequence[int] = 4,
        mid_blocks: int = 4,
        embedding_dim: int = 128,
        frequencies: int = 16,
        facts: int = 13,
        shown: Shown = "picture",
    ) -> None:
        super().__init__(channels, blocks, mid_blocks, embedding_dim, frequencies)
        self.y_conv = nn.Conv2d(12, channels[0], 3, padding=1, bias=False)
        self.damage_mlp = nn.Sequential(
            nn.Linear(facts, embedding_dim), nn.SiLU(), nn.Linear(embedding_dim, embedding_dim)
        )
        last = self.damage_mlp[-1]
        assert isinstance(last, nn.Linear)
        for zero in (self.y_conv.weight, last.weight, last.bias):
            nn.init.zeros_(zero)

    def ends(self) -> list[Tensor]:
        return [*super().ends(), self.y_conv.weight]

    def conditional_trunk(
        self, x_t: Tensor, sigma: Tensor, y: Tensor, facts: Tensor, folds: Folds | None = None
    ) -> Tensor:
        """v = a eps - b x_0.

        Args:
            x_t: (B, 3, H, W) on the VP scale; H and W multiples of `stride`. Asked at once, it
                is a y.
            sigma: (B,).
            y: (B, 3, H, W), the damaged picture in [-1, 1].
            facts: (B, facts), what is told.
            folds: what `fold` made of `condition`, the same for all of x_t.
        """
        self.check_sides(x_t)
        h = self.in_conv(F.pixel_unshuffle(x_t, 2)) + self.y_conv(F.pixel_unshuffle(y, 2))
        return self.body(h, self.condition(sigma, facts) if folds is None else folds)

    def condition(self, sigma: Tensor, facts: Tensor) -> Tensor:
        """Embedding of noise and damage, (B,) and (B, facts) to (B, embedding_dim)."""
        damage: Tensor = self.damage_mlp(facts)
        return self.embed(sigma) + damage

    def forward(
        self,
        x_t: Tensor,
        sigma: Tensor,
        y: Tensor | None = None,
        facts: Tensor | None = None,
        *,
        folds: Folds | None = None,
    ) -> Prediction:
        """Noise and clean picture, float32; arguments as of `conditional_trunk`.

        Shown no damaged picture, it answers as an unconditional prior.
        """
        if y is None or facts is None:
            return super().forward(x_t, sigma, folds=folds)
        v = self.conditional_trunk(x_t, sigma, y, facts, folds)
        return self.prediction(v, x_t, sigma)


def shown_guesses(network: ConditionalUNet) -> ConditionalUNet:
    """The same weights in a network that is shown guesses; those are what it is to learn next."""
    config = {k: v for k, v in network.config.items() if not k.startswith("_")}
    made: ConditionalUNet = ConditionalUNet.from_config({**config, "shown": "guess"})
    made.load_state_dict(network.state_dict())
    return made


def from_prior(prior: PriorUNet, facts: int) -> ConditionalUNet:
    """The conditional network that does what a prior does, until it is trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = {k: v for k, v in prior.config.items() if not k.startswith("_")}
        network: ConditionalUNet = ConditionalUNet.from_config({**config, "facts": facts})
    missing, unexpected = network.load_state_dict(prior.state_dict(), strict=False)
    assert not unexpected and all(key.startswith(("y_conv", "damage_mlp")) for key in missing)
    return network
