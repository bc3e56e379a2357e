"""How far a camera moved while it took a picture, read from the dark lines this leaves.

A straight motion takes from every frequency what the same length of a line takes: nothing is left
along lines across the motion, as far from each other as one over its length. Light, subject and
noise leave no such lines, and what looks the same in all directions (a lens out of focus, a
Gaussian) has been taken off before they are looked for.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from restorer.degradation.patches import window
from restorer.imaging.bands import raise_if_stopped

#: Side of the squares of which the spectrum is taken, and how many along a side at most.
_SIDE, _MOST = 128, 4
#: Frequencies that are looked at, in cycles a pixel, and how near to level and upright ones not:
#: horizons and walls, and the blocks of a JPEG, are there.
_COARSEST, _FINEST, _LEVEL = 0.03, 0.36, 1.5 / _SIDE
#: Lengths in pixels and directions in degrees that are tried first. Longer lines lie too close.
_LENGTHS, _ANGLES = np.geomspace(5, 18, 11), np.arange(0, 180, 7.5)
#: Then around the best: factors and degrees.
_LONGER, _TURNED = np.linspace(0.91, 1.1, 9), np.linspace(-4, 4, 9)
#: What lies farther apart than this part of the lines' distance is no line.
_APART = 0.6
#: What is left in a dark line, as noise and other motion leave it.
_LEFT = 0.01
#: Keeps the logarithm of a flat square finite, as a variance, 0-255 scale.
_NOTHING = 0.01
#: How well lines must agree (correlation).
_SURE = 0.62

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Motion(NamedTuple):
    """A straight motion.

    Attributes:
        length: pixels.
        angle: degrees; 0 is level, growing anticlockwise, below 180.
        agreement: how well the spectrum agrees, 0..1.
    """

    length: float
    angle: float
    agreement: float


def read_motion(pixels: Floats) -> Motion | None:
    """Look at (H, W, 3) pixels in 0..1; None where no motion is sure."""
    best = likeliest(pixels)
    return best if best is not None and best.agreement >= _SURE else None


def likeliest(pixels: Floats) -> Motion | None:
    """The motion that agrees best, sure or not; None where the picture is too small."""
    if min(pixels.shape[:2]) < _SIDE:
        return None
    raise_if_stopped()
    spectrum = _spectrum(pixels)
    raise_if_stopped()
    best = Motion(0.0, 0.0, 0.0)
    for length in _LENGTHS:
        agreements = _lines_of(float(length)) @ _unit(_fine(spectrum, float(length)))
        most = int(agreements.argmax())
        found = Motion(float(length), float(_ANGLES[most]), float(agreements[most]))
        best = max(best, found, key=lambda one: one.agreement)
    if best.agreement < _SURE:
        return best
    raise_if_stopped()
    for length in best.length * _LONGER:
        seen = _unit(_fine(spectrum, float(length)))
        for angle in best.angle + _TURNED:
            agreement = float(_lines(float(length), float(angle)) @ seen)
            if agreement > best.agreement:
                best = Motion(float(length), float(angle) % 180, agreement)
    return best


def _spectrum(pixels: Floats) -> Doubles:
    """(_SIDE, _SIDE) mean logarithm of the power of squares, 0-255 scale; no frequency first."""
    tops, lefts = (
        np.linspace(0, side - _SIDE, min(_MOST, 1 + 2 * (side - _SIDE) // _SIDE)).astype(int)
        for side in pixels.shape[:2]
    )
    logs = []
    for top in tops:
        for left in lefts:
            square = pixels[top : top + _SIDE, left : left + _SIDE].mean(axis=2, dtype=np.float64)
            spectrum = np.fft.fft2((square - square.mean()) * window(_SIDE))
            logs.append(np.log(np.square(np.abs(spectrum)) + _NOTHING))
    return np.asarray(np.fft.fftshift(np.mean(logs, axis=0)))


_ALONG = np.fft.fftshift(np.fft.fftfreq(_SIDE))
_ACROSS_ROWS, _ACROSS_COLUMNS = _ALONG[:, None], _ALONG[None]
_DISTANCE = np.hypot(_ACROSS_ROWS, _ACROSS_COLUMNS)
#: Half of them, for the other half says the same.
_USED = (
    (_DISTANCE > _COARSEST)
    & (_DISTANCE < _FINEST)
    & (np.abs(_ACROSS_ROWS) > _LEVEL)
    & (_ACROSS_COLUMNS > _LEVEL)
)


def _fine(spectrum: Doubles, length: float) -> Doubles:
    """(N,) what varies as fast as the lines of such a motion, of the frequencies in use."""
    return np.asarray(
        (spectrum - gaussian_filter(spectrum, _APART * _SIDE / length, mode="wrap"))[_USED]
    )


def _unit(values: Doubles) -> Doubles:
    away = values - values.mean()
    return np.asarray(away / max(float(np.sqrt(np.square(away).sum())), 1e-9))


def _lines(length: float, angle: float) -> Doubles:
    """(N,) what such a motion leaves of the frequencies in use, as `_unit`."""
    turned = np.radians(angle)
    along = length * (_ACROSS_COLUMNS * np.cos(turned) - _ACROSS_ROWS * np.sin(turned))
    return _unit(_fine(np.log(np.square(np.sinc(along)) + _LEFT), length))


@cache
def _lines_of(length: float) -> Floats:
    """(angles, N) of all directions."""
    return np.stack([_lines(length, float(angle)) for angle in _ANGLES]).astype(np.float32)
