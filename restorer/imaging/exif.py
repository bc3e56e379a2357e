"""EXIF blobs: read and reset the orientation without touching another byte.

Rewriting a blob with a library moves maker notes and breaks them, so the few bytes are patched
where they are (EXIF 2.32: a TIFF structure behind the six bytes, "Exif" and two zeros).
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = b"Exif\0\0"
_ORIENTATION, _SHORT = 0x0112, 3


def normalised(blob: bytes | None) -> bytes | None:
    """The blob with its prefix, or None when there is nothing that looks like EXIF in it."""
    if not blob:
        return None
    body = blob.removeprefix(PREFIX)
    return PREFIX + body if body[:4] in (b"II*\0", b"MM\0*") else None


def orientation(blob: bytes | None) -> int:
    """1..8 as EXIF counts; 1 when absent or nonsense."""
    if blob is None:
        return 1
    endian, entry, _ = _find(blob)
    if entry is None:
        return 1
    value: int = struct.unpack_from(endian + "H", blob, entry + 8)[0]
    return value if 1 <= value <= 8 else 1


def upright(blob: bytes | None) -> bytes | None:
    """The blob for pixels that are already turned: orientation 1 and no thumbnail.

    The thumbnail shows the picture as it was, in the old orientation, and file managers prefer it.
    """
    if blob is None:
        return None
    endian, entry, next_ifd = _find(blob)
    out = bytearray(blob)
    if entry is not None:
        struct.pack_into(endian + "H", out, entry + 8, 1)
    if next_ifd is not None:
        struct.pack_into(endian + "I", out, next_ifd, 0)
    return bytes(out)


def turn(pixels: NDArray[Any], value: int) -> NDArray[Any]:
    """A view of (H, W, ...) turned upright for EXIF orientation `value`."""
    match value:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
    return pixels


def _find(blob: bytes) -> tuple[str, int | None, int | None]:
    """Byte order, position of the orientation entry, position of the link to the thumbnail."""
    start = len(PREFIX)
    endian = "<" if blob[start : start + 2] == b"II" else ">"
    try:
        ifd = start + struct.unpack_from(endian + "I", blob, start + 4)[0]
        count = struct.unpack_from(endian + "H", blob, ifd)[0]
        link = ifd + 2 + 12 * count
        struct.unpack_from(endian + "I", blob, link)
    except struct.error:  # cut short: carried along as it is
        return endian, None, None
    for entry in range(ifd + 2, link, 12):
        if struct.unpack_from(endian + "HH", blob, entry) == (_ORIENTATION, _SHORT):
            return endian, entry, link
    return endian, None, link
