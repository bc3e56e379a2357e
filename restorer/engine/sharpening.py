"""How much noise to tell when a blur is undone: what decides between a gain and a ruin.

Told half of the noise there is, what the blur took away comes back as noise blown up, and whole
pictures drown in it (1 to 5 dB less); told half as much again, a picture loses 0.3 to 0.6 dB. So
the noise is read where the blur left nothing else, and what a JPEG lost is added.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.geometry import middle

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.blur import BlurReading
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.picture import Picture, Pixels

#: What is told of noise n: so many times n to this power. Best was n to 1.25 n where that was 0.3
#: and 1, and 0.85 n to n where it was 4 and 10 (three pictures, three blurs).
_OF_READ, _POWER = 1.1, 0.9
#: Where a blur left more than this of every frequency, none shows the noise alone.
_MOST_GAIN = 0.1
#: Noise that a JPEG counts for beside what it shows: some for colours turned and made smaller, and
#: so many times the error of the coarse coefficients, in which what is left of a blurred picture
#: lies. At qualities 75, 90 and 98 (5.0, 2.6, 1.7) within 0.5 dB of the best on 54 crops.
_JPEG, _PER_ERROR, _COARSE = 1.1, 2.0, 3
#: A JPEG has smoothed the noise that is read; there was so many times as much.
_SMOOTHED = 1.25
#: A blur that was read is told narrower by this part of the doubt: of soft subjects it is read too
#: wide, which does more harm (fur blurred by 1.1 that reads 1.33 lost 0.4 dB told just that).
_NARROWER = 0.5
#: A blur that was read is not quite the one there was, and what they differ by counts as noise, by
#: so much of the doubt; seen through a Gaussian of this width, in pixels, which spares most noise.
_OF_DOUBT, _AROUND = 0.5, 1.0
#: Side of the part of a large picture that is looked at.
_MIDDLE = 2048


def proposed_blur(found: DegradationEstimate) -> str:
    """The blur that a picture is proposed to be freed from, as `Damage.blur` writes it."""
    if found.blur is None:
        return ""
    if found.blur.motion is not None:
        return f"motion:{found.blur.motion.length:.2f},{found.blur.motion.angle:.1f}"
    width = found.blur.width * math.exp(-_NARROWER * found.blur.doubt)
    return f"disc:{2 * width:.2f}" if found.blur.disc else f"gaussian:{width:.2f}"


def noise_to_assume(
    blur: str, kernel: NDArray[np.float64], picture: Picture, found: DegradationEstimate
) -> float:
    """Noise (0-255 scale) to tell a repair that undoes this blur, if nobody says it.

    Args:
        blur: as in `Damage`; empty for one that only the kernel says.
        kernel: (h, w), sums to 1.
    """
    from restorer.degradation.stopband import read_stop_band

    guessed = found.blur if found.blur is not None and blur == proposed_blur(found) else None
    read = read_stop_band(picture.pixels, kernel)
    blind = read.noise == 0 or read.gain > _MOST_GAIN
    noise, smoothed = found.noise_in_file if blind else read.noise, _SMOOTHED
    if found.jpeg_quality is not None:
        # coarse steps take noise from the high frequencies, where the blur would let it be seen
        if guessed is not None:
            noise, smoothed = max(noise, guessed.noise), 1.0
        elif not found.clean:
            noise = max(noise, found.noise_in_file)
    noise = calibrated_noise(noise, found.jpeg_quality, smoothed)
    return (
        noise
        if guessed is None
        else float(np.hypot(noise, doubt_as_noise(picture.pixels, guessed)))
    )


def calibrated_noise(noise: float, quality: int | None, smoothed: float) -> float:
    """What to tell of a noise (0-255 scale) that was read, with what a JPEG lost besides.

    Args:
        quality: of the JPEG, None for none.
        smoothed: a JPEG showed so much less noise than there was.
    """
    from restorer.degradation.stopband import ROUNDING

    told = float(_OF_READ * max(noise, ROUNDING) ** _POWER)
    return told if quality is None else float(np.hypot(smoothed * told, _lost(quality)))


def doubt_as_noise(pixels: Pixels, blur: BlurReading) -> float:
    """The noise that the doubt about a blur counts for.

    Blurs whose variances differ by v differ by v / 2 times the Laplacian of what is blurred.
    """
    from scipy.ndimage import gaussian_laplace

    grey = pixels[middle(pixels.shape, _MIDDLE)].mean(axis=2) * np.float32(255)
    curved = float(gaussian_laplace(grey, _AROUND).var()) - blur.noise**2 / (6 * np.pi)
    return float(_OF_DOUBT * blur.width**2 * blur.doubt * np.sqrt(max(0.0, curved)))


def _lost(quality: int) -> float:
    """The noise that what a JPEG of this quality lost counts for."""
    from restorer.imaging.jpeg_tables import tables_of_quality

    luma = np.array(tables_of_quality(quality).luma, np.float64).reshape(8, 8)
    return float(_JPEG + _PER_ERROR * np.sqrt(np.square(luma[:_COARSE, :_COARSE]).mean() / 12))
