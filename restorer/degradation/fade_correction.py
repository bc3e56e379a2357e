"""Restores faded colours with one curve per channel, without clipping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.fading import Fading, read_fading
from restorer.degradation.uneven_tone import even_tone
from restorer.imaging import scratch
from restorer.imaging.bands import bands, compute_bands
from restorer.imaging.grey import LUMA
from restorer.imaging.light import from_light, to_light

_LUMA = np.array(LUMA, np.float32)
_LEVELS = np.linspace(0, 1, 4096, dtype=np.float32)
#: In light: below and above, tones are pressed together where some would be cut off.
_TOE, _SHOULDER = 0.01, 0.85
#: Stops between red and blue, and between these and green, at the ends of the two scales.
_WARMTH, _TINT = 1.0, 0.6
_LEAST_LIGHT = 1e-3

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ColourSettings:
    """A person's settings for colours.

    Attributes:
        tone: of a picture in one tone, how much of the tone is kept: 0 makes it grey.
        warmth: -1 bluer to 1 redder.
        tint: -1 greener to 1 more magenta.
        even: of a picture in one tone, how much of stains in another colour goes first, 0 to 1.
    """

    tone: float = 1.0
    warmth: float = 0.0
    tint: float = 0.0
    even: float = 0.0

    @property
    def gains(self) -> Floats:
        """(3,), factors for light; their weighted mean is 1."""
        stops = np.array([_WARMTH * self.warmth, -_TINT * self.tint, -_WARMTH * self.warmth])
        gains = 2.0**stops
        balanced: Floats = (gains / (gains @ _LUMA)).astype(np.float32)
        return balanced


def correct_fading(pixels: Floats, settings: ColourSettings) -> Floats:
    """(H, W, 3) pixels in 0..1 with their fading undone, in 0..1."""
    pixels = even_tone(pixels, settings.even)
    fading = read_fading(pixels)
    if fading.one_tone:
        return _in_one_tone(pixels, fading, settings)
    tables = [
        _table(fading, pixels[..., channel], channel, float(gain))
        for channel, gain in enumerate(settings.gains)
    ]
    out: Floats = scratch.empty(pixels.shape)
    for channel, table in enumerate(tables):
        _through(table, pixels[..., channel], out[..., channel])
    return out


def white_balance_at(pixels: Floats, place: tuple[int, int]) -> tuple[float, float]:
    """The warmth and the tint, -1 to 1, that make the pixel (x, y) grey.

    Args:
        pixels: (H, W, 3) in 0..1, the picture as it came.
    """
    x, y = place
    around = pixels[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3, :3].reshape(-1, 3)
    light = read_fading(pixels).undone(to_light(np.median(around, axis=0)))
    red, green, blue = (float(v) for v in np.maximum(light, _LEAST_LIGHT))
    warmth = np.log2(blue / red) / 2 / _WARMTH
    tint = np.log2(green / np.sqrt(red * blue)) / _TINT
    return float(np.clip(warmth, -1, 1)), float(np.clip(tint, -1, 1))


def _table(fading: Fading, values: Floats, channel: int, gain: float = 1.0) -> Floats:
    """The curve of one channel at `_LEVELS`."""
    ends = np.array([values.min(), values.max()], np.float32)

    def light(levels: Floats) -> Floats:
        every = np.repeat(to_light(levels)[:, None], 3, axis=1)
        return fading.undone(every)[:, channel] * np.float32(gain)

    low, high = (float(v) for v in light(ends))
    return from_light(_pressed(light(_LEVELS), low, high))


def _pressed(light: Floats, low: float, high: float) -> Floats:
    """Compress light from `low`..`high` into 0..1, monotonically; the middle stays."""
    light = np.clip(light, low, high)
    for begin, end, far in ((_SHOULDER, 1.0, high), (_TOE, 0.0, low)):
        sign, room = (1 if end > begin else -1), abs(end - begin)
        wanted = sign * (far - begin)
        if wanted <= room:
            continue
        beyond = np.maximum(sign * (light - np.float32(begin)), 0)
        # a hyperbola of slope 1 at the beginning that reaches the end where the light does
        bent = beyond / (1 + beyond * np.float32(1 / room - 1 / wanted))
        light = light - sign * (beyond - bent)
    return light


def _through(table: Floats, values: Floats, out: Floats | None = None) -> Floats:
    out = scratch.empty(values.shape) if out is None else out
    for rows in bands(values.shape):
        out[rows] = np.interp(values[rows], _LEVELS, table)
    return out


def _in_one_tone(pixels: Floats, fading: Fading, settings: ColourSettings) -> Floats:
    """The curve on brightness; of the tone as much as is wanted, within 0..1."""
    bright = _brightness(pixels)
    tones = _through(_table(fading, bright, 0), bright)
    out = compute_bands((*tones.shape, 3), lambda rows: np.repeat(tones[rows, :, None], 3, axis=2))
    if settings.tone:
        for rows in bands(out.shape):
            out[rows] += settings.tone * _tone(pixels[rows], bright[rows], tones[rows])
    if settings.warmth or settings.tint:
        for channel, gain in enumerate(settings.gains):
            values = out[..., channel]
            light = to_light(_LEVELS) * gain
            high = float(to_light(values.max(keepdims=True))[0, 0] * gain)
            _through(from_light(_pressed(light, 0.0, high)), values, values)
    return compute_bands(out.shape, lambda rows: np.clip(out[rows], 0, 1))


def _brightness(pixels: Floats) -> Floats:
    return compute_bands(pixels.shape[:2], lambda rows: from_light(to_light(pixels[rows]) @ _LUMA))


def _tone(pixels: Floats, bright: Floats, tones: Floats) -> Floats:
    """How far pixels lie from grey, as brightness has changed, as far as there is room."""
    away = pixels - bright[..., None]
    times = tones / np.maximum(bright, _LEAST_LIGHT)
    room = np.where(away > 0, 1 - tones[..., None], tones[..., None])
    most = (room / np.maximum(np.abs(away), 1e-6)).min(axis=2)
    found: Floats = away * np.minimum(times, most)[..., None]
    return found
