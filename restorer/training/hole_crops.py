"""What a step sees that trains the network which fills: crops with holes, and guesses in them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from restorer.degradation.facts import Holes
from restorer.degradation.operators.guess import filled
from restorer.diffusion.filling import FillingUNet
from restorer.diffusion.prior import PriorUNet
from restorer.training.finder import scene
from restorer.training.holes import KINDS, Kind, context, hole
from restorer.training.looks import Subject
from restorer.training.loss import Bins
from restorer.training.shapes import Shapes

_DEPTHS = (1.5, 2.5, 4.5, 8.0, 14.0)  # pixels; the bins of the balance lie between them
_PLACES = len(KINDS) * (len(_DEPTHS) + 1)

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Example(NamedTuple):
    """A crop: what was there and what is seen around the hole, (C, C, 3), the hole, and its bin."""

    truth: Floats
    seen: Floats
    hole: Mask
    place: int


class HoleBatch(NamedTuple):
    """Crops with holes.

    Attributes:
        x0: (B, 3, C, C) what was there, in [-1, 1].
        guess: the same with guesses in the holes.
        hole: (B, 1, C, C), 1 in the holes.
        bins: (B,) of the balance.
        sigma: about what the guesses err.
    """

    x0: Tensor
    guess: Tensor
    hole: Tensor
    bins: Tensor
    sigma: float = Holes().sigma

    def answer(self, network: PriorUNet) -> Tensor:
        """What a network says of x_0, (B, 3, C, C) float32."""
        assert isinstance(network, FillingUNet)
        a = 1 / math.hypot(1, self.sigma)
        x_t = (a * self.guess).contiguous(memory_format=torch.channels_last)
        sigma = torch.full((len(x_t),), self.sigma, device=x_t.device)
        v = network.filling_trunk(x_t, sigma, self.hole)
        return a * x_t - self.sigma * a * v.float()

    def errors(self, answer: Tensor) -> Tensor:
        """Mean squared error in the holes of each example, (B,)."""
        wrong = (answer - self.x0).square() * self.hole
        return wrong.sum(dim=(1, 2, 3)) / (3 * self.hole.sum(dim=(1, 2, 3))).clamp_min(1)

    def again(self, answer: Tensor) -> HoleBatch:
        """For another look, with the answer in the holes."""
        first = self.sigma == Holes().sigma
        return self._replace(
            guess=torch.where(self.hole > 0, answer.clamp(-1, 1), self.guess),
            bins=self.bins + _PLACES * first,
            sigma=Holes().looked_at.sigma,
        )

    def shown(self) -> list[Tensor]:
        """The guess."""
        return [self.guess]


def example(
    pixels: NDArray[np.uint8], crop: int, rng: np.random.Generator, shapes: Shapes | None
) -> Example:
    """A crop of a picture at least as large, with holes."""
    truth, seen = context(scene(pixels, crop, rng), rng)
    kind, missing = hole(truth.shape[:2], rng, shapes)
    return Example(truth, seen, missing, bin_of(kind, missing))


def with_guesses(x0: Tensor, y: Tensor, hole: Tensor, bins: Tensor) -> HoleBatch:
    """A batch of what was there and what is seen, (B, 3, C, C), and holes, (B, 1, C, C) bool."""
    guess = filled(y, ~hole).clamp(-1, 1)
    return HoleBatch(x0, guess, hole.float(), bins)


def bin_of(kind: Kind, missing: Mask) -> int:
    """Where in the balance a hole belongs: by its kind, and how deep it is."""
    depth = float(np.quantile(distance_transform_edt(missing)[missing], 0.95))
    return KINDS.index(kind) * (len(_DEPTHS) + 1) + int(np.searchsorted(_DEPTHS, depth))


def kind_of(place: int) -> Kind:
    """The kind of hole that a bin is of."""
    return KINDS[place % _PLACES // (len(_DEPTHS) + 1)]


#: Bins are of first and of later looks; a step trains the first, the second or the third.
FILLING = Subject[HoleBatch](Bins(2 * _PLACES, 3e-4), (0.4, 0.4, 0.2), kind_of)
