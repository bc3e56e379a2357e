"""The forward process on what is on view, fast enough to follow a slider."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from restorer.ui.qimage import Bytes, bytes_of

_FIELD = 1024  # the noise repeats after this many pixels, which nobody sees in white noise
_ROWS = 16


class Fog:
    """x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps for one crop of a picture.

    With pictures in [-1, 1] shown as v = 127.5 (x + 1) this is
    v_t - 127.5 = sqrt(abar) (v_0 - 127.5) + 127.5 sqrt(1 - abar) eps, which is what `render`
    computes. eps is one fixed field laid out from the picture's corner: it stays in place when
    the picture is moved, and only its strength follows the slider.

    A picture shown at zoom z < 1 averages 1/z^2 pixels into one, and so their noise: eps is
    scaled by z there, which is what a file with this noise would look like at that size.
    """

    def __init__(self, crop: Bytes, left: int, top: int, zoom: float) -> None:
        """Prepare a crop.

        Args:
            crop: (H, W, 3) uint8, what is on view at the resolution it is computed in.
            left, top: its place in the picture, in pixels of that same resolution.
            zoom: screen pixels per picture pixel; 1 and above mean full resolution.
        """
        height, width = crop.shape[:2]
        self._signal = crop.reshape(height, width * 3).astype(np.float32)
        self._signal -= np.float32(127.5)
        rows = np.arange(top, top + height)
        columns = np.arange(left, left + width)
        field = np.take(_noise_field(), rows, axis=0, mode="wrap")
        self._eps = np.take(field, columns, axis=1, mode="wrap").reshape(height, width * 3)
        self._strength = 127.5 * min(1.0, zoom)
        self._size = (width, height)

    def render(self, alpha_bar: float) -> QImage:
        """The crop at one place of the schedule, as RGB888."""
        image = QImage(*self._size, QImage.Format.Format_RGB888)
        out = bytes_of(image)
        a = np.float32(math.sqrt(alpha_bar))
        b = np.float32(self._strength * math.sqrt(1.0 - alpha_bar))
        block = np.empty((_ROWS, out.shape[1]), np.float32)
        noise = np.empty_like(block)
        for top in range(0, len(out), _ROWS):
            signal = self._signal[top : top + _ROWS]
            values, eps = block[: len(signal)], noise[: len(signal)]
            np.multiply(signal, a, out=values)
            np.multiply(self._eps[top : top + _ROWS], b, out=eps)
            np.add(values, eps, out=values)
            np.add(values, np.float32(128), out=values)  # 127.5, and half a step for rounding
            np.clip(values, 0, 255, out=values)
            np.copyto(out[top : top + _ROWS], values, casting="unsafe")
        return image


@lru_cache(maxsize=1)
def _noise_field() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((_FIELD, _FIELD, 3), np.float32)
