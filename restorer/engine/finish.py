"""From what the network said to pixels, a few rows at a time: of a tile, or of a whole frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorer.degradation.clipping import MOST_CLIPPED, undo_clipping
from restorer.degradation.grey import along
from restorer.diffusion.tensors import to_array
from restorer.engine.grain import even_grain
from restorer.engine.plan import noise_of
from restorer.engine.strength import Blend, Box, brightness, cut
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging import scratch
from restorer.imaging.bands import GoOn, always, bands

if TYPE_CHECKING:
    import torch


class Finish:
    """Grey stays grey, grain comes back, clipping is undone, and as much is kept as is asked for.

    Args:
        task: says how much of each.
        original: (H, W, 3) in 0..1, the picture as it came.
        blend: mixes it with the restored one.
        grey: the three channels are one.
        axis: (3,) of the tone, where noise was added across it; see `degradation.grey`.
    """

    def __init__(
        self,
        task: RestorationTask,
        original: Array,
        blend: Blend,
        grey: bool,
        axis: Array | None = None,
    ) -> None:
        self._task, self._original, self._blend, self._grey = task, original, blend, grey
        self._axis = axis
        self._noise = min(noise_of(task), MOST_CLIPPED)
        self._even = even_grain(task, original)

    def seen(self, x0: torch.Tensor, box: Box) -> Array:
        """(h, w, 3) in 0..1: what is saved of a tile, x0 (1, 3, h, w) in its box."""
        return self._blend(to_range(self._restored(x0, box)), box)

    def frame(self, info: FrameInfo, x_t: Array, x0: torch.Tensor, go_on: GoOn = always) -> Frame:
        """A frame that shows what will be saved; x0 is (1, 3, H, W), x_t as in `Frame`.

        Args:
            go_on: called between bands; what it raises ends the work.
        """
        width = x0.shape[-1]
        restored: Array = scratch.empty(self._original.shape)
        saved: Array | None = scratch.empty(restored.shape) if self._blend.needed else None
        for rows in bands(restored.shape, go_on):
            box = 0, rows.start, width, rows.stop
            values = self._restored(x0[..., rows, :], box)
            if saved is not None:
                saved[rows] = self._blend(to_range(values), box)
                values = 2 * saved[rows] - 1
            restored[rows] = values
        return Frame(info, x_t, restored, saved)

    def _restored(self, x0: torch.Tensor, box: Box) -> Array:
        """x0 in a box as pixels (h, w, 3) in [-1, 1]."""
        values = to_array(x0)
        if self._grey:
            values = mean_of_channels(values)
        elif self._axis is not None:
            values = along(values, 2 * cut(self._original, box) - 1, self._axis)
        grain = None
        if self._even is not None:
            grain = 2 * cut(self._even, box)
        elif self._task.grain:  # before clipping is undone, for here its mean is 0
            taken = brightness(2 * cut(self._original, box) - 1 - values)
            grain = np.float32(self._task.grain) * taken
        if self._task.undo_clipping:
            values = 2 * undo_clipping(0.5 * values + 0.5, self._noise) - 1
        return values if grain is None else values + grain


def to_range(x0: Array) -> Array:
    """From [-1, 1], and beyond, to 0..1."""
    values = x0 * np.float32(0.5)
    values += np.float32(0.5)
    return np.clip(values, 0, 1, out=values)


def mean_of_channels(values: Array) -> Array:
    """(H, W, 3), in all three channels their mean."""
    return np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
