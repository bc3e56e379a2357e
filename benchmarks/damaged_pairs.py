"""Damaged scenes made by other processes while the accelerator is busy.

Real encoders are slow: a scene of 264 pixels takes 25 ms of one core. So processes that begin
before the accelerator is used fill one piece of shared memory with clean and damaged scenes and go
on replacing the oldest; a step cuts its crops from what is there.
"""

from __future__ import annotations

import math
import mmap
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

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
from restorer.training.kinds import Kind, shares
from restorer.training.loss import noised
from restorer.training.recipe import Recipe

_GRID = 8  # crops begin with a JPEG block, as files do
_MULTIPLE = 24  # sides of what is damaged are multiples of this
_AT_A_TIME = 8
#: What is kept of a scene: bin, sigma, facts.
_NUMBERS = 2 + Facts.COUNT


def scene_side(crop: int) -> int:
    """The side of scenes with some room for a crop."""
    return -(-(crop + _GRID) // _MULTIPLE) * _MULTIPLE


def shared(shape: Sequence[int], dtype: type) -> NDArray[Any]:
    """Zeros that processes forked later see too."""
    count = math.prod(shape)
    memory = mmap.mmap(-1, max(1, count * np.dtype(dtype).itemsize))
    return np.frombuffer(memory, dtype, count).reshape(shape)


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
        self._truth = shared((room, side, side, 3), np.uint8)
        self._y = shared((room, side, side, 3), np.uint8)
        self._numbers = shared((room, _NUMBERS), np.float32)
        self._made = shared((processes,), np.int64)
        context = multiprocessing.get_context("fork")
        self._workers = [
            context.Process(target=self._work, args=(pictures, draw, number), daemon=True)
            for number in range(processes)
        ]
        for worker in self._workers:
            worker.start()

    @property
    def made(self) -> int:
        """Scenes so far."""
        return int(self._made.sum())

    def batch(self, step: int, device: torch.device, late: bool = False) -> DamagedBatch:
        """Examples of a step, from the scenes that there are now."""
        count, side = self._recipe.shape(late)
        rng = np.random.default_rng([self._recipe.seed, step])
        slots = self._slots(rng, count)
        corners = _GRID * rng.integers((self._side - side) // _GRID + 1, size=(count, 2))
        x0, y = (self._crops(kind, slots, corners, side, device) for kind in (self._truth, self._y))
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
        as_noised = noised(x0, stated, eps)
        x_t = torch.where(sent(diffused, device)[:, None, None, None], as_noised, at_once)
        return DamagedBatch(
            x0, x_t, y, stated, sent(facts, device), sent(bins, device), sent(slots, device)
        )

    def _slots(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Of scenes that are not about to be replaced."""
        while not self.made and all(worker.is_alive() for worker in self._workers):
            time.sleep(0.05)
        if not all(worker.is_alive() for worker in self._workers):
            raise RuntimeError("A process that makes damaged scenes has died.")
        made, processes = self._made.copy(), len(self._made)
        ring = len(self._y) // processes
        own = np.minimum(made, max(1, ring - _AT_A_TIME))
        worker = rng.choice(processes, count, p=own / own.sum())
        place = (made[worker] - 1 - rng.integers(own[worker])) % ring
        return (worker + processes * place).astype(np.int64)

    def _crops(
        self,
        scenes: NDArray[np.uint8],
        slots: NDArray[np.int64],
        corners: NDArray[np.int64],
        side: int,
        device: torch.device,
    ) -> torch.Tensor:
        crops = np.empty((len(slots), side, side, 3), np.uint8)
        for crop, slot, (top, left) in zip(crops, slots, corners, strict=True):
            crop[:] = scenes[slot, top : top + side, left : left + side]
        return sent(crops, device).permute(0, 3, 1, 2).float() / 127.5 - 1

    def _work(self, pictures: Pool, draw: Callable[[int, int], Drawing], number: int) -> None:
        torch.set_num_threads(1)
        os.nice(10)
        scenes = Scenes(pictures, self._recipe, self._side, draw=draw)
        kinds = shares(self._recipe.damage or "mix")
        processes, own = len(self._made), len(self._y) // len(self._made)
        while True:
            made = int(self._made[number])
            rng = np.random.default_rng([self._recipe.seed, 7, number, made])
            pixels, _ = scenes.cut(scenes.places(made, rng, _AT_A_TIME))
            for offset, scene in enumerate(pixels.numpy() / np.float32(255)):
                slot = number + processes * ((made + offset) % own)
                self._put(slot, scene, rng, kinds)
                self._made[number] = made + offset + 1

    def _put(
        self, slot: int, scene: NDArray[np.float32], rng: np.random.Generator,
        kinds: dict[Kind, float],
    ) -> None:  # fmt: skip
        made = damaged(brightness(scene) if rng.random() < GREY else scene, rng, kinds)
        self._truth[slot], self._y[slot] = as_bytes(made.truth), as_bytes(made.y)
        self._numbers[slot] = [bin_of_damage(made), made.stated.sigma, *made.stated.vector()]
