"""Training examples for the conditional prior: damaged crops.

Scenes are gathered as for the other prior; threads on the processor damage them with real encoders.
In four examples of five, the damaged picture takes the place of x_t; the others are diffusion
states, see `restorer.diffusion.conditional`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restorer.engine.strength import brightness
from restorer.training.crops import Pool, Scenes, draw_sigmas, sent
from restorer.training.damages import Damaged, Pixels, damaged
from restorer.training.hard import PictureErrors
from restorer.training.kinds import Kind, shares
from restorer.training.loss import Bins, scales
from restorer.training.recipe import Recipe

#: Damage is made on more than is shown, so that crops have no borders; sides are multiples of 24.
MARGIN = 32
_MULTIPLE = 24
#: Share of the examples that are asked at once, and of scenes that are grey.
AT_ONCE, GREY = 0.8, 0.08
#: The noisiest x_t as diffusion, which is as good as noise alone, and how often it is that.
NOISIEST, NOISIEST_SHARE = 30.0, 0.2

_KINDS: tuple[Kind, ...] = get_args(Kind)
_STRENGTHS, _SIGMAS = 8, 16
_LOWEST, _HIGHEST = math.log(0.01), math.log(0.8)
#: Bins of the balance: strengths of every kind, and levels of those asked as diffusion. Errors
#: below 46 dB count alike: else leaving clean pictures ever more exactly as they are would pay
#: more than repairing, and a network that is told nothing would become timid.
DAMAGE_BINS = Bins(len(_KINDS) * _STRENGTHS + _SIGMAS, 1e-4)


class DamagedBatch(NamedTuple):
    """A batch of damaged crops.

    Attributes:
        x0, x_t, y: (B, 3, C, C): clean crops, inputs of the network, damaged crops.
        sigma: (B,), noise levels of x_t.
        facts: (B, COUNT), the facts that the network is given.
        bins: (B,), their bins of the balance.
        picture: (B,) int64, the slot of the picture of each crop.
    """

    x0: Tensor
    x_t: Tensor
    y: Tensor
    sigma: Tensor
    facts: Tensor
    bins: Tensor
    picture: Tensor

    def predict(self, trunk: Callable[..., Tensor]) -> Tensor:
        """The network's prediction of v, (B, 3, C, C)."""
        x_t, y = (p.contiguous(memory_format=torch.channels_last) for p in (self.x_t, self.y))
        return trunk(x_t, self.sigma, y, self.facts)

    def errors(self, v: Tensor) -> Tensor:
        """Mean squared error of x_0 in each example, (B,)."""
        a, b = scales(self.sigma)
        return (a * self.x_t - b * v.float() - self.x0).square().mean(dim=(1, 2, 3))

    def eps_errors(self, errors: Tensor) -> Tensor:
        """Mean squared error of eps in each example, (B,)."""
        return errors / self.sigma.square()


class DamagedCrops:
    """Makes the batch of a step, from its number, for the conditional prior.

    Args:
        pictures: their source; no side is below `scene_side` of a crop, and they lie in the
            processor's memory.
        recipe: the recipe of the training.
        device: device of the batches.
        threads: the threads that make the damage.
        difficulty: errors of the pictures, if the recipe prefers difficult ones.
    """

    def __init__(
        self,
        pictures: Pool,
        recipe: Recipe,
        device: torch.device | str,
        threads: ThreadPoolExecutor,
        difficulty: PictureErrors | None = None,
    ) -> None:
        assert recipe.damage is not None
        self._recipe = recipe
        self._scenes = [
            Scenes(pictures, recipe, scene_side(recipe.shape(late)[1]), difficulty=difficulty)
            for late in (False, True)
        ]
        self._device = torch.device(device)
        self._shares = shares(recipe.damage)
        self._threads = threads

    def batch(self, step: int, part: int = 0, parts: int = 1, late: bool = False) -> DamagedBatch:
        """Make the examples of a step; arguments as of `Crops.batch`.

        Raises:
            BadInput: if no picture can be used.
        """
        recipe, (count, side) = self._recipe, self._recipe.shape(late)
        here = slice(part * count // parts, (part + 1) * count // parts)
        rng = np.random.default_rng([recipe.seed, step])
        scenes = self._scenes[late]
        pixels, picture = scenes.cut(scenes.places(step, rng, count).part(here))
        chances = [np.random.default_rng([recipe.seed, step, n]) for n in range(count)[here]]
        clean, sides = pixels.numpy() / np.float32(255), [side] * len(chances)
        made = list(self._threads.map(self._example, clean, chances, sides))
        x0, x_t, y, sigma, facts, bins = (
            sent(np.stack(part), self._device) for part in zip(*made, strict=True)
        )
        return DamagedBatch(x0, x_t, y, sigma, facts, bins, sent(picture.numpy(), self._device))

    def _example(
        self, scene: Pixels, rng: np.random.Generator, side: int
    ) -> tuple[NDArray[np.float32] | np.int64 | np.float32, ...]:
        """Make one example: the first six values of `DamagedBatch` without the axis B."""
        made = damaged(brightness(scene) if rng.random() < GREY else scene, rng, self._shares)
        room = (len(scene) - side) // 8
        top, left = (8 * int(rng.integers(room + 1)) for _ in range(2))
        x0, y = (
            np.ascontiguousarray(2 * p[top : top + side, left : left + side].transpose(2, 0, 1) - 1)
            for p in (made.truth, made.y)
        )
        if rng.random() < AT_ONCE:
            sigma, facts = made.stated.sigma, made.stated.vector()
            x_t = y / np.float32(math.hypot(1, sigma))
            place = bin_of_damage(made)
        else:
            level = float(draw_sigmas(rng, 1, self._recipe.levels)[0])
            sigma = NOISIEST if rng.random() < NOISIEST_SHARE else min(NOISIEST, level)
            facts, a = made.stated.vector(at_once=False), 1 / math.hypot(1, sigma)
            eps = rng.standard_normal(x0.shape, np.float32)
            x_t = np.float32(a) * x0 + np.float32(sigma * a) * eps
            place = bin_of_sigma(sigma)
        return x0, x_t, y, np.float32(sigma), facts, np.int64(place)


def scene_side(crop: int) -> int:
    """Side of the scene that is damaged to make a crop with this side."""
    return -(-(crop + MARGIN) // _MULTIPLE) * _MULTIPLE


def bin_of_damage(made: Damaged) -> int:
    """The bin of an example with the damaged picture in place of x_t."""
    return _KINDS.index(made.kind) * _STRENGTHS + _bin(made.facts.sigma, _STRENGTHS)


def bin_of_sigma(sigma: float) -> int:
    """The bin of an example that is a diffusion state, with sigma up to `NOISIEST`."""
    return len(_KINDS) * _STRENGTHS + _bin(sigma / NOISIEST, _SIGMAS)


def _bin(value: float, bins: int) -> int:
    place = (math.log(value) - _LOWEST) / (_HIGHEST - _LOWEST)
    return min(bins - 1, max(0, int(bins * place)))
