"""What a PNG says of its colours by gAMA and cHRM, made into a profile.

The profile goes into any format, and every viewer shows the same colours as before (PNG, third
edition, 11.3.2 and 4.3: cICP counts before iCCP, then sRGB, then gAMA and cHRM).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import imagecodecs

from restorer.imaging.code_points import with_gamma

_SRGB_GAMMA = 1 / 0.45455
_SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)  # x and y of white, red, green and blue
_NEAR = 0.005  # what is nearer than this is the same


def profile(chunks: Mapping[bytes, bytes], grey: bool) -> bytes | None:
    """The ICC profile that gAMA and cHRM stand for; None for sRGB and where other chunks count.

    Raises:
        struct.error, ValueError: a chunk is damaged.
    """
    if any(name in chunks for name in (b"cICP", b"iCCP", b"sRGB")):
        return None
    gamma, corners = _SRGB_GAMMA, _SRGB
    if b"gAMA" in chunks:
        (value,) = struct.unpack(">I", chunks[b"gAMA"])
        if not 1_000 <= value <= 1_000_000:
            raise ValueError("a gamma that no picture has")
        gamma = 100_000 / value
    if b"cHRM" in chunks and not grey:
        corners = tuple(value / 100_000 for value in struct.unpack(">8I", chunks[b"cHRM"]))
    if abs(gamma - _SRGB_GAMMA) < 0.05 and _near(corners, _SRGB):
        return None
    if grey:
        made: bytes = imagecodecs.cms_profile("gray", gamma=gamma)
        return made
    white, primaries = (corners[0], corners[1]), corners[2:]
    return with_gamma(white, primaries, gamma)


def _near(some: tuple[float, ...], others: tuple[float, ...]) -> bool:
    return all(abs(a - b) < _NEAR for a, b in zip(some, others, strict=True))
