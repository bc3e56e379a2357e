"""Faded colours: measured from the tones of a picture, as one curve per channel.

Dyes fade each at its own pace, the paper yellows, and stray light veils the dark. In light that
makes of a channel x

    y = top ((1 - veil) stain x^kept + veil),

so x follows from y by a black point, a white point and a power for each channel. A small network
says these, and how likely it is that the picture has faded; `restorer.training.fading` makes it,
its folder in `resources/models` says how good it is. No torch: it is small enough for numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.numpy_network import Weights, bundled_weights, linear
from restorer.degradation.tone import is_toned, window_means
from restorer.imaging.light import to_light

#: Log odds of fading from which a picture is changed unasked. Of 144 clean textures, each of one
#: material, five have 4.8 to 5.7.
SURE = 5.7
#: The same of a picture whose shorter side is below so many pixels, which may show one thing only:
#: of 242 clean parts of 160 pixels, as they are and blurred, ten have 5.7 to 6.8.
SURE_IF_SMALL, _SMALL = 7.0, 256
#: One material: colours vary so much less in the direction in which they do least than in that in
#: which they do most. Of 41 made pictures of haze, clouds and plaster that seemed faded 35 do, of
#: 33 photographs that had faded and were found three.
_FLAT = 0.025
#: Fewer pixels tell nothing: of 80 clean icons of 8 pixels a side 16 seem faded.
_LEAST = 24**2
#: Channels nearer than this (0-255 scale) make a grey picture.
_GREY = 3.0
_QUANTILES = 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995
#: Share of windows of exactly one colour that makes it none of the tones; with more, all count.
_PLAIN, _MOST_PLAIN = 0.1, 0.95
_NARROW = 0.02  # a channel of one value has no range
_SAMPLES = 2000

Floats = NDArray[np.float32]


class FadingFeatures(NamedTuple):
    """The network's features of N colours of a picture.

    Attributes:
        each: (..., N, 6), a colour as it is and in relation to the range of its channels.
        all: (..., 39), how the tones of each channel are spread.
        dark, bright: (..., 3), light at the ends of the range of each channel.
    """

    each: Floats
    all: Floats
    dark: Floats
    bright: Floats


@dataclass(frozen=True)
class Fading:
    """The fading of a picture: x = ((y - black) / (white - black))^power, in light.

    Attributes:
        black, white, power: (3,), one a channel.
        odds: log odds that it has faded at all.
        one_tone: it is grey or toned: the three curves are one, of brightness.
        small: the picture may be too small to show more than one thing.
        one_material: its colours lie in a plane, as those of haze, plaster or water do.
    """

    black: Floats
    white: Floats
    power: Floats
    odds: float
    one_tone: bool
    small: bool = False
    one_material: bool = False

    @property
    def sure(self) -> bool:
        """It is likely enough to be corrected by default."""
        return not self.one_material and self.odds >= (SURE_IF_SMALL if self.small else SURE)

    def undone(self, light: Floats) -> Floats:
        """(..., 3) in light as it was; ends may lie a little beyond 0 and 1."""
        x = (light - self.black) / (self.white - self.black)
        undone: Floats = np.sign(x) * np.abs(x) ** self.power
        return undone


def read_fading(pixels: Floats) -> Fading:
    """Measure (H, W, 3) pixels in 0..1, any size; samples about 20,000 small windows."""
    means = _tones(window_means(pixels))
    away = np.abs(means - means.mean(axis=1, keepdims=True)).max(axis=1)
    one_tone = float(np.quantile(away, 0.95)) < _GREY or is_toned(pixels)
    if one_tone:
        means = np.repeat(means.mean(axis=1, keepdims=True), 3, axis=1)
    narrow = float(np.ptp(means, axis=0).max()) < 255 * _NARROW
    if narrow or pixels[..., 0].size < _LEAST:
        return _unknown()
    some = np.clip(means[:: max(1, len(means) // _SAMPLES)] / np.float32(255), 0, 1)
    seen = features(some)
    said = predict(seen, bundled_weights("fading"))
    black, white, power = curves(said, seen.dark, seen.bright)
    if one_tone:
        black, white, power = (np.full(3, one.mean(), np.float32) for one in (black, white, power))
    small = min(pixels.shape[:2]) < _SMALL
    alike = not one_tone and _in_a_plane(means)
    return Fading(black, white, power, float(said[9]), one_tone, small, alike)


def _in_a_plane(means: Floats) -> bool:
    """Whether colours (N, 3) differ in two directions only: one material in more or less light."""
    *_, most = spread = np.linalg.eigvalsh(np.cov(means.T.astype(np.float64)))
    return bool(spread[0] < _FLAT**2 * most)


def _tones(means: Floats) -> Floats:
    """Remove colours that fill much of a picture uniformly.

    Such lies far beneath transparency (`imaging.beneath`) or around a scan, and tells nothing.
    """
    order = np.lexsort(means.T)
    new = np.flatnonzero((means[order][1:] != means[order][:-1]).any(axis=1)) + 1
    lengths = np.diff(np.concatenate([[0], new, [len(means)]]))
    plain = np.zeros(len(means), bool)
    plain[order] = np.repeat(lengths > _PLAIN * len(means), lengths)
    return means if plain.mean() > _MOST_PLAIN else means[~plain]


def _unknown() -> Fading:
    """No fading, as for a single pixel, whose colour says nothing."""
    ones = np.ones(3, np.float32)
    return Fading(0 * ones, ones, ones, -np.inf, one_tone=False)


def features(colours: Floats) -> FadingFeatures:
    """The features of colours (..., N, 3) in 0..1."""
    quantiles = np.moveaxis(np.quantile(colours, _QUANTILES, axis=-2), 0, -2).astype(np.float32)
    low, high = quantiles[..., 0, :], quantiles[..., -1, :]
    reach = np.maximum(high - low, np.float32(_NARROW))
    within = (colours - low[..., None, :]) / reach[..., None, :]
    spread = 2 * quantiles.reshape(*quantiles.shape[:-2], -1) - 1
    each = 2 * np.concatenate([colours, within], axis=-1) - 1
    together = [spread, within.mean(axis=-2), within.std(axis=-2)]
    return FadingFeatures(each, np.concatenate(together, axis=-1), to_light(low), to_light(high))


def predict(seen: FadingFeatures, weights: Weights) -> Floats:
    """(10,): black, white and power of each channel as `curves` reads them, and the log odds."""
    each = _raised(_raised(seen.each, weights, "colour"), weights, "colours").mean(axis=-2)
    both = np.concatenate([seen.all, each], axis=-1)
    return linear(_raised(_raised(both, weights, "picture"), weights, "hidden"), weights, "says")


def curves(said: Any, dark: Any, bright: Any, maths: Any = np) -> tuple[Any, Any, Any]:
    """Black, white and power, (..., 3) each, from the network's output, (..., 10).

    The black point lies below the darkest light there is, the white one around the brightest.

    Args:
        dark, bright: of `FadingFeatures`.
        maths: numpy, or torch for tensors.
    """
    black = dark / (1 + maths.exp(-said[..., :3] - 2))
    white = black + (bright - black + 0.005) * maths.exp(said[..., 3:6] / 2)
    return black, white, maths.exp(said[..., 6:9] / 2)


def _raised(x: Floats, weights: Weights, name: str) -> Floats:
    return np.maximum(linear(x, weights, name), 0)
