"""Replaces the thumbnail in EXIF data: it shows the old picture, and file managers prefer it."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from restorer.imaging import exif
from restorer.imaging.colour import in_srgb
from restorer.imaging.picture import Picture
from restorer.imaging.segments import jpeg_frame

_START, _LENGTH = 0x0201, 0x0202  # JPEGInterchangeFormat (EXIF 2.32, 4.5.4)
_LARGEST = 320
_QUALITIES = (85, 70, 50, 30)


def replace_thumbnail(blob: bytes, picture: Picture) -> tuple[bytes, bool]:
    """The blob with its thumbnail replaced by one of `picture`, and whether that had room.

    No byte of the old one is left, and no other byte moves. One that is no JPEG is taken out.

    Raises:
        struct.error: the blob is damaged.
    """
    found = exif.thumbnail_at(blob)
    if found is None:
        return blob, True
    link, directory = found
    number, out = exif.byte_order(blob) + "I", bytearray(blob)
    place, length = (exif.entry_of(blob, directory, tag) for tag in (_START, _LENGTH))
    drawn = None
    if place is not None and length is not None:
        start = len(exif.PREFIX) + struct.unpack_from(number, blob, place + 8)[0]
        old = blob[start : start + struct.unpack_from(number, blob, length + 8)[0]]
        frame = jpeg_frame(old) if old.startswith(b"\xff\xd8") else None
        if frame is not None:  # else anything may stand there
            drawn = _drawn(picture, min(max(frame[1:]), _LARGEST), len(old))
            out[start : start + len(old)] = (drawn or b"").ljust(len(old), b"\0")
            struct.pack_into(number, out, length + 8, len(drawn or b""))
    if drawn is None:
        struct.pack_into(number, out, link, 0)
    return bytes(out), drawn is not None


def _drawn(picture: Picture, side: int, room: int) -> bytes | None:
    """A JPEG of the picture with this longest side, in at most this many bytes."""
    step = max(1, max(picture.size) // (4 * side))
    pixels = np.ascontiguousarray(picture.pixels[::step, ::step])
    pixels = in_srgb(pixels, picture.icc)
    image = Image.fromarray((255 * pixels).round().clip(0, 255).astype(np.uint8))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        if len(file.getvalue()) <= room:
            return file.getvalue()
    return None
