"""Boxes of ISO media files (ISO/IEC 14496-12), of which AVIF and JPEG XL files are made."""

from __future__ import annotations

import struct
from collections.abc import Iterator

Box = tuple[bytes, bytes]


def boxes(data: bytes) -> Iterator[Box]:
    """Type and body of each box; a truncated box ends with the data."""
    start = 0
    while start + 8 <= len(data):
        length, head = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif length == 0:
            length = len(data) - start
        if length < head:
            return
        yield data[start + 4 : start + 8], data[start + head : start + length]
        start += length


def box(kind: bytes, body: bytes) -> bytes:
    """A box with this type and body."""
    return struct.pack(">I", len(body) + 8) + kind + body


def with_items(file: bytes, icc: bytes | None, exif: bytes | None, xmp: bytes | None) -> bytes:
    """An AVIF file of libavif with metadata added as items (ISO/IEC 23008-12).

    Args:
        file: of one picture, without metadata.
        icc: becomes a property of the picture.
        exif: a TIFF structure.
        xmp: a packet.

    Raises:
        ValueError: the file is laid out in another way.
    """
    parts = dict(boxes(file))
    inner = dict(boxes(parts[b"meta"][4:]))
    head, data = inner[b"iloc"][:6], parts[b"mdat"]
    if not head.startswith(b"\0\0\0\0\x44\0") or inner[b"pitm"][-2:] != b"\0\1":
        raise ValueError("not as libavif writes it")
    items = [
        (b"Exif", b"\0", b"\0\0\0\0" + exif) if exif else None,
        (b"mime", b"\0application/rdf+xml\0", xmp) if xmp else None,
    ]
    (count,) = struct.unpack_from(">H", inner[b"iloc"], 6)
    places = [struct.unpack_from(">3H2I", inner[b"iloc"], 8 + 14 * i) for i in range(count)]
    start = file.index(b"mdat") + 4
    spans = [(number, at - start, size) for number, *_, at, size in places]
    infos, links = inner[b"iinf"][6:], inner.get(b"iref", bytes(4))
    for kind, name, body in filter(None, items):
        number = len(spans) + 1
        infos += box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + kind + name)
        links += box(b"cdsc", struct.pack(">HHH", number, 1, 1))
        spans.append((number, len(data), len(body)))
        data += body
    inner[b"iinf"] = bytes(4) + struct.pack(">H", len(spans)) + infos
    if len(links) > 4:
        inner[b"iref"] = links
    if icc:
        inner[b"iprp"] = _with_profile(inner[b"iprp"], icc)

    def meta(offset: int) -> bytes:
        rows = (struct.pack(">3H2I", n, 0, 1, offset + at, size) for n, at, size in spans)
        inner[b"iloc"] = head + struct.pack(">H", len(spans)) + b"".join(rows)
        return box(b"meta", bytes(4) + b"".join(box(*part) for part in inner.items()))

    front = box(b"ftyp", parts[b"ftyp"])
    return front + meta(len(front) + len(meta(0)) + 8) + box(b"mdat", data)


def _with_profile(properties: bytes, icc: bytes) -> bytes:
    """The properties of a file, with a colour profile added for its first item."""
    parts = dict(boxes(properties))
    number = len(list(boxes(parts[b"ipco"]))) + 1
    table = bytearray(parts[b"ipma"])
    if table[:4] != bytes(4) or table[8:10] != b"\0\1" or number > 127:
        raise ValueError("not as libavif writes it")
    last = 11 + table[10]
    table[10] += 1
    table.insert(last, number)
    profile = box(b"colr", b"prof" + icc)
    return box(b"ipco", parts[b"ipco"] + profile) + box(b"ipma", bytes(table))
