"""Faded and toned pictures: how much of the range from black to white is used, and which hues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: Photographs in fog or of one subject use little of the range too; seldom the middle alone.
_NO_BLACK, _NO_WHITE = 50.0, 212.0
_DARKEST, _BRIGHTEST = 0.005, 0.995
#: Saturation of a toned print, 0-255 scale, and how far its colours may stray from one curve,
#: times its saturation and its contrast; a faded colour photograph with a cast strays further.
_SATURATION, _STRAY = 6.0, 0.135
_WINDOW, _SAMPLES = 5, 20_000

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Tone:
    """The tone of a picture.

    Attributes:
        faded: neither black nor white is reached, as in an old print.
        tint: one hue all over, as of a sepia print; a grey picture has none.
        low: brightness (mean of the channels) of the darkest half percent, 0-255 scale.
        high: that of the brightest half percent.
    """

    faded: bool
    tint: bool
    low: float
    high: float


def read_tone(pixels: Floats) -> Tone:
    """Measure (H, W, 3) pixels in 0..1, any size; reads about 20,000 small windows."""
    colours = _colours(pixels)
    brightness = colours.mean(axis=1)
    low, high = (float(v) for v in np.quantile(brightness, [_DARKEST, _BRIGHTEST]))
    faded = low >= _NO_BLACK and high <= _NO_WHITE
    # One colour all over is no picture, and says nothing.
    return Tone(faded and high > low, _is_toned(colours, brightness), low, high)


def _is_toned(colours: Floats, brightness: Floats) -> bool:
    """Whether colour follows from brightness: one smooth curve, away from grey on one side."""
    spread = float(brightness.std())
    if spread < 1:
        return False
    tone = (brightness - brightness.mean()) / spread
    curve = np.stack([np.ones_like(tone), tone, tone**2], axis=1)
    colour = colours - brightness[:, None]
    explained = curve @ np.linalg.lstsq(curve, colour, rcond=None)[0]
    saturation = float(np.linalg.norm(colour.mean(axis=0)))
    stray = float(np.sqrt(np.square(colour - explained).sum(axis=1).mean()))
    return saturation >= _SATURATION and stray <= _STRAY * min(saturation, spread)


def _colours(pixels: Floats) -> Floats:
    """(N, 3) means of small windows on an even grid, 0-255 scale: less noise than in pixels."""
    height, width = (min(side, _WINDOW) for side in pixels.shape[:2])
    windows = sliding_window_view(pixels, (height, width), axis=(0, 1))
    step = max(1, int(np.sqrt(windows.shape[0] * windows.shape[1] / _SAMPLES)))
    means: Floats = windows[::step, ::step].mean(axis=(3, 4)).reshape(-1, 3) * np.float32(255)
    return means
