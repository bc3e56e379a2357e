"""Measure the damage, blind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.clipping import clipped_std, preclip_at_means
from restorer.degradation.jpeg import block_quality
from restorer.degradation.noise import read_noise

#: Below this (0-255 scale) what is read may as well be fine texture: clean photographs read 0.5,
#: the most textured 2.4; a true noise of 3 reads 2.9 or more.
CLEAN = 2.5


@dataclass(frozen=True)
class DegradationEstimate:
    """What was found in a picture.

    Attributes:
        noise: standard deviation of the noise before the file clipped it, 0-255 scale.
        noise_in_file: the same as it stands in the file, after clipping at black and white.
        clean: so little noise that the picture is best left alone.
        grey: one tone (grey or sepia): the three channels carry the same noise, see
            `restorer.degradation.grey`.
        jpeg_quality: what the picture was once compressed with, 1 to 100, read from its blocks;
            None where none are seen.
    """

    noise: float
    noise_in_file: float
    clean: bool
    grey: bool = False
    jpeg_quality: int | None = None


def estimate(pixels: NDArray[np.float32]) -> DegradationEstimate:
    """Measure (H, W, 3) pixels in 0..1. Takes well under a second at any size.

    Noise is taken to be white and Gaussian, also where JPEG has smoothed its colour. Noise with
    neighbours in common (most camera files, enlargements) reads as nearly none.
    """
    reading = read_noise(pixels)
    noise = preclip_at_means(reading.std, reading.means)
    return DegradationEstimate(
        noise=noise,
        noise_in_file=clipped_std(noise, pixels),
        clean=noise < CLEAN,
        grey=reading.grey,
        jpeg_quality=block_quality(pixels),
    )
