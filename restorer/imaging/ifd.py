"""Directories of TIFF and EXIF (TIFF 6.0, section 2), each value as its raw bytes.

Nothing is decoded: what a library takes for text, and then cannot write, passes through whole.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

EXIF, GPS, INTEROP = 34665, 34853, 40965
MAKER_NOTE, USER_COMMENT = 37500, 37510
ASCII = 2
_LONG, _LONG8 = 4, (16, 17, 18)
# Bytes a number in a value has, by the value's type: a rational is two numbers of four.
_NUMBERS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
_NUMBERS |= dict.fromkeys(_LONG8, 8)
_RATIONALS = (5, 10)
_BELOW: dict[int, tuple[int, ...]] = {0: (EXIF, GPS), EXIF: (INTEROP,)}  # the tags that point


@dataclass(frozen=True)
class Value:
    """The value of a tag: its type and its bytes, least significant first."""

    kind: int
    data: bytes

    @property
    def count(self) -> int:
        return len(self.data) // _size(self.kind)


Tree: TypeAlias = "dict[int, Value | Tree]"
"""A directory by tag; a tag that points to another one holds that."""


@dataclass(frozen=True)
class Source:
    """Reads the bytes of a TIFF file, or of an EXIF blob without its prefix."""

    data: bytes
    endian: str
    big: bool
    first: int

    @staticmethod
    def of(data: bytes) -> Source:
        """Raises ValueError or struct.error if that is no TIFF structure."""
        endian = {b"II": "<", b"MM": ">"}.get(data[:2])
        if endian is None:
            raise ValueError("no TIFF structure")
        big = struct.unpack_from(endian + "H", data, 2)[0] == 43
        first = struct.unpack_from(endian + ("Q" if big else "I"), data, 8 if big else 4)[0]
        return Source(data, endian, big, first)


def tree_in(
    source: Source, offset: int | None = None, wanted: Collection[int] | None = None
) -> tuple[Tree, int]:
    """The directory at an offset (else the first) with all it points to, and how much was damaged.

    Args:
        source: where it stands.
        offset: of the directory.
        wanted: the tags to take of the outermost directory besides EXIF and GPS; None for all.

    Raises:
        struct.error, ValueError: the outermost directory cannot be read at all.
    """
    return _tree(source, source.first if offset is None else offset, 0, wanted)


def laid_out(tree: Tree, offset: int) -> bytes:
    """The bytes of the directory at an even offset, little-endian, as the last of its chain.

    Values that only a BigTIFF can hold are left out.
    """
    entries = {tag: value for tag, value in sorted(tree.items()) if _fits(value)}
    behind = bytearray()
    table = struct.pack("<H", len(entries))
    start = offset + 2 + 12 * len(entries) + 4
    for tag, value in entries.items():
        if isinstance(value, Value):
            kind, count, data = value.kind, value.count, value.data
        else:
            kind, count = _LONG, 1
            data = struct.pack("<I", start + len(behind))
            behind += laid_out(value, start + len(behind))
        if len(data) > 4:
            place = struct.pack("<I", start + len(behind))
            behind += data + bytes(len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        table += struct.pack("<HHI", tag, kind, count) + place
    return table + bytes(4) + bytes(behind)


def _size(kind: int) -> int:
    return _NUMBERS[kind] * (2 if kind in _RATIONALS else 1)


def _fits(value: Value | Tree) -> bool:
    return not isinstance(value, Value) or value.kind not in _LONG8


def _tree(
    source: Source, offset: int, tag: int, wanted: Collection[int] | None
) -> tuple[Tree, int]:
    tree: Tree = {}
    room, lost = len(source.data), 0  # values never lie over each other
    for code, kind, count, place in _entries(source, offset):
        if wanted is not None and code not in wanted and code not in _BELOW[0]:
            continue
        try:
            if code in _BELOW.get(tag, ()):
                tree[code], damaged = _tree(source, _pointed(source, kind, place), code, None)
                lost += damaged
                continue
            value = _value(source, kind, count, place, room)
        except (struct.error, ValueError):
            lost += 1
            continue
        room -= len(value.data)
        tree.setdefault(code, _in_order(source, code, value))
    return tree, lost


def _entries(source: Source, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and the position of the value or of its offset."""
    endian, data = source.endian, source.data
    if source.big:
        (number,), step, entry = struct.unpack_from(endian + "Q", data, offset), 20, "HHQ"
        offset += 8
    else:
        (number,), step, entry = struct.unpack_from(endian + "H", data, offset), 12, "HHI"
        offset += 2
    if offset + number * step > len(data):
        raise ValueError("a directory runs beyond the end")
    for start in range(offset, offset + number * step, step):
        code, kind, count = struct.unpack_from(endian + entry, data, start)
        yield code, kind, count, start + (12 if source.big else 8)


def _pointed(source: Source, kind: int, place: int) -> int:
    form = "Q" if kind in _LONG8 else "I"
    offset: int = struct.unpack_from(source.endian + form, source.data, place)[0]
    return offset


def _value(source: Source, kind: int, count: int, place: int, room: int) -> Value:
    if kind not in _NUMBERS:
        raise ValueError("a type that TIFF has not")
    length = _size(kind) * count
    if length > (8 if source.big else 4):
        form = "Q" if source.big else "I"
        place = struct.unpack_from(source.endian + form, source.data, place)[0]
    if length > room or place + length > len(source.data):
        raise ValueError("a value runs beyond the end")
    return Value(kind, source.data[place : place + length])


def _in_order(source: Source, code: int, value: Value) -> Value:
    """The value with its numbers converted to least significant byte first."""
    size = _NUMBERS[value.kind]
    if source.endian == "<":
        return value
    head = b"UNICODE\0"  # UTF-16 in the order of the file (EXIF 2.32, 4.6.5)
    if code == USER_COMMENT and value.data.startswith(head):
        text = value.data[len(head) :]
        return Value(value.kind, head + _swapped(text[: len(text) // 2 * 2], 2))
    return value if size == 1 else Value(value.kind, _swapped(value.data, size))


def _swapped(data: bytes, size: int) -> bytes:
    out = bytearray(len(data))
    for i in range(size):
        out[i::size] = data[size - 1 - i :: size]
    return bytes(out)
