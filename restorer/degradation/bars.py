"""Bars of one tone along the sides of a picture, as in films and mounts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.bands import bands

#: A bar has so many lines, in which no pixel differs from its tone by more than this (of 1).
_LEAST_BAR, _ONE_TONE = 4, 0.06
#: So many pixels of a line are looked at, at most.
_SOME = 1024
#: And so many of lines at a time, of which mostly the first say all.
_LOOKED_AT = 1 << 15

Floats = NDArray[np.float32]


def between_bars(pixels: Floats, least: int) -> tuple[slice, slice]:
    """The part of (H, W, 3) in 0..1 without bars, with sides of at least this length."""
    part = slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    for axis in (0, 1):
        lines = pixels[part] if axis == 0 else pixels[part].swapaxes(0, 1)
        lines = lines[:, :: 1 + lines.shape[1] // _SOME]
        ends = [_bar(lines), len(lines) - _bar(lines[::-1])]
        if ends[1] - ends[0] >= least:
            part = (slice(*ends), part[1]) if axis == 0 else (part[0], slice(*ends))
    return part


def _bar(lines: Floats) -> int:
    """Number of lines from the first on that share its tone; 0 for too few to be a bar."""
    tone, count = np.median(lines[0], axis=0), len(lines)
    for some in bands(lines.shape, pixels=_LOOKED_AT):
        apart = np.abs(lines[some] - tone).max(axis=(1, 2)) > _ONE_TONE
        if apart.any():
            count = some.start + int(apart.argmax())
            break
    return count if count >= _LEAST_BAR else 0
