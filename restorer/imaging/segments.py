"""Strips and tiles of a TIFF that are files themselves, with their own sizes."""

from __future__ import annotations

import io
import struct

from PIL import Image
from tifffile import TiffPage

from restorer.imaging.jxl_header import codestream, read_header
from restorer.imaging.raster import Unreadable

_JPEG = (7, 33007, 34892)
_OTHERS = (33003, 33004, 33005, 34712, 34933, 50001)  # JPEG 2000, PNG and WebP
_JPEG_XL = (50002, 52546)
_UNKNOWN = (22610, 34934)  # JPEG XR: its sizes cannot be looked up here
_ROOM = 1 << 16  # pixels that a segment may have beyond its place, for blocks that stick out
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # among the markers of frames: tables and conditions
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers without a length


def jpeg_frame(data: bytes) -> tuple[int, int, int] | None:
    """Bits per sample, width and height that a JPEG stream claims (JPEG B.2.2); None without."""
    position = 2
    while data[position : position + 1] == b"\xff" and position + 9 <= len(data):
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _ALONE:
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            bits, height, width = struct.unpack_from(">BHH", data, position + 4)
            return bits, width, height
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None


def check_segments(page: TiffPage, data: bytes) -> None:
    """Refuse segments that would unpack to far more than their place in the picture.

    Raises:
        Unreadable: for such a file.
        NotImplementedError: the segments of this compression cannot be looked into.
        ValueError, OSError: a segment is damaged.
    """
    if page.compression in _UNKNOWN:
        raise NotImplementedError("a compression that cannot be looked into")
    if page.compression not in _JPEG + _OTHERS + _JPEG_XL:
        return
    width = page.tilewidth or page.imagewidth
    height = page.tilelength or min(page.rowsperstrip, page.imagelength)
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if offset and count:
            w, h = _size(data[offset : offset + count], page.compression)
            if w * h > 2 * width * height + _ROOM:
                raise Unreadable(
                    "holds pieces of {w} x {h} pixels where none of that size belongs", w=w, h=h
                )


def _size(segment: bytes, compression: int) -> tuple[int, int]:
    if compression in _JPEG:
        frame = jpeg_frame(segment)
        if frame is None:
            raise ValueError("a segment without a frame")
        return frame[1:]
    if compression in _JPEG_XL:
        header = read_header(codestream(segment))
        if header.animated:  # its frames would all be unpacked
            raise ValueError("a segment with several pictures")
        return header.width, header.height
    with Image.open(io.BytesIO(segment), formats=("JPEG2000", "PNG", "WEBP")) as image:
        return image.size
