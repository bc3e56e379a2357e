"""How files begin, by which their formats are told; names lie."""

from __future__ import annotations

import re
from collections.abc import Callable


def starts(*starts: bytes) -> Callable[[bytes], bool]:
    """Tells files that begin with one of these."""
    return lambda data: data.startswith(starts)


def is_webp(data: bytes) -> bool:
    """A WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def is_avif(data: bytes) -> bool:
    """An AVIF file, still or moving."""
    return b"avi" in _brands(data)


def is_heif(data: bytes) -> bool:
    """Another file of that family."""
    return bool(_brands(data)) and not is_avif(data)


def is_bmp(data: bytes) -> bool:
    """A Windows bitmap, and no text that begins with its letters."""
    return data.startswith(b"BM") and not is_text(data)


def is_netpbm(data: bytes) -> bool:
    """A portable bitmap, greymap, pixmap or any map."""
    return re.match(rb"P[1-6](\s|#[^\n]*\n)+\d|P7\n", data[:4096]) is not None


def _brands(data: bytes) -> bytes:
    """What an ISO media file says that it is."""
    return data[8 : max(16, min(256, int.from_bytes(data[:4], "big")))] * (data[4:8] == b"ftyp")


def is_text(data: bytes) -> bool:
    """Whether a file begins as a text does, in UTF-8."""
    start = data[:4096]
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:
            return False
        text = start[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\t\r\n\f" for c in text)
