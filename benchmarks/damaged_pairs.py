"""Makes clean and damaged scenes for the conditional prior, see `benchmarks.makers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.makers import AT_A_TIME, Makers, crops, shared
from restorer.degradation.facts import Facts
from restorer.engine.strength import brightness
from restorer.training.crops import Pool, Scenes, draw_sigmas, generator, sent
from restorer.training.damage_crops import (
    AT_ONCE,
    GREY,
    NOISIEST,
    NOISIEST_SHARE,
    DamagedBatch,
    bin_of_damage,
    bin_of_sigma,
)
from restorer.training.damages import as_bytes, damaged
from restorer.training.drawn import Drawing
from restorer.training.kinds import shares
from restorer.training.loss import add_noise
from restorer.training.recipe import Recipe

_GRID = 8  # crops begin with a JPEG block, as files do
_MULTIPLE = 24  # sides of what is damaged are multiples of this
#: What is kept of a scene: bin, sigma, facts.
_NUMBERS = 2 + Facts.COUNT


def scene_side(crop: int) -> int:
    """The side of scenes with some room for a crop."""
    return -(-(crop + _GRID) // _MULTIPLE) * _MULTIPLE


class DamagedPairs:
    """Clean and damaged scenes, (room, S, S, 3) uint8 each, made without end.

    Start it before the accelerator is used: the processes are forked.

    Args:
        pictures: where the scenes are cut from, kept by the processor; their sides are at least
            the `scene_side` S of the largest crop.
        recipe: seed and kinds of damage.
        room: scenes kept at a time.
        processes: that make them.
        draw: makes what is drawn over some, as of `Scenes`.
    """

    def __init__(
        self,
        pictures: Pool,
        recipe: Recipe,
        room: int,
        processes: int,
        draw: Callable[[int, int], Drawing],
    ) -> None:
        self._recipe = recipe
        self._side = side = scene_side(recipe.largest_crop)
        self._scenes = Scenes(pictures, recipe, side, draw=draw)
        self._kinds = shares(recipe.damage or "mix")
        self._truth = shared((room, side, side, 3), np.uint8)
        self._y = shared((room, side, side, 3), np.uint8)
        self._numbers = shared((room, _NUMBERS), np.float32)
        rows = self._truth, self._y, self._numbers
        self._makers = Makers(rows, processes, self._make, recipe.seed)

    @property
    def made(self) -> int:
        """Scenes so far."""
        return self._makers.made

    def batch(self, step: int, device: torch.device, late: bool = False) -> DamagedBatch:
        """Examples of a step, from the scenes that there are now."""
        count, side = self._recipe.shape(late)
        rng = np.random.default_rng([self._recipe.seed, step])
        slots = self._makers.slots(rng, count)
        corners = _GRID * rng.integers((self._side - side) // _GRID + 1, size=(count, 2))
        x0, y = (
            sent(crops(kind, slots, corners, side), device).permute(0, 3, 1, 2).float() / 127.5 - 1
            for kind in (self._truth, self._y)
        )
        numbers = self._numbers[slots]
        bins, sigma, facts = numbers[:, 0].astype(np.int64), numbers[:, 1], numbers[:, 2:]
        diffused = rng.random(count) >= AT_ONCE
        level = np.minimum(NOISIEST, draw_sigmas(rng, count, self._recipe.levels))
        level = np.where(rng.random(count) < NOISIEST_SHARE, np.float32(NOISIEST), level)
        bins = np.where(diffused, [bin_of_sigma(float(s)) for s in level], bins)
        facts[diffused, -1] = 0
        stated = sent(np.where(diffused, level, sigma).astype(np.float32), device)
        source = generator(self._recipe.seed, step, device)
        eps = torch.randn(x0.shape, generator=source, device=device)
        at_once = y / (1 + stated.square()).sqrt()[:, None, None, None]
        as_noised = add_noise(x0, stated, eps)
        x_t = torch.where(sent(diffused, device)[:, None, None, None], as_noised, at_once)
        return DamagedBatch(
            x0, x_t, y, stated, sent(facts, device), sent(bins, device), sent(slots, device)
        )

    def _make(self, rng: np.random.Generator, made: int) -> Iterator[tuple[Any, ...]]:
        pixels, _ = self._scenes.cut(self._scenes.places(made, rng, AT_A_TIME))
        for scene in pixels.numpy() / np.float32(255):
            one = damaged(brightness(scene) if rng.random() < GREY else scene, rng, self._kinds)
            numbers = [bin_of_damage(one), one.stated.sigma, *one.stated.vector()]
            yield as_bytes(one.truth), as_bytes(one.y), numbers
