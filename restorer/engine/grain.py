"""New even grain of the measured size and strength."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.engine.plan import noise_of
from restorer.engine.strength import brightness
from restorer.imaging import scratch
from restorer.imaging.bands import bands, compute_bands

if TYPE_CHECKING:
    from restorer.engine.task import RestorationTask

Array = NDArray[np.float32]

#: How far around the tone of a place is looked at, in pixels, and so many deviations from black and
#: white grain begins to fade.
_AROUND, _DEVIATIONS = 3.0, 3.0
#: So far a Gaussian looks, in pixels.
_REACH = round(4 * _AROUND)


def even_grain(task: RestorationTask, original: Array) -> Array | None:
    """(H, W, 3) grain to add to the restored picture of an original (H, W, 3); None for none.

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
    drawn: Array = scratch.empty((height, width))
    colours = grain.drawn((height, width), np.random.default_rng(task.seed))
    moments = np.zeros(2)
    for rows in bands(drawn.shape):
        drawn[rows] = brightness(colours[rows])[..., 0]
        moments += [drawn[rows].sum(dtype=float), np.square(drawn[rows], dtype=float).sum()]
    mean, square = moments / drawn.size
    std = float(np.sqrt(max(square - mean**2, 0)))
    weaker = min(1.0, noise / max(255 * std, 1e-9))  # flat places were fine texture
    most = np.float32(max(_DEVIATIONS * weaker * std, 1e-6))

    def faded(rows: slice) -> Array:
        first = max(0, rows.start - _REACH)
        tone = brightness(original[first : rows.stop + _REACH])[..., 0]
        tone = gaussian_filter(tone, _AROUND)[rows.start - first : rows.stop - first]
        room = np.clip(np.minimum(tone, 1 - tone) / most, 0, 1)
        here = np.float32(task.grain * weaker) * room * drawn[rows]
        return np.repeat(here[..., None], 3, axis=2)

    return compute_bands(original.shape, faded)
