"""Recognises toned pictures, which have one hue."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: Saturation of a toned print, 0-255 scale, and how far its colours may stray from one curve,
#: times its saturation and its contrast; a faded colour photograph with a cast strays further.
_SATURATION, _STRAY = 6.0, 0.135
#: The same without the twentieth that strays most, as white scratches over a tone do. Of 178 clean
#: tiles the nearest strays 0.079.
_SCRATCHED, _LEFT_OUT = 0.06, 0.05
_WINDOW, _SAMPLES = 5, 20_000

Floats = NDArray[np.float32]


def is_toned(pixels: Floats) -> bool:
    """Whether (H, W, 3) pixels in 0..1 have one hue everywhere, as a sepia print.

    A grey picture has none. Reads about 20,000 small windows.
    """
    colours = window_means(pixels)
    return _is_toned(colours, colours.mean(axis=1))


def _is_toned(colours: Floats, brightness: Floats) -> bool:
    """Whether colour follows from brightness: one smooth curve, away from grey on one side."""
    if float(brightness.std()) < 1:
        return False
    stray, each = _stray(colours, brightness)
    if stray <= _STRAY:
        return True
    for _ in range(2):  # the first curve bends towards what does not belong to it
        kept = each <= np.quantile(each, 1 - _LEFT_OUT)
        stray, each = _stray(colours, brightness, kept)
    return stray <= _SCRATCHED


def _stray(
    colours: Floats, brightness: Floats, kept: NDArray[np.bool_] | None = None
) -> tuple[float, Floats]:
    """How far colours stray from the curve of those that are kept, and each of all (N,).

    The first in relation to their saturation and contrast; infinite where they are hardly tinted.
    """
    tone = (brightness - brightness.mean()) / brightness.std()
    curve = np.stack([np.ones_like(tone), tone, tone**2], axis=1)
    colour = colours - brightness[:, None]
    some = np.ones(len(colours), bool) if kept is None else kept
    fitted = np.linalg.lstsq(curve[some], colour[some], rcond=None)[0]
    each: Floats = np.linalg.norm(colour - curve @ fitted, axis=1)
    spread = float(brightness[some].std())
    saturation = float(np.linalg.norm(colour[some].mean(axis=0)))
    if saturation < _SATURATION or spread <= 0:
        return np.inf, each
    return float(np.sqrt(np.square(each[some]).mean())) / min(saturation, spread), each


def window_means(pixels: Floats) -> Floats:
    """(N, 3) means of small windows on an even grid, 0-255 scale: less noise than in pixels."""
    height, width = (min(side, _WINDOW) for side in pixels.shape[:2])
    windows = sliding_window_view(pixels, (height, width), axis=(0, 1))
    step = max(1, int(np.sqrt(windows.shape[0] * windows.shape[1] / _SAMPLES)))
    means: Floats = windows[::step, ::step].mean(axis=(3, 4)).reshape(-1, 3) * np.float32(255)
    return means
