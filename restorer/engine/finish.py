"""Turns the network's answers into pixels, a few rows at a time: for a tile or a whole frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from restorer.degradation.clipping import MOST_CLIPPED, undo_clipping
from restorer.degradation.grey import replace_along
from restorer.diffusion.tensors import to_array
from restorer.engine.grain import even_grain
from restorer.engine.plan import noise_of
from restorer.engine.strength import Blend, Box, brightness, cut
from restorer.engine.task import CAMERA_MODEL, RestorationTask
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging import scratch
from restorer.imaging.bands import GoOn, always, bands

if TYPE_CHECKING:
    import torch


#: Side of a cell in pixels, and how far a Gaussian looks around one of them, in cells.
_CELL, _AROUND = 8, 2.0
#: Times its noise that what is brighter or darker is no longer cut off.
_CUT_OFF = 4.0


class Finish:
    """Grey stays grey, colours keep their level, grain comes back, clipping is undone.

    And as much is kept as is asked for.

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
        self._keeps_level = task.damage.is_noise and task.model == CAMERA_MODEL
        self._noise = min(noise_of(task), MOST_CLIPPED)
        self._even = even_grain(task, original)

    def pixels_of_tile(self, x0: torch.Tensor, box: Box) -> Array:
        """(h, w, 3) in 0..1: the pixels to save of a tile, from x0 (1, 3, h, w) in its box.

        The level of a camera's picture is known once all of it is there.
        """
        return self._blend(to_range(self._restored(x0, box)), box)

    def frame(self, info: FrameInfo, x_t: Array, x0: torch.Tensor, go_on: GoOn = always) -> Frame:
        """A frame with the pixels that will be saved; x0 is (1, 3, H, W), x_t as in `Frame`.

        Args:
            go_on: called between bands; what it raises ends the work.
        """
        width = x0.shape[-1]
        restored: Array = scratch.empty(self._original.shape)
        saved: Array | None = scratch.empty(restored.shape) if self._blend.needed else None
        taken = None
        if self._keeps_level:
            taken = _taken(self._original, x0, self._noise, go_on)
        for rows in bands(restored.shape, go_on):
            box = 0, rows.start, width, rows.stop
            values = self._restored(x0[..., rows, :], box, taken)
            if saved is not None:
                saved[rows] = self._blend(to_range(values), box)
                values = 2 * saved[rows] - 1
            restored[rows] = values
        return Frame(info, x_t, restored, saved)

    def _restored(self, x0: torch.Tensor, box: Box, taken: Array | None = None) -> Array:
        """x0 in a box as pixels (h, w, 3) in [-1, 1], with `_taken` added back."""
        values = to_array(x0)
        if taken is not None:
            left, top, right, bottom = box
            values = values + _between(taken, slice(top, bottom), right - left)
        if self._grey:
            values = mean_of_channels(values)
        elif self._axis is not None:
            values = replace_along(values, 2 * cut(self._original, box) - 1, self._axis)
        grain = None
        if self._even is not None:
            grain = 2 * cut(self._even, box)
        elif self._task.grain:  # before clipping is undone, for here its mean is 0
            taken = brightness(2 * cut(self._original, box) - 1 - values)
            grain = np.float32(self._task.grain) * taken
        if self._task.undo_clipping:
            values = 2 * undo_clipping(0.5 * values + 0.5, self._noise) - 1
        return values if grain is None else values + grain


def _taken(original: Array, x0: torch.Tensor, noise: float, go_on: GoOn) -> Array:
    """(h, w, 3), the mean residual around each cell, on the scale of x0.

    Noise has no mean: what is left of it over so many pixels was brightness or colour, about which
    the prior that knows cameras is a little wrong. Only near black and white, where noise was cut
    off, its brightness had a mean, and is the prior's.
    """
    height, width = original.shape[:2]
    lefts = np.arange(0, width, _CELL)
    counts = np.diff([*lefts, width])[:, None]
    end = np.float32(1 - 2 * _CUT_OFF * noise / 255)
    means, shares = list[NDArray[Any]](), list[NDArray[Any]]()
    for top in range(0, height, _CELL):
        go_on()
        rows = slice(top, top + _CELL)
        values = to_array(x0[..., rows, :])
        for kept, cells in ((2 * original[rows] - 1 - values, means), (abs(values) < end, shares)):
            cells.append(np.add.reduceat(kept.mean(axis=0), lefts, axis=0) / counts)
    taken, whole = (
        gaussian_filter(np.stack(cells), (_AROUND, _AROUND, 0), mode="nearest")
        for cells in (means, shares)
    )
    bright = taken.mean(axis=2, keepdims=True)
    found: Array = taken - (1 - whole.min(axis=2, keepdims=True)) * bright
    return found.astype(np.float32)


def _between(cells: Array, rows: slice, width: int) -> Array:
    """(h, width, 3), from one cell to the next, in these rows of the picture."""
    tall, wide = (
        np.clip((np.arange(first, last) + 0.5) / _CELL - 0.5, 0, count - 1).astype(np.float32)
        for first, last, count in (
            (rows.start, rows.stop, len(cells)),
            (0, width, cells.shape[1]),
        )
    )
    for axis, places in enumerate((tall, wide)):
        whole = places.astype(int)
        share = np.expand_dims(places - whole, (1, 2) if axis == 0 else (0, 2))
        after = np.minimum(whole + 1, cells.shape[axis] - 1)
        cells = cells.take(whole, axis) * (1 - share) + cells.take(after, axis) * share
    return cells


def to_range(x0: Array) -> Array:
    """From [-1, 1], and beyond, to 0..1."""
    values = x0 * np.float32(0.5)
    values += np.float32(0.5)
    return np.clip(values, 0, 1, out=values)


def mean_of_channels(values: Array) -> Array:
    """(H, W, 3), with the mean in all three channels."""
    return np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
