"""From a damage to what the conditional prior is told of it."""

from __future__ import annotations

import math

from restorer.degradation.facts import Facts, Shape
from restorer.engine.damage import Damage, parse_blur
from restorer.errors import BadInput

#: The widest blur it was trained on, as a standard deviation along one axis in pixels.
WIDEST = 3.5


def facts_of(damage: Damage) -> Facts:
    """What there is to tell of a damage.

    Raises:
        BadInput: for a damage that the conditional prior does not know.
    """
    match damage.kind:
        case "dejpeg":
            from restorer.imaging.jpeg_tables import JpegTables  # Pillow, not at start-up

            tables = JpegTables(damage.luma, damage.chroma, damage.subsampling)
            return Facts(quality=tables.quality, halved=damage.subsampling != "4:4:4")
        case "upscale":
            return Facts(scale=damage.scale, noise=damage.noise)
        case "deblur" if damage.blur:
            width, shape = _width(damage.blur)
            if width <= WIDEST:
                return Facts(blur=width, shape=shape, noise=damage.noise)
            raise BadInput("The trained network knows no blur as wide as this; take diffpir.")
    raise BadInput(
        "The trained network knows JPEG, enlarging and a named blur; take another method."
    )


def _width(blur: str) -> tuple[float, Shape]:
    """Standard deviation along one axis, in pixels, and the shape of the kernel."""
    match parse_blur(blur):
        case "gaussian", (deviation,):
            return deviation, "gaussian"
        case "disc", (radius,):
            return radius / 2, "disc"
        case _, (length, *_):
            return length / math.sqrt(24), "motion"
    raise AssertionError(blur)
