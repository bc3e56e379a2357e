"""How far a Gaussian blur may have gone, told by the spectrum.

The power of photographs falls with about the square of the frequency (Field, "Relations between
the statistics of natural images and the response properties of cortical cells", JOSA A 1987). What
falls faster was blurred: a Gaussian of deviation s takes s^2 w^2 from the logarithm. Edges tell
where a picture is sharp at all, but read a soft subject as a blur; the spectrum does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.patches import corners, window
from restorer.imaging.grey import LUMA

#: Side of the squares, and how many are looked at, spread over the picture.
_SIDE, _SQUARES = 64, 300
#: How many times the noise a frequency must have to tell, and how many must tell.
_ABOVE, _FEWEST = 2.0, 4
#: The first frequency, in parts of a square: coarser ones are what a square cut out.
_FIRST = 3
#: Frequencies of a square, in radians a pixel, that show noise.
_FINE = 2.6
#: Of white noise, the share of its power that a JPEG keeps in brightness, which is all it keeps.
_LUMA_POWER = float(np.square(LUMA).sum())
#: What sharp photographs read, squared, in pixels squared.
_OWN = 0.5


def widest_blur(pixels: NDArray[np.float32], coded_noise: float = 0.0) -> float | None:
    """The deviation, in pixels, of the Gaussian blur that the spectrum speaks of, 0 or more.

    Args:
        pixels: (H, W, 3) in 0..1.
        coded_noise: what noise there is beneath a JPEG (standard deviation, 0-255 scale), whose
            steps have taken it from the finest frequencies and left it in those that tell.

    Returns:
        None where there is too little to tell.
    """
    side = min(_SIDE, *pixels.shape[:2])
    if side < _SIDE // 2:
        return None
    step = 2 * np.pi / side
    line = 2 * np.pi * np.fft.fftfreq(side)
    radius = np.hypot(line[:, None], line)
    power = _power(pixels, side)
    noise = max(np.median(power[radius > _FINE]) / np.log(2), _LUMA_POWER * coded_noise**2)
    rings = step * np.arange(_FIRST, int(np.pi / step) + 1)
    rest = np.array([power[np.abs(radius - ring) < step / 2].mean() for ring in rings]) - noise
    weak = np.flatnonzero(rest <= _ABOVE * noise)
    count = int(weak[0]) if len(weak) else len(rings)
    if count < _FEWEST:
        return None
    rings, rest = rings[:count], rest[:count]
    slope, _ = np.polyfit(rings**2, np.log(rest * rings**2), 1)
    return float(np.sqrt(max(-slope - _OWN, 0)))


def _power(pixels: NDArray[np.float32], side: int) -> NDArray[np.float64]:
    """(side, side), mean power of the brightness of squares, 0-255 scale squared."""
    total, seen_through = np.full((side, side), 1e-9), window(side)
    squares = corners(pixels.shape, side, side // 4, _SQUARES)
    for top, left in squares:
        grey = pixels[top : top + side, left : left + side].mean(axis=2, dtype=np.float64)
        total += np.abs(np.fft.fft2((grey - grey.mean()) * seen_through)) ** 2
    return total / len(squares)
