"""Counts tiles: reports progress, and checks for cancelling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Box
from restorer.engine.trajectory import Array

if TYPE_CHECKING:
    import torch


class Meter:
    """Counts the tiles of a run.

    Args:
        steps: of the run.
        cancel: looked at after every tile.
        on_progress: told of every tile.
        show: from the network's answer for a tile, and its box, to (H, W, 3) in 0..1.
        levels: how often a step goes through all the tiles.
    """

    def __init__(
        self,
        steps: int,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
        show: Callable[[torch.Tensor, Box], Array],
        levels: int = 1,
    ) -> None:
        self.step = 0
        self._level, self._levels = 0, levels
        self._steps = steps
        self._cancel = cancel
        self._on_progress = on_progress
        self._show = show
        self._begun = cancel.clock()

    def on_tile(self, done: int, total: int, box: Box, x0: torch.Tensor) -> None:
        """Report a finished tile; its box is in pixels of the result."""
        done, last = done + self._level * total, done == total
        total *= self._levels
        fraction = (self.step + done / total) / self._steps
        elapsed = self._cancel.clock() - self._begun
        self._on_progress(
            Progress(
                step=self.step,
                steps=self._steps,
                tile=done,
                tiles=total,
                seconds_left=elapsed / fraction - elapsed,
                box=box,
                show=partial(self._show, x0, box),
            )
        )
        self._level = (self._level + last) % self._levels
        self._cancel.raise_if_cancelled()
