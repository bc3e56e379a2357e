"""Tells a picture that is sharp in one part and blurred in the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from restorer.degradation.blur import Floats, read_any_blur
from restorer.imaging.bands import raise_if_stopped

#: Side of the parts that are looked at, in pixels, and how many at most along a side.
_PART, _MOST = 96, 6
#: How unlikely a blur is where it is sharp.
_SHARP = 0.3
#: So much of what has detail is blurred for sure, if it counts, and in so many parts, by no less
#: than so many pixels: of 24 sharp tiles none had more than one part in 16; of 24 with a sharp
#: middle, or a subject before what is out of focus, 19 have so much.
_MUCH, _FEWEST, _NARROWEST = 0.4, 3, 1.2

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class PartialBlur:
    """Much of a picture is blurred, and not all.

    Attributes:
        share: of the parts that have detail, those that are blurred for sure, 0..1.
        sharp: boxes (left, top, right, bottom) of parts that are sharp, in pixels.
        size: (height, width) of the picture.
    """

    share: float
    sharp: tuple[Box, ...]
    size: tuple[int, int]


def read_partial_blur(pixels: Floats) -> PartialBlur | None:
    """Look at parts of (H, W, 3) pixels in 0..1, spread evenly over any size.

    What is out of focus cannot be undone as one blur, so it is told only.

    Returns:
        None where less than two fifths of what has detail are blurred for sure, or none is sharp.
    """
    rows, columns = (_starts(side) for side in pixels.shape[:2])
    told, blurred, sharp = 0, 0, list[Box]()
    for top in rows:
        for left in columns:
            raise_if_stopped()
            part = pixels[top : top + _PART, left : left + _PART]
            blur = read_any_blur(part)
            if blur is None:
                continue
            told += 1
            blurred += blur.sure and blur.width >= _NARROWEST
            if blur.chance < _SHARP:
                sharp.append((left, top, left + _PART, top + _PART))
    if blurred < max(_FEWEST, _MUCH * told) or not sharp:
        return None
    return PartialBlur(blurred / told, tuple(sharp), (pixels.shape[0], pixels.shape[1]))


def _starts(side: int) -> list[int]:
    """Where the parts begin; none if the side is too short for two."""
    count = min(_MOST, side // _PART)
    return [int(at) for at in np.linspace(0, side - _PART, count)] if count > 1 else []
