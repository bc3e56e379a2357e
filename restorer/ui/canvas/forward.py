"""The forward process on the visible part, fast enough to follow a slider."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from restorer.ui.widgets.qimage import Bytes, bytes_of

Floats = NDArray[np.float64]

_TOP = 127.5  # pictures in [-1, 1] are shown as 127.5 (x + 1)
_FIELD = 1024  # the noise repeats after this many pixels, which nobody sees in white noise
_ROWS = 16  # computed at a time, to stay in the processor's cache


class ForwardNoise:
    """x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps for one crop of a picture.

    With u = 127.5 x, the shown value minus its middle, this is
    u_t = sqrt(abar) u_0 + 127.5 sqrt(1 - abar) eps, clipped to what a screen can show.
    eps is one fixed field that begins at the picture's corner: it stays in place when the picture
    is panned, and only its strength follows the slider.

    A picture shown at zoom z < 1 averages 1/z^2 of its pixels into one, *after* each of them has
    been clipped. `_averaged` finds the contrast and the noise that have the same outcome: little
    noise simply gets the standard deviation z, much noise also greys the picture.
    """

    def __init__(self, crop: Bytes, left: int, top: int, zoom: float) -> None:
        """Prepare a crop.

        Args:
            crop: (H, W, 3) uint8, the visible part at the resolution to compute in.
            left, top: its position in the picture, in pixels of the same resolution.
            zoom: screen pixels per picture pixel; 1 and above mean full resolution.
        """
        height, width = crop.shape[:2]
        self._signal = crop.reshape(height, width * 3).astype(np.float32)
        self._signal -= np.float32(_TOP)
        self._eps = _noise_at(left, top, width, height).reshape(height, width * 3)
        self._zoom = min(1.0, zoom)
        self._size = (width, height)

    def render(self, alpha_bar: float) -> QImage:
        """The crop at one place of the schedule, as RGB888."""
        contrast, deviation = math.sqrt(alpha_bar), _TOP * math.sqrt(1.0 - alpha_bar)
        if self._zoom < 1 and deviation > 0:
            contrast, deviation = _averaged(contrast, deviation, self._zoom)
        a, b = np.float32(contrast), np.float32(deviation)
        image = QImage(*self._size, QImage.Format.Format_RGB888)
        out = bytes_of(image)
        block = np.empty((_ROWS, out.shape[1]), np.float32)
        noise = np.empty_like(block)
        for top in range(0, len(out), _ROWS):
            signal = self._signal[top : top + _ROWS]
            values, eps = block[: len(signal)], noise[: len(signal)]
            np.multiply(signal, a, out=values)
            np.multiply(self._eps[top : top + _ROWS], b, out=eps)
            np.add(values, eps, out=values)
            np.add(values, np.float32(_TOP + 0.5), out=values)  # half a step for rounding
            np.clip(values, 0, 255, out=values)
            np.copyto(out[top : top + _ROWS], values, casting="unsafe")
        return image


@lru_cache(maxsize=1)
def noise_field() -> NDArray[np.float32]:
    """(1024, 1024, 3) float32, standard normal, always the same; 50 ms the first time."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((_FIELD, _FIELD, 3), np.float32)


def noise_of_pixel(x: int, y: int) -> NDArray[np.float32]:
    """(3,): the eps of this pixel of the picture at full resolution."""
    eps: NDArray[np.float32] = noise_field()[y % _FIELD, x % _FIELD]
    return eps


def _noise_at(left: int, top: int, width: int, height: int) -> NDArray[np.float32]:
    """Cut from the endlessly repeated field; block by block, ten times as fast as `take`."""
    field = noise_field()
    out = np.empty((height, width, 3), np.float32)
    for y in range(-(top % _FIELD), height, _FIELD):
        for x in range(-(left % _FIELD), width, _FIELD):
            place = out[max(0, y) : y + _FIELD, max(0, x) : x + _FIELD]
            rows, columns = place.shape[:2]
            place[:] = field[max(0, -y) :, max(0, -x) :][:rows, :columns]
    return out


def _averaged(contrast: float, deviation: float, zoom: float) -> tuple[float, float]:
    """Contrast and noise that look, once clipped, like averages of clipped noisy pixels.

    The noise is chosen for middle grey, where the average has `zoom` times the deviation of a
    clipped pixel; the contrast so that mean values fall as near as a straight line allows to
    those of the average, over all values a picture can have.
    """
    grey = np.zeros(1)
    wanted = zoom * _clipped_moments(grey, deviation)[1][0]
    shown = wanted
    for _ in range(8):  # clipping takes a little of the noise we add as well
        shown *= wanted / _clipped_moments(grey, shown)[1][0]
    values = contrast * np.linspace(-_TOP, _TOP, 33)
    target = _clipped_moments(values, deviation)[0]
    reach = np.linspace(-2 * _TOP, 2 * _TOP, 129)
    needed = np.interp(target, _clipped_moments(reach, shown)[0], reach)
    power = float(values @ values)
    return (contrast * float(values @ needed) / power if power > 0 else 0.0), shown


def _clipped_moments(means: Floats, deviation: float) -> tuple[Floats, Floats]:
    """Mean and standard deviation of a normal variable clipped to +-127.5."""
    low, high = (-_TOP - means) / deviation, (_TOP - means) / deviation
    below, above = _normal_cdf(low), 1.0 - _normal_cdf(high)
    inside = 1.0 - below - above
    density_low, density_high = _normal_pdf(low), _normal_pdf(high)
    bend = deviation * (density_low - density_high)
    mean = _TOP * (above - below) + means * inside + bend
    square = (
        _TOP**2 * (above + below)
        + (means**2 + deviation**2) * inside
        + 2 * means * bend
        + deviation**2 * (low * density_low - high * density_high)
    )
    return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))


def _normal_pdf(x: Floats) -> Floats:
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _normal_cdf(x: Floats) -> Floats:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])
