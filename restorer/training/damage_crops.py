"""What a step sees that trains the prior which knows the damage.

Scenes are gathered as for the other prior; damage is made of them in threads on the processor, by
real encoders. Four examples in five are asked at once (the damaged picture in place of x_t), the
others as diffusion, see `restorer.diffusion.conditional`.
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
    """Damaged crops.

    Attributes:
        x0, x_t, y: (B, 3, C, C): the clean crop, what is asked about, the damaged one.
        sigma: (B,).
        facts: (B, COUNT), what is told.
        bins: (B,), of the balance.
        picture: (B,) int64, the slot that each was cut from.
    """

    x0: Tensor
    x_t: Tensor
    y: Tensor
    sigma: Tensor
    facts: Tensor
    bins: Tensor
    picture: Tensor

    def ask(self, trunk: Callable[..., Tensor]) -> Tensor:
        """The v that a network says."""
        x_t, y = (p.contiguous(memory_format=torch.channels_last) for p in (self.x_t, self.y))
        return trunk(x_t, self.sigma, y, self.facts)

    def errors(self, v: Tensor) -> Tensor:
        """Mean squared error of x_0 in each example, (B,)."""
        a, b = scales(self.sigma)
        return (a * self.x_t - b * v.float() - self.x0).square().mean(dim=(1, 2, 3))

    def eps_errors(self, errors: Tensor) -> Tensor:
        """The same of what x_t is beside x_0."""
        return errors / self.sigma.square()


class DamagedCrops:
    """Batches by the number of their step, for the prior that knows the damage.

    Args:
        pictures: where from; their sides are at least `scene_side` of a crop, and they are kept
            by the processor.
        recipe: all that decides.
        device: where the batches are wanted.
        threads: that make the damage.
        difficulty: of the pictures, where the recipe goes by it.
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
        """Examples of a step; arguments as of `Crops.batch`.

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
        """One example, as the first six of `DamagedBatch` without B."""
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
    """The side of the scene that is damaged for a crop."""
    return -(-(crop + MARGIN) // _MULTIPLE) * _MULTIPLE


def bin_of_damage(made: Damaged) -> int:
    """Where in the balance an example belongs that is asked at once."""
    return _KINDS.index(made.kind) * _STRENGTHS + _bin(made.facts.sigma, _STRENGTHS)


def bin_of_sigma(sigma: float) -> int:
    """Where in the balance an example belongs that is asked as diffusion, at up to `NOISIEST`."""
    return len(_KINDS) * _STRENGTHS + _bin(sigma / NOISIEST, _SIGMAS)


def _bin(value: float, bins: int) -> int:
    place = (math.log(value) - _LOWEST) / (_HIGHEST - _LOWEST)
    return min(bins - 1, max(0, int(bins * place)))
