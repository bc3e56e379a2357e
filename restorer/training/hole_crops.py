"""Training examples for the network that fills: crops with holes, and guesses in the holes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from restorer.degradation.facts import Holes
from restorer.degradation.operators.guess import fill_holes
from restorer.diffusion.filling import FillingUNet
from restorer.diffusion.prior import PriorUNet
from restorer.training.finder import scene
from restorer.training.holes import KINDS, Kind, context, hole
from restorer.training.loss import Bins
from restorer.training.refinement import Subject
from restorer.training.shapes import Shapes

_DEPTHS = (1.5, 2.5, 4.5, 8.0, 14.0)  # pixels; the bins of the balance lie between them
_PLACES = len(KINDS) * (len(_DEPTHS) + 1)

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Example(NamedTuple):
    """A crop with a hole.

    Attributes:
        truth: (C, C, 3) in 0..1, the picture without the hole.
        seen: the same, as it is known around the hole.
        hole: (C, C), true in the hole.
        place: its bin of the balance.
    """

    truth: Floats
    seen: Floats
    hole: Mask
    place: int


class HoleBatch(NamedTuple):
    """A batch of crops with holes.

    Attributes:
        x0: (B, 3, C, C) in [-1, 1], the pictures without holes.
        guess: the same with guesses in the holes.
        hole: (B, 1, C, C), 1 in the holes.
        bins: (B,), their bins of the balance.
        sigma: typical error of the guesses.
    """

    x0: Tensor
    guess: Tensor
    hole: Tensor
    bins: Tensor
    sigma: float = Holes().sigma

    def answer(self, network: PriorUNet) -> Tensor:
        """The network's estimate of x_0, (B, 3, C, C) float32."""
        assert isinstance(network, FillingUNet)
        a = 1 / math.hypot(1, self.sigma)
        x_t = (a * self.guess).contiguous(memory_format=torch.channels_last)
        sigma = torch.full((len(x_t),), self.sigma, device=x_t.device)
        v = network.filling_trunk(x_t, sigma, self.hole)
        return a * x_t - self.sigma * a * v.float()

    def errors(self, answer: Tensor) -> Tensor:
        """Mean squared error inside the holes of each example, (B,)."""
        wrong = (answer - self.x0).square() * self.hole
        return wrong.sum(dim=(1, 2, 3)) / (3 * self.hole.sum(dim=(1, 2, 3))).clamp_min(1)

    def next_round(self, answer: Tensor) -> HoleBatch:
        """The batch for the next evaluation: the answer replaces the guess in the holes."""
        first = self.sigma == Holes().sigma
        return self._replace(
            guess=torch.where(self.hole > 0, answer.clamp(-1, 1), self.guess),
            bins=self.bins + _PLACES * first,
            sigma=Holes().refined.sigma,
        )

    def baselines(self) -> list[Tensor]:
        """The guess that the network is shown."""
        return [self.guess]


def example(
    pixels: NDArray[np.uint8], crop: int, rng: np.random.Generator, shapes: Shapes | None
) -> Example:
    """Cut a crop from (H, W, 3) pixels, no side below `crop`, and make a hole in it."""
    truth, seen = context(scene(pixels, crop, rng), rng)
    kind, missing = hole(truth.shape[:2], rng, shapes)
    return Example(truth, seen, missing, bin_of(kind, missing))


def with_guesses(x0: Tensor, y: Tensor, hole: Tensor, bins: Tensor) -> HoleBatch:
    """The batch for the first evaluation, with a smooth guess in the holes.

    Args:
        x0: (B, 3, C, C) in [-1, 1], the pictures without holes.
        y: the same, as they are known around the holes.
        hole: (B, 1, C, C) bool, true in the holes.
        bins: (B,), their bins of the balance.
    """
    guess = fill_holes(y, ~hole).clamp(-1, 1)
    return HoleBatch(x0, guess, hole.float(), bins)


def bin_of(kind: Kind, missing: Mask) -> int:
    """The bin of the balance for a hole (H, W) of a kind: bins differ in kind and depth."""
    depth = float(np.quantile(distance_transform_edt(missing)[missing], 0.95))
    return KINDS.index(kind) * (len(_DEPTHS) + 1) + int(np.searchsorted(_DEPTHS, depth))


def kind_of(place: int) -> Kind:
    """The kind of hole that a bin stands for."""
    return KINDS[place % _PLACES // (len(_DEPTHS) + 1)]


#: First and later evaluations have bins of their own; a step trains the first, second or third.
FILLING = Subject[HoleBatch](Bins(2 * _PLACES, 3e-4), (0.4, 0.4, 0.2), kind_of)
