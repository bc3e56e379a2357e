"""Makes training scenes in other processes while the accelerator is busy.

Real encoders are slow: a damaged scene of 264 pixels takes 25 to 50 ms of one core. So processes
that start before the accelerator is used fill a piece of shared memory with scenes and keep
replacing the oldest. A step cuts its crops from these scenes.
"""

from __future__ import annotations

import math
import mmap
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

#: So many scenes may be in the making, and are not taken.
AT_A_TIME = 8


def shared(shape: Sequence[int], dtype: type) -> NDArray[Any]:
    """Zeros that processes forked later see too."""
    count = math.prod(shape)
    memory = mmap.mmap(-1, max(1, count * np.dtype(dtype).itemsize))
    return np.frombuffer(memory, dtype, count).reshape(shape)


class Makers:
    """Arrays of `room` rows each, filled without end by processes of their own.

    Start it before the accelerator is used: the processes are forked.

    Args:
        arrays: as of `shared`, with as many rows; row n of all of them is scene n.
        processes: that make them.
        make: the next `AT_A_TIME` rows or fewer, one value for each array, by a generator of its
            own and how many that process has made.
        seed: of the generators.
    """

    def __init__(
        self,
        arrays: Sequence[NDArray[Any]],
        processes: int,
        make: Callable[[np.random.Generator, int], Iterable[Sequence[Any]]],
        seed: int,
    ) -> None:
        self._arrays = arrays
        self._room = len(arrays[0]) // processes
        self._made = shared((processes,), np.int64)
        context = multiprocessing.get_context("fork")
        self._workers = [
            context.Process(target=self._work, args=(make, seed, number), daemon=True)
            for number in range(processes)
        ]
        for worker in self._workers:
            worker.start()

    @property
    def made(self) -> int:
        """Scenes so far."""
        return int(self._made.sum())

    def slots(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Rows at random, none that is about to be replaced.

        Raises:
            RuntimeError: if a process has died.
        """
        while not self.made and all(worker.is_alive() for worker in self._workers):
            time.sleep(0.05)
        if not all(worker.is_alive() for worker in self._workers):
            raise RuntimeError("A process that makes damaged scenes has died.")
        made = self._made.copy()
        own = np.minimum(made, max(1, self._room - AT_A_TIME))
        worker = rng.choice(len(made), count, p=own / own.sum())
        place = (made[worker] - 1 - rng.integers(own[worker])) % self._room
        return (worker + len(made) * place).astype(np.int64)

    def _work(
        self,
        make: Callable[[np.random.Generator, int], Iterable[Sequence[Any]]],
        seed: int,
        number: int,
    ) -> None:
        torch.set_num_threads(1)
        os.nice(10)
        while True:
            made = int(self._made[number])
            rng = np.random.default_rng([seed, 7, number, made])
            for row in make(rng, made):
                slot = number + len(self._made) * (made % self._room)
                for array, value in zip(self._arrays, row, strict=True):
                    array[slot] = value
                made += 1
                self._made[number] = made


def crops(
    scenes: NDArray[np.uint8],
    slots: NDArray[np.int64],
    corners: NDArray[np.int64],
    side: int,
) -> NDArray[np.uint8]:
    """Squares (B, side, side, ...) of the scenes in these slots, whose corners are (B, 2)."""
    found = np.empty((len(slots), side, side, *scenes.shape[3:]), np.uint8)
    for crop, slot, (top, left) in zip(found, slots, corners, strict=True):
        crop[:] = scenes[slot, top : top + side, left : left + side]
    return found
