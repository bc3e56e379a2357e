"""Recognises drawn, dithered or palette pictures: those with few colours.

Noise leaves no level out: with a deviation of 2.5 even one flat colour becomes a thousand. A
picture of few colours that lie apart has none, however much its dots look like it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.patches import sample_patches

#: A palette has no more; colours of a photograph are neighbours, those of a palette lie apart.
_PALETTE, _APART = 256, 2
#: Levels of a channel as far apart as this are none of a photograph, whatever was done to its
#: contrast.
_LEVELS_APART = 8
#: So many pixels of each colour, or it is only too small a picture to have more.
_PIXELS_EACH = 8
_WINDOW, _SAMPLES, _EQUAL = 12, 3000, 0.6
_BAND = 1 << 18
#: A JPEG spreads the colours of a drawing, yet most pixels stay next to one of a few: of so many
#: (and so many greys), looked for in so many pixels in so many steps of the contrast. Two of 85
#: photographs at quality 85 have this share there and so much of what is around.
_TONES, _GREYS, _TONE_PIXELS, _TONE_STEPS, _TONES_APART = 8, 3, 1 << 18, 64, 4
_IN_TONES, _OF_AROUND = 0.5, 0.55
#: Contrast counts without so much of the darkest and of the brightest; in one tone also without as
#: much as scratches and specks take, where so much of it is left that it is not paper alone. Of 84
#: photographs in grey, faded and with white lines, 13 were in few tones without that, and 2 are.
_ENDS, _SCRATCHED, _CONTRAST = 0.01, 0.04, 0.2
_ROUNDING = 0.02

Floats = NDArray[np.float32]
Colours = NDArray[np.int32]


def few_colours(pixels: Floats) -> int | None:
    """Number of colours in (H, W, 3) pixels in 0..1, if they are few and distinct; else None.

    Grey pictures have no more than 256 levels whatever they show; they count if the levels lie
    far apart.

    Returns:
        None for photographs, and what has more than 8 bits.
    """
    seen = _seen(pixels)
    if seen is None:
        return None
    colours, levels = seen
    count = len(colours)
    if count * _PIXELS_EACH > pixels.shape[0] * pixels.shape[1]:
        return None
    if all(_spacing(channel) >= _LEVELS_APART for channel in levels):
        return count
    if count > _PALETTE or _one_tone(colours):
        return None
    return count if _distance(colours) >= _APART else None


def is_flat(pixels: Floats) -> bool:
    """Whether most neighbours in (H, W, 3) pixels in 0..1 are equal, as in drawings.

    Of clean photographs nearly a half may be, where windows in one colour do not count.
    """
    side = min(_WINDOW, *pixels.shape[:2])
    windows = sample_patches(pixels, side, side, _SAMPLES)
    equal = (windows[:, :, 1:] == windows[:, :, :-1]).all(axis=3)
    return bool(equal.size) and float(equal.mean()) > _EQUAL


def in_few_tones(pixels: Floats, grey: bool) -> bool:
    """Whether most of (H, W, 3) pixels in 0..1 are close to a few colours.

    So they do in drawings and screenshots that went through JPEG.

    Args:
        pixels: the picture.
        grey: of one tone, whose colours are few in any picture.
    """
    thin = max(1, int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / _TONE_PIXELS))))
    values = pixels[::thin, ::thin, :3].reshape(-1, 3)
    low, high = np.quantile(values, [_SCRATCHED, 1 - _SCRATCHED])
    if grey and high - low >= _CONTRAST and not _in_few(values, low, high, grey):
        return False
    low, high = np.quantile(values, [_ENDS, 1 - _ENDS])
    return _in_few(values, low, high, grey)


def _in_few(values: Floats, low: float, high: float, grey: bool) -> bool:
    """The same of (N, 3) values whose contrast reaches from `low` to `high`."""
    values = np.clip((values - low) / max(high - low, 1e-3), 0, 1)  # faded ones are as others
    packed = np.rint(values * _TONE_STEPS).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1])
    found, counts = np.unique(packed, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    next_to = around = 0
    for _ in range(_GREYS if grey else _TONES):
        away = np.abs(colours - colours[counts.argmax()]).max(axis=1)
        next_to += int(counts[away <= 1].sum())
        around += int(counts[away <= _TONES_APART].sum())
        counts[away <= _TONES_APART] = 0
    return next_to > _IN_TONES * len(packed) and next_to > _OF_AROUND * around


def _seen(pixels: Floats) -> tuple[Colours, list[NDArray[np.int64]]] | None:
    """(N, 3) colours there are, and the levels of each channel; None if they are many.

    Reads band after band and stops as soon as it is sure.
    """
    found = np.zeros(1 << 24, bool)
    rows = max(1, _BAND // pixels.shape[1])
    levels = np.zeros((3, 256), bool)
    for top in range(0, len(pixels), rows):
        exact = pixels[top : top + rows, :, :3].reshape(-1, 3) * np.float32(255)
        whole = np.rint(exact).astype(np.int32)
        if np.abs(exact - whole).max() > _ROUNDING:
            return None
        found[whole @ np.array([1 << 16, 1 << 8, 1], np.int32)] = True
        for channel in range(3):
            levels[channel, whole[:, channel]] = True
        near = any(_spacing(np.flatnonzero(one)) < _LEVELS_APART for one in levels)
        if near and np.count_nonzero(found) > _PALETTE:
            return None
    packed = np.flatnonzero(found).astype(np.int32)
    colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)
    return colours, [np.flatnonzero(one) for one in levels]


def _spacing(levels: NDArray[np.int64]) -> float:
    """Between neighbours of the rising levels of a channel; of one level, infinitely much."""
    return float(np.median(np.diff(levels))) if len(levels) > 1 else np.inf


def _distance(colours: Colours) -> float:
    """The usual distance from a colour to the nearest other one, in the most different channel."""
    if len(colours) < 2:
        return np.inf
    apart = np.abs(colours[:, None] - colours[None]).max(axis=2)
    np.fill_diagonal(apart, 256)
    return float(np.median(apart.min(axis=1)))


def _one_tone(colours: Colours) -> bool:
    """Whether colour follows from brightness, as in a grey or toned photograph."""
    order = colours[np.argsort(colours.sum(axis=1), kind="stable")]
    return bool((np.diff(order, axis=0) >= -1).all())
