"""Texts in a picture file: IPTC (keywords, captions of the press) and plain comments.

Comments are held as the text chunks of PNG, which keeps them to the byte from PNG to PNG.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from restorer.imaging.picture import Texts

_PHOTOSHOP = b"Photoshop 3.0\0"  # in front of the resources in JPEG's APP13
_RESOURCE = b"8BIM\x04\x04\0\0"  # resource 1028, IPTC, without a name
_MARKS, _IPTC = (b"8BIM", b"AgHg", b"DCSR", b"MeSa", b"PHUT"), 1028
_RECORD = b"\x1c"  # with which each record of IPTC begins
_COMMENT = b"Comment\0\0\0\0\0"  # an iTXt body, not packed, of no language


def iptc_segment(iptc: bytes) -> bytes:
    """An APP13 segment of JPEG.

    Raises:
        struct.error: it is too long for one.
    """
    body = _PHOTOSHOP + resource(iptc)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def resource(iptc: bytes) -> bytes:
    """IPTC as a Photoshop resource, the form that programs look for."""
    return _RESOURCE + struct.pack(">I", len(iptc)) + iptc + bytes(len(iptc) % 2)


def iptc_of(resources: bytes | None) -> bytes | None:
    """The IPTC among Photoshop resources, or bare as exiftool writes it; None without.

    Raises:
        struct.error: they are damaged.
    """
    data = (resources or b"").removeprefix(_PHOTOSHOP)
    if data.startswith(_RECORD):
        return data
    return next((body for code, body in resources_of(data) if code == _IPTC), None) or None


def resources_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The resources of Photoshop, by number.

    Raises:
        struct.error: they are damaged.
    """
    position = 0
    while data.startswith(_MARKS, position) and position + 12 <= len(data):
        code, name = struct.unpack_from(">HB", data, position + 4)
        start = position + 6 + (name + 2) // 2 * 2  # a name is padded, its length counted in
        (length,) = struct.unpack_from(">I", data, start)
        yield code, data[start + 4 : start + 4 + length]
        position = start + 4 + length + length % 2


def from_comment(comment: bytes | None) -> Texts | None:
    """The comments of a JPEG, in any encoding, as texts."""
    if not comment:
        return None
    try:
        words = comment.decode("utf-8")
    except UnicodeDecodeError:
        words = comment.decode("latin-1")
    return ((b"iTXt", _COMMENT + words.strip("\0").encode("utf-8")),)


def to_comment(texts: Texts | None) -> bytes | None:
    """The texts as the comment of a JPEG.

    Raises:
        ValueError: there are others than one comment.
    """
    if texts is None:
        return None
    if len(texts) != 1 or texts[0][0] != b"iTXt" or not texts[0][1].startswith(_COMMENT):
        raise ValueError("more than a comment")
    return texts[0][1].removeprefix(_COMMENT)
