"""Toned pictures: those of one hue."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: Saturation of a toned print, 0-255 scale, and how far its colours may stray from one curve,
#: times its saturation and its contrast; a faded colour photograph with a cast strays further.
_SATURATION, _STRAY = 6.0, 0.135
_WINDOW, _SAMPLES = 5, 20_000

Floats = NDArray[np.float32]


def is_toned(pixels: Floats) -> bool:
    """Whether one hue lies all over (H, W, 3) pixels in 0..1, as over a sepia print.

    A grey picture has none. Reads about 20,000 small windows.
    """
    colours = window_means(pixels)
    return _is_toned(colours, colours.mean(axis=1))


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


def window_means(pixels: Floats) -> Floats:
    """(N, 3) means of small windows on an even grid, 0-255 scale: less noise than in pixels."""
    height, width = (min(side, _WINDOW) for side in pixels.shape[:2])
    windows = sliding_window_view(pixels, (height, width), axis=(0, 1))
    step = max(1, int(np.sqrt(windows.shape[0] * windows.shape[1] / _SAMPLES)))
    means: Floats = windows[::step, ::step].mean(axis=(3, 4)).reshape(-1, 3) * np.float32(255)
    return means
