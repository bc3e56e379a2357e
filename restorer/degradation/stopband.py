"""Measures the noise of a blurred picture whose blur is known.

A blur leaves next to nothing of the finest frequencies: what stands there came after it, and is
noise. So even half a level can be read, which no blind measurement does on texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.patches import corners, window

#: What 8 bits leave of rounding, 0-255 scale.
ROUNDING = 12**-0.5
#: Side of the squares that are looked at, and how many of them, spread over the picture.
_SIDE, _SQUARES = 32, 400
#: The share of frequencies that shows the noise, those that the blur left least of; where it left
#: less than this of more, they count too, so many rings of them, from coarse to fine.
_SHARE, _NOTHING, _RING = 0.05, 0.002, 100
#: Power of a square, 0-255 scale squared, below which it is one colour (a border, a burnt sky). A
#: square with so many times more or less power than the middle one lies partly in such, or has
#: something sharp in it that was put there after the blur.
_FLAT, _UNUSUAL = 1e-6, 2.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class StopBand:
    """The measurement at the frequencies that the blur suppressed most.

    Attributes:
        noise: standard deviation in each channel, 0-255 scale; 0 where the picture is too small.
            Of noise that is not white it is the strongest, as neighbours share it.
        gain: the most that the blur left of a frequency looked at, 0..1; where it is not small,
            the noise cannot be told from the picture.
    """

    noise: float
    gain: float


def read_stop_band(pixels: Floats, kernel: NDArray[np.float64]) -> StopBand:
    """Measure (H, W, 3) pixels in 0..1, blurred with a kernel of sum 1 with odd sides."""
    gains = np.square(_gains(kernel))
    order = np.argsort(gains)
    chosen = order[: max(round(_SHARE * gains.size), int((gains < _NOTHING**2).sum()))]
    powers = np.array([_powers(square) for square in _squares(pixels)])
    powers = powers[[power.max() > _FLAT for power in powers]]
    if not len(powers):
        return StopBand(0.0, 1.0)
    noise = powers[:, chosen].mean(axis=1)
    usual = np.median(noise)
    mean = powers[(usual / _UNUSUAL <= noise) & (noise <= _UNUSUAL * usual)].mean(axis=0)
    if gains[chosen[-1]] > _NOTHING**2:  # some of it is picture: as much as the gains say
        power = max(ROUNDING**2, _without(gains[chosen], mean[chosen]))
    else:
        power = max(mean[ring].mean() for ring in _rings(chosen))
    return StopBand(float(np.sqrt(power)), float(np.sqrt(gains[chosen[-1]])))


def _without(gains: NDArray[np.float64], powers: NDArray[np.float64]) -> float:
    """The powers without the part that grows with the gains (least squares)."""
    apart = gains - gains.mean()
    spread = float((apart**2).sum())
    slope = float((apart * powers).sum()) / spread if spread > 1e-12 else 0.0
    return float(powers.mean() - max(slope, 0.0) * gains.mean())


def _rings(chosen: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The same frequencies, from coarse to fine, in parts large enough to tell."""
    line = np.fft.fftfreq(_SIDE)
    radius = np.hypot(line[:, None], line).flat[chosen]
    return np.array_split(chosen[np.argsort(radius, kind="stable")], max(1, len(chosen) // _RING))


def _gains(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """(side^2,), how much of each frequency stays, as a window smears it to its neighbours."""
    rows, columns = (np.arange(side) - side // 2 for side in kernel.shape)
    folded = np.zeros((_SIDE, _SIDE))
    np.add.at(folded, (rows[:, None] % _SIDE, columns[None] % _SIDE), kernel)
    power = np.abs(np.fft.fft2(folded)) ** 2
    near = [np.roll(power, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    smeared: NDArray[np.float64] = np.sqrt(np.mean(near, axis=0)).ravel()
    return smeared


def _squares(pixels: Floats) -> list[Floats]:
    found = corners(pixels.shape, _SIDE, _SIDE // 2, _SQUARES)
    return [pixels[top : top + _SIDE, left : left + _SIDE] for top, left in found]


def _powers(square: Floats) -> NDArray[np.float64]:
    """(side^2,) power of each frequency, mean of the channels; of noise s that is s^2."""
    seen = (square - square.mean(axis=(0, 1))) * window(_SIDE)[..., None]
    powers: NDArray[np.float64] = np.square(np.abs(np.fft.fft2(seen, axes=(0, 1)))).mean(axis=2)
    return powers.ravel()
