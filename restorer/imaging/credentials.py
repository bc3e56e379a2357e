"""Content Credentials (C2PA 2.1, appendix A): where a file keeps its manifest.

It vouches for every byte, so it cannot hold for a picture that was changed: it is seen and said,
and left out of what is saved, or replaced by a new one (`imaging.signing`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from restorer.imaging import ifd
from restorer.imaging.iso_media import boxes
from restorer.words import marked as _

SEEN = _(
    "The file has Content Credentials (C2PA), which vouch for it as it is, "
    "and not for a changed picture."
)
LEFT_OUT = _(
    "The Content Credentials (C2PA) of the file were left out: they cannot vouch for changes."
)

_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # of the box in ISO media files
_TAG = 0xCD41
_APP11, _SCAN = 0xEB, 0xDA


def has_credentials(data: bytes, format: str) -> bool:
    """Whether a file has a manifest.

    Args:
        data: the file.
        format: its name in `FORMATS`.
    """
    look = _PLACES.get(format)
    try:
        return look is not None and look(data)
    except (struct.error, ValueError, IndexError):  # damage, of which others tell
        return False


def can_hold(format: str) -> bool:
    """Whether a format, by its name in `FORMATS`, has a place for them."""
    return format in _PLACES


def _in_jpeg(data: bytes) -> bool:
    position = 2
    while data[position : position + 1] == b"\xff" and position + 4 <= len(data):
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker == _SCAN:
            return False
        body = data[position + 4 : position + 2 + length]
        if marker == _APP11 and body.startswith(b"JP") and b"c2pa" in body[:128]:
            return True
        position += 2 + max(2, length)
    return False


def _in_png(data: bytes) -> bool:
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"caBX":
            return True
        position += 12 + length
    return False


def _in_webp(data: bytes) -> bool:
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        if kind == b"C2PA":
            return True
        position += 8 + length + length % 2
    return False


def _in_tiff(data: bytes) -> bool:
    return _TAG in ifd.tree_in(ifd.Source.of(data), wanted=(_TAG,))[0]


def _in_boxes(data: bytes) -> bool:
    return any(
        (kind == b"uuid" and body.startswith(_UUID)) or (kind == b"jumb" and b"c2pa" in body[:128])
        for kind, body in boxes(data)
    )


def _in_gif(data: bytes) -> bool:
    return b"\x21\xff\x0bC2PA_GIF" in data


_PLACES: dict[str, Callable[[bytes], bool]] = {
    "JPEG": _in_jpeg,
    "PNG": _in_png,
    "WEBP": _in_webp,
    "TIFF": _in_tiff,
    "AVIF": _in_boxes,
    "HEIF": _in_boxes,
    "JXL": _in_boxes,
    "GIF": _in_gif,
}
