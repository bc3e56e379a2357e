"""Tells noise from repeating patterns: halftone dots, dither, hatching, weaves.

Noise, white or of a camera, has a spectrum that falls smoothly and alike in all directions. What
repeats itself has peaks. So the mean power of many squares is held against the median of each ring
of frequencies (Welch, "The Use of FFT for the Estimation of Power Spectra", 1967).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Side of the squares, in pixels.
SIDE = 32
#: So many squares at least are needed to tell a peak from chance.
_LEAST_SQUARES = 4
#: Slower waves than this, in waves a square, are the picture's or a camera's own.
_SLOWEST = 3


class Spectrum:
    """The mean power spectrum of squares of noise."""

    def __init__(self) -> None:
        line = np.hanning(SIDE + 1)[:-1].astype(np.float32)
        self._window = np.outer(line, line)[..., None]
        self._power: NDArray[np.float64] = np.zeros((SIDE, SIDE // 2 + 1))
        self._count = 0

    def add(self, squares: NDArray[np.float32]) -> None:
        """Add squares (n, SIDE, SIDE, C)."""
        spectra = np.fft.rfft2(squares * self._window, axes=(1, 2))
        self._power += (spectra.real**2 + spectra.imag**2).sum(axis=(0, 3))
        self._count += len(squares)

    def peak(self, blocks: bool) -> float:
        """The highest power relative to the usual one at its frequency: about 1 for noise.

        Args:
            blocks: of JPEG are in the picture, and what repeats itself with them does not count.
        """
        if self._count < _LEAST_SQUARES or not self._power.any():
            return 1.0
        rows = np.fft.fftfreq(SIDE, 1 / SIDE)[:, None]
        counts = np.ones(self._power.shape, bool)
        if blocks:
            counts[:: SIDE // 8, :: SIDE // 8] = False
        rings = np.rint(np.hypot(rows, np.arange(SIDE // 2 + 1))).astype(int)
        peaks = [1.0]
        for ring in range(_SLOWEST, SIDE // 2 + 1):
            power = self._power[(rings == ring) & counts]
            peaks.append(float(power.max() / max(np.median(power), 1e-12)))
        return max(peaks)
