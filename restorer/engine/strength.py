"""Strength maps: how much of a restoration to apply, and where; and keeping film grain.

What is saved is

    (1 - s) original + s (restored + grain * noise)        with s = amount * strength,

`original` the picture as it came, `noise` the brightness of what was taken off. `restored` is what
the task asks for, but the faithful answer where the map protects a place (`faithfulness_of`). Both
ends are exact: where s is 0 every bit stays, and s = 1 without grain is the restored picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.errors import BadInput
from restorer.imaging.bands import digest_of
from restorer.imaging.grey import LUMA

if TYPE_CHECKING:
    from torch import Tensor

    from restorer.engine.task import RestorationTask

Array = NDArray[np.float32]

#: (H, W) float32 in 0..1: how strongly to restore, pixel by pixel.
Strength = NDArray[np.float32]

#: (left, top, right, bottom) in pixels, right and bottom exclusive.
Box = tuple[int, int, int, int]

#: Of red, green and blue in brightness (ITU-R BT.601).
_LUMA = np.array(LUMA, np.float32)


def strength_digest(strength: Strength) -> str:
    """The digest of a strength map for a task: SHA-256 of its size and its values."""
    return digest_of(strength)


def brightness(noise: Array) -> Array:
    """The part of (H, W, 3) noise that looks like film grain: its brightness, without its colour.

    Given back in full, noise would only be a smaller amount; coloured specks are what nobody
    wants back.
    """
    return np.repeat((noise @ _LUMA)[..., None], 3, axis=2)


def cut(values: Array, box: Box | None) -> Array:
    """The part in the box; everything without one."""
    return values if box is None else values[box[1] : box[3], box[0] : box[2]]


def faithfulness_of(task: RestorationTask, strength: Strength | None) -> float | Tensor:
    """The task's faithfulness; 1 where a map asks for half the strength or less.

    What is protected is restored a little, or not at all, and never by what a sampler made up.

    Returns:
        One number, or (1, 1, H, W) where it differs.
    """
    if strength is None or task.faithfulness == 1 or strength.min() == 1:
        return task.faithfulness
    import torch

    locked = np.clip(2 * (1 - strength), task.faithfulness, 1).astype(np.float32)
    if task.damage.growth > 1:
        locked = locked.repeat(task.damage.growth, axis=0).repeat(task.damage.growth, axis=1)
    return torch.from_numpy(locked)[None, None]


class Blend:
    """Blend the original with the restored picture as the task asks.

    Args:
        task: its amount, and the digest of the strength map.
        original: (H, W, 3) in 0..1, the picture to stay where nothing is to change.
        strength: (H, W), for a task that has one; `original` may be larger by a whole number.

    Raises:
        BadInput: for a map that is missing, does not fit, or is not the task's.
    """

    def __init__(
        self, task: RestorationTask, original: Array, strength: Strength | None = None
    ) -> None:
        self._original = original
        self._amount = np.float32(task.amount)
        self._strength = _checked(strength, task, original)
        self.needed = task.partial

    def __call__(self, restored: Array, box: Box | None = None) -> Array:
        """The weight of the restored picture, or of a tile of it, in 0..1."""
        if not self.needed:
            return restored
        s: Array | np.float32 = self._amount
        if self._strength is not None:
            s = s * cut(self._strength, box)[..., None]
        mixed: Array = (1 - s) * cut(self._original, box) + s * restored
        return mixed


def _checked(strength: Strength | None, task: RestorationTask, original: Array) -> Strength | None:
    if strength is None:
        if task.strength:
            raise BadInput("Local strength needs a strength map.")
        return None
    (height, width), (tall, wide) = strength.shape, original.shape[:2]
    times = task.damage.growth
    if (height * times, width * times) != (tall, wide):
        raise BadInput(
            "The strength map is {width} by {height} pixels, but the picture is {wide} by {tall}.",
            width=width,
            height=height,
            wide=wide // times,
            tall=tall // times,
        )
    if not (strength.min() >= 0 and strength.max() <= 1):
        raise BadInput("Local strength must lie between 0 and 1.")
    if strength_digest(strength) != task.strength:
        raise BadInput("This is not the strength map that the task was made for.")
    return strength if times == 1 else strength.repeat(times, axis=0).repeat(times, axis=1)
