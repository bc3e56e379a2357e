"""How much noise to tell when a blur is undone: what decides between a gain and a ruin.

Told half of the noise there is, what the blur took away comes back as noise blown up, and whole
pictures drown in it (1 to 5 dB less); told half as much again, a picture loses 0.3 to 0.6 dB. So
the noise is read where the blur left nothing else, and what a JPEG lost is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.picture import Picture

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
#: A blur that was only guessed is never quite the one there was, and what they differ by counts as
#: noise: at least so much, and more where there is more. Discs of 2 and 3 pixels, taken for
#: Gaussians, lose up to 12 dB told what there is, and gain 0.9 to 4.9 told this.
_GUESSED, _OF_GUESS = 3.0, 1.25
#: And of noise in a JPEG that is read as a camera's, of which neighbours have more in common. Told
#: 1, 1.5 and 2.2 times, three pictures gained 1.8, 2.4 and 2.3 dB; where it was white before the
#: JPEG was made, three gained 3.0, 2.6 and 2.2 told 1, 1.5 and 2 times.
_CAMERA = 1.35
#: Of the width that was read. On a soft subject blurred by 1.6, 2.1 was worse than the picture by
#: 1.7 dB, 1.9 better by 2.6, 1.6 by 7.4 and 1.4 by 5.9.
_OF_WIDTH, _NARROWEST = 0.85, 0.5


def guessed_blur(found: DegradationEstimate) -> str:
    """The blur that a picture is proposed to be freed from, as `Damage.blur` writes it."""
    widths = [width for width in (found.blur, found.widest_blur) if width is not None]
    return f"gaussian:{max(_NARROWEST, _OF_WIDTH * min(widths)):.2f}"


def noise_to_tell(
    blur: str, kernel: NDArray[np.float64], picture: Picture, found: DegradationEstimate
) -> float:
    """Noise (0-255 scale) to tell a repair that undoes this blur, if nobody says it.

    Args:
        blur: as in `Damage`; empty for one that only the kernel says.
        kernel: (h, w), sums to 1.
    """
    from restorer.degradation.stopband import ROUNDING, read_stop_band

    read = read_stop_band(picture.pixels, kernel)
    blind = read.noise == 0 or read.gain > _MOST_GAIN
    noise = found.noise_in_file if blind else read.noise
    if found.jpeg_quality is not None and not found.clean:
        # coarse steps take noise from the high frequencies, where the blur would let it be seen
        noise = max(noise, found.noise_in_file)
    noise = float(_OF_READ * max(noise, ROUNDING) ** _POWER)
    if found.jpeg_quality is not None:
        noise = float(np.hypot(_SMOOTHED * noise, _lost(found.jpeg_quality)))
    if found.blur is not None and blur == guessed_blur(found):
        camera = found.camera is not None and found.camera.low > 0
        noise = max(_GUESSED, _OF_GUESS * noise * (_CAMERA if camera else 1.0))
    return noise


def _lost(quality: int) -> float:
    """The noise that what a JPEG of this quality lost counts for."""
    from restorer.imaging.jpeg_tables import tables_of_quality

    luma = np.array(tables_of_quality(quality).luma, np.float64).reshape(8, 8)
    coarse = np.square(luma[:_COARSE, :_COARSE]).mean() / 12
    return float(_JPEG + _PER_ERROR * np.sqrt(coarse))
