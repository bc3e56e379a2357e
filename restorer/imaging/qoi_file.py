"""QOI: 8 bits with or without alpha, without loss, through imagecodecs."""

from __future__ import annotations

import struct
from typing import BinaryIO

import imagecodecs
import numpy as np

from restorer.imaging import chromaticities
from restorer.imaging.raster import Raster, Unreadable, check_held, check_size

_LINEAR = 1  # all channels; 0 is sRGB
_PIXELS_A_BYTE = 62  # the longest run


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read a picture; a truncated file gives nothing."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    width, height, channels, space = struct.unpack_from(">IIBB", data, 4)
    check_size(width, height)
    check_held(width, height, _PIXELS_A_BYTE * len(data))
    if data[-8:] != b"\0\0\0\0\0\0\0\1":
        raise EOFError("no end of picture")
    pixels = np.asarray(imagecodecs.qoi_decode(data))
    alpha = pixels[..., 3] if channels == 4 else None
    raster = Raster(pixels[..., :3], "rgb", 255.0, 8, "QOI", alpha=alpha)
    linear = space == _LINEAR
    return chromaticities.add_profile(
        raster, lambda: chromaticities.profile(1.0) if linear else None
    )


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write 8 bits; grey becomes three channels."""
    colours = np.repeat(raster.samples, 3 // raster.samples.shape[2], axis=2)
    alpha = [] if raster.alpha is None else [raster.alpha[..., None]]
    encoded = imagecodecs.qoi_encode(np.ascontiguousarray(np.concatenate([colours, *alpha], 2)))
    # imagecodecs says of pictures with transparency that they are linear.
    file.write(bytes(encoded[:13]) + b"\0" + bytes(encoded[14:]))
