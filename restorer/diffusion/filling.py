"""The prior for filling: a network that also sees the hole.

What is known stands in the picture, holes hold a guess, and the answer in them is
E[x_0 | what is known], the least error. The first guess is a plain one; on another look, from
another side, the answer stands in its place, and the network is told that it errs less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorer.diffusion.library import register_to_config
from restorer.diffusion.prior import Folds, Prediction, PriorUNet
from restorer.diffusion.rows import by_rows
from restorer.diffusion.samplers import Step
from restorer.diffusion.scales import vp_scales

if TYPE_CHECKING:
    from restorer.diffusion.denoiser import Denoiser
    from restorer.diffusion.schedule import Schedule


class FillingUNet(PriorUNet):
    """`PriorUNet` with the hole as another input.

    That way in starts at zero: with the weights of a prior it is that prior.

    Args:
        channels, blocks, mid_blocks, embedding_dim, frequencies: as of `PriorUNet`.
    """

    @register_to_config
    def __init__(
        self,
        channels: tuple[int, ...] = (48, 96, 192),
        blocks: int | Sequence[int] = 4,
        mid_blocks: int = 4,
        embedding_dim: int = 128,
        frequencies: int = 16,
    ) -> None:
        super().__init__(channels, blocks, mid_blocks, embedding_dim, frequencies)
        self.hole_conv = nn.Conv2d(4, channels[0], 3, padding=1, bias=False)
        nn.init.zeros_(self.hole_conv.weight)

    def ends(self) -> list[Tensor]:
        return [*super().ends(), self.hole_conv.weight]

    def filling_trunk(
        self, x_t: Tensor, sigma: Tensor, hole: Tensor, folds: Folds | None = None
    ) -> Tensor:
        """v = a eps - b x_0.

        Args:
            x_t: (B, 3, H, W), sqrt(abar) times the picture with its first guess; H and W multiples
                of `stride`.
            sigma: (B,).
            hole: (B, 1, H, W), 1 where nothing is known, 0 elsewhere.
            folds: as of `PriorUNet.trunk`.
        """
        self.check_sides(x_t)
        h = self.in_conv(F.pixel_unshuffle(x_t, 2)) + self.hole_conv(F.pixel_unshuffle(hole, 2))
        return self.body(h, self.embed(sigma) if folds is None else folds)

    def forward(self, x_t: Tensor, sigma: Tensor, *, folds: Folds | None = None) -> Prediction:
        """Noise and clean picture, float32; arguments as of `filling_trunk`.

        Args:
            x_t: (B, 4, H, W), of which the last channel is the hole; or (B, 3, H, W), and it
                answers as an unconditional prior.
        """
        if x_t.shape[1] == 3:
            return super().forward(x_t, sigma, folds=folds)
        x_t, hole = x_t[:, :3], x_t[:, 3:]
        return self.prediction(self.filling_trunk(x_t, sigma, hole, folds), x_t, sigma)


def from_prior(prior: PriorUNet) -> FillingUNet:
    """A filling network that equals a prior until it is trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = {k: v for k, v in prior.config.items() if not k.startswith("_")}
        network: FillingUNet = FillingUNet.from_config(config)
    missing, unexpected = network.load_state_dict(prior.state_dict(), strict=False)
    assert not unexpected and missing == ["hole_conv.weight"]
    return network


def refine(
    views: Sequence[Denoiser],
    guess: Tensor,
    held: Callable[[Tensor], Tensor],
    regarded: Callable[[Tensor, float], Tensor],
    sigmas: Sequence[float],
    schedule: Schedule,
) -> Iterator[Step]:
    """One evaluation per sigma; the answer is the mean of all but the first.

    Args:
        views: the network as seen from different sides (`denoiser.RotatedDenoiser`), taken in turn.
        guess: (B, 3, H, W) in [-1, 1], the picture with its first guess.
        held: puts what is known back into an answer.
        regarded: what is looked at again of the last answer, which errs by about sigma.
        sigmas: about what the guess and the later answers err, falling.
        schedule: on whose axis they lie.
    """
    x0 = total = guess
    for index, sigma in enumerate(sigmas):
        x0 = regarded(x0, sigma) if index else x0
        x_t = by_rows(partial(_on_scale, vp_scales(sigma)[0]), x0)
        said = views[index % len(views)](x_t, sigma)
        total = by_rows(torch.add, total, said) if index > 1 else said
        x0 = held(by_rows(partial(_shared, max(1, index)), total))
        yield Step(index, float(schedule.t_from_sigma(sigma)), sigma, x_t, x0)


def _on_scale(a: float, x0: Tensor) -> Tensor:
    return a * x0.clamp(-1, 1)


def _shared(count: int, total: Tensor) -> Tensor:
    return total / count
