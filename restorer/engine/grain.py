"""Grain put back evenly, in the size and strength that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.engine.plan import noise_of
from restorer.engine.strength import brightness

if TYPE_CHECKING:
    from restorer.engine.task import RestorationTask

Array = NDArray[np.float32]

#: How far around the tone of a place is looked at, in pixels, and so many deviations from black and
#: white grain begins to fade.
_AROUND, _DEVIATIONS = 3.0, 3.0


def even_grain(task: RestorationTask, original: Array) -> Array | None:
    """(H, W, 3) grain to be added to what was restored of (H, W, 3) in 0..1; None for none.

    It is drawn anew by the task's seed, of the brightness, spread and strength that flat places of
    the picture have; where it has none, of the noise that the task takes off. Towards black and
    white it fades, as film's does: none of it is cut off there.
    """
    if not (task.even_grain and task.grain):
        return None
    from scipy.ndimage import gaussian_filter  # not at start-up

    from restorer.degradation.grain import Grain, read_grain

    grain = read_grain(original)
    noise = noise_of(task) if task.damage.is_noise else task.damage.noise
    if grain is None:
        white = np.eye(3, dtype=np.float32) * np.float32(noise / 255)
        grain = Grain(white, np.ones((1, 1), np.float32))
    height, width = original.shape[:2]
    drawn = brightness(grain.drawn((height, width), np.random.default_rng(task.seed)))
    if 255 * drawn.std() > noise:  # flat places were fine texture
        drawn *= np.float32(noise / (255 * drawn.std()))
    tone = gaussian_filter(brightness(original)[..., :1], (_AROUND, _AROUND, 0))
    room = np.minimum(tone, 1 - tone) / np.float32(max(_DEVIATIONS * drawn.std(), 1e-6))
    return np.float32(task.grain) * np.clip(room, 0, 1) * drawn
