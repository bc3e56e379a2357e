"""Tells the format of a file by its first bytes; names lie."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

_OF_PCX = [bytes((version, 1, bits)) for version in (0, 2, 3, 4, 5) for bits in (1, 2, 4, 8)]
# By kind: palette, colours and grey, and the same packed.
_TGA_DEPTHS = {1: (8,), 2: (15, 16, 24, 32), 3: (8, 16)}
_TGA_DEPTHS |= {kind + 8: depths for kind, depths in _TGA_DEPTHS.items()}


def starts(*starts: bytes) -> Callable[[bytes], bool]:
    """Recognises files that begin with one of these."""
    return lambda data: data.startswith(starts)


def is_webp(data: bytes) -> bool:
    """A WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def is_avif(data: bytes) -> bool:
    """An AVIF file, still or moving."""
    return b"avi" in _brands(data)


def is_heif(data: bytes) -> bool:
    """Any other ISO media file, HEIC for one."""
    return bool(_brands(data)) and not is_avif(data)


def is_bmp(data: bytes) -> bool:
    """A Windows bitmap, not a text that begins with the same letters."""
    return data.startswith(b"BM") and not is_text(data)


def is_netpbm(data: bytes) -> bool:
    """A portable bitmap, greymap, pixmap or any map."""
    return re.match(rb"P[1-6](\s|#[^\n]*\n)+\d|P7\n", data[:4096]) is not None


def is_pcx(data: bytes) -> bool:
    """A picture of PC Paintbrush, which may be packed or not."""
    return data[:1] == b"\n" and data[1:4] in _OF_PCX and len(data) > 128


def is_sgi(data: bytes) -> bool:
    """A picture of Silicon Graphics."""
    return data[:2] == b"\x01\xda" and data[2:4] in (b"\0\1", b"\0\2", b"\1\1", b"\1\2")


def is_tga(data: bytes) -> bool:
    """A Targa, which has no signature: whether the values of its header are consistent.

    Version 2.0, table 1. What has a mark is to be looked for before.
    """
    if len(data) < 18:
        return False
    mapped, kind, first, colours, entry, width, height, depth, bits = struct.unpack_from(
        "<xBBHHB4xHHBB", data
    )
    if kind not in _TGA_DEPTHS or depth not in _TGA_DEPTHS[kind] or not width * height:
        return False
    if bits & 0xC0 or bits & 0xF not in (0, 1, 8):
        return False
    if kind in (1, 9):
        return bool(mapped == 1 and colours and entry in (15, 16, 24, 32))
    return bool(mapped == first == colours == 0 or (mapped == 1 and entry in (15, 16, 24, 32)))


def _brands(data: bytes) -> bytes:
    """The brands that an ISO media file declares."""
    return data[8 : max(16, min(256, int.from_bytes(data[:4], "big")))] * (data[4:8] == b"ftyp")


def is_text(data: bytes) -> bool:
    """Whether a file begins with UTF-8 text."""
    start = data[:4096]
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:
            return False
        text = start[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\t\r\n\f" for c in text)
