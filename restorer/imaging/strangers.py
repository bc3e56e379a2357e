"""What cameras and other programs put into a JPEG beside the picture, and nobody here reads."""

from __future__ import annotations

import re
from collections.abc import Collection

_SCAN, _FIRST, _LAST = 0xDA, 0xE0, 0xEF
_GAIN_MAP = b"urn:iso:std:iso:ts:21496"
# Those that are read, say something of the coding alone, or are told of elsewhere.
_KNOWN = (
    *(b"JFIF", b"JFXX", b"Exif", b"http://ns.adobe.com/", b"ICC_PROFILE", b"MPF", b"JP"),
    *(b"Photoshop 3.0", b"Adobe", b"Ducky"),
)
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,15}")
_PATHS = range(2000, 2999)  # resources of Photoshop


def note_of(data: bytes, resources: Collection[int]) -> tuple[str, ...]:
    """A sentence about what a JPEG has of other programs; nothing if it has none of that.

    Args:
        data: the file.
        resources: the numbers of Photoshop's that it has.
    """
    names = dict.fromkeys(_names(data))
    if any(number in _PATHS for number in resources):
        names["paths of Photoshop"] = None
    if not names:
        return ()
    return (f"What other programs keep in the file was left out: {', '.join(names)}.",)


def _names(data: bytes) -> list[str]:
    found, position = [], 2
    while data[position : position + 1] == b"\xff" and position + 4 <= len(data):
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker == _SCAN or length < 2:
            break
        body = data[position + 4 : position + 2 + length]
        if _FIRST <= marker <= _LAST and not body.startswith(_KNOWN):
            name = _NAME.match(body)
            if body.startswith(_GAIN_MAP):
                found.append("HDR gain map")
            else:
                found.append(name[0].decode("ascii") if name else f"APP{marker - _FIRST}")
        position += 2 + length
    return found
