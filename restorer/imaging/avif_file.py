"""AVIF with 8 to 12 bits: libavif through imagecodecs for the pixels, Pillow for the metadata."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import BinaryIO

import imagecodecs
import numpy as np

from restorer.imaging import pillow_files
from restorer.imaging.exif import PREFIX
from restorer.imaging.iso_media import with_items
from restorer.imaging.raster import Raster, check_size

_SPEED = 8  # of 10: a photograph of 12 megapixels takes seconds, not minutes
_BT709, _SRGB = 1, 13
_SIZE = re.compile(b"ispe\0{4}(.{8})", re.S)  # of a picture in the file (ISO/IEC 23008-12, 6.5.3)


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the first picture with all its bits."""
    for place in _SIZE.finditer(data):  # Pillow refuses what is too large with no word of it
        check_size(*struct.unpack(">II", place[1]))
    raster = pillow_files.decode(data, partial)
    bits = _bits(data)
    if bits > 8:
        pixels = np.asarray(imagecodecs.avif_decode(data, index=0))
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        has_alpha = pixels.shape[2] in (2, 4)
        raster = replace(
            raster,
            samples=pixels[..., : pixels.shape[2] - has_alpha],
            kind="grey" if pixels.shape[2] < 3 else "rgb",
            alpha=pixels[..., -1] if has_alpha else None,
            white=float(2**bits - 1),
            bits=bits,
        )
    return replace(raster, cicp=_cicp(data)) if raster.icc is None else raster


def encode(raster: Raster, file: BinaryIO, quality: int) -> None:
    """Write 8 or 12 bits, colours at full resolution; quality 100 is lossless.

    Raises:
        ValueError, struct.error: for metadata that does not fit.
    """
    # HDR is told by numbers alone: a profile, here that of a usual screen, would count first.
    primaries, transfer = raster.cicp[:2] if raster.cicp else (_BT709, _SRGB)
    icc = None if raster.cicp else raster.icc
    plain = imagecodecs.avif_encode(
        np.ascontiguousarray(raster.stacked),
        level=quality,
        speed=_SPEED,
        bitspersample=raster.bits,
        primaries=primaries,
        transfer=transfer,
    )
    exif = raster.exif and raster.exif.removeprefix(PREFIX)
    if icc or exif or raster.xmp:
        plain = with_items(bytes(plain), icc, exif, raster.xmp)
    file.write(plain)


def _bits(data: bytes) -> int:
    """Bits per channel, from the first codec configuration (AV1-ISOBMFF, 2.3.3)."""
    place = data.find(b"av1C")
    flags = data[place + 6] if 0 <= place < len(data) - 6 else 0
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10


def _cicp(data: bytes) -> bytes | None:
    """The code points of the colours, as PNG holds them."""
    place = data.find(b"colrnclx")
    numbers = data[place + 8 : place + 14]
    return bytes((numbers[1], numbers[3], 0, 1)) if place >= 0 and len(numbers) == 6 else None
