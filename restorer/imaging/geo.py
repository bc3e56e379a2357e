"""Where on the earth a picture lies: the tags of GeoTIFF 1.1 and of GDAL.

They are kept as a directory of their own, and follow a picture that grows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from restorer.imaging import ifd
from restorer.imaging.ifd import Tree, Value

_SCALE, _TIES, _MATRIX, _KEYS, _RATIONAL = 33550, 33922, 34264, 34735, 50844
NO_DATA = 42113
TAGS = (_SCALE, _TIES, _MATRIX, _KEYS, 34736, 34737, 42112, NO_DATA, _RATIONAL)
_RASTER_TYPE, _POINT = 1025, 2  # whole numbers name middles of pixels, not their corners
_HEAD = b"II*\0\x08\0\0\0"


def packed(tree: Tree) -> bytes | None:
    """The geographic tags of a directory as a blob; None if there are none."""
    found: Tree = {tag: tree[tag] for tag in TAGS if isinstance(tree.get(tag), Value)}
    return _HEAD + ifd.laid_out(found, 8) if found else None


def values(blob: bytes) -> Iterator[tuple[int, Value]]:
    """The tags in a blob.

    Raises:
        ValueError, struct.error: it cannot be read.
    """
    for tag, value in ifd.tree_in(ifd.Source.of(blob))[0].items():
        if isinstance(value, Value):
            yield tag, value


def without_no_data(blob: bytes | None) -> bytes | None:
    """The blob without the number that means that nothing was measured; None if it had no more."""
    try:
        return packed({tag: value for tag, value in values(blob or b"") if tag != NO_DATA})
    except (ValueError, struct.error):
        return blob


def enlarged(blob: bytes, across: float, down: float) -> bytes | None:
    """The blob for the picture enlarged by these factors along x and y; None if it is damaged."""
    try:
        tree: Tree = dict(values(blob))
        middle = 0.5 if _is_point(tree) else 0.0
        if numbers := _doubles(tree, _SCALE):
            tree[_SCALE] = _value([numbers[0] / across, numbers[1] / down, *numbers[2:]])
        if numbers := _doubles(tree, _TIES):
            for start in range(0, len(numbers), 6):
                numbers[start] = (numbers[start] + middle) * across - middle
                numbers[start + 1] = (numbers[start + 1] + middle) * down - middle
            tree[_TIES] = _value(numbers)
        if numbers := _doubles(tree, _MATRIX):
            for row in range(0, 16, 4):
                x, y = numbers[row], numbers[row + 1]
                numbers[row : row + 2] = x / across, y / down
                numbers[row + 3] += middle * (x / across - x + y / down - y)
            tree[_MATRIX] = _value(numbers)
        if numbers := _doubles(tree, _RATIONAL):
            _enlarge_rational(numbers, across, down)
            tree[_RATIONAL] = _value(numbers)
        return packed(tree)
    except (ValueError, struct.error, IndexError):
        return None


def _enlarge_rational(numbers: list[float], across: float, down: float) -> None:
    """Offsets and scales of rows and columns, counted from the centre of the first pixel.

    GDAL's "RPCs in GeoTIFF": two errors, five offsets (line, sample, ...), five scales.
    """
    for offset, times in ((2, down), (3, across)):
        numbers[offset] = (numbers[offset] + 0.5) * times - 0.5
        numbers[offset + 5] *= times


def _doubles(tree: Tree, tag: int) -> list[float]:
    value = tree.get(tag)
    if not isinstance(value, Value):
        return []
    return list(struct.unpack(f"<{len(value.data) // 8}d", value.data))


def _value(numbers: list[float]) -> Value:
    return Value(12, struct.pack(f"<{len(numbers)}d", *numbers))


def _is_point(tree: Tree) -> bool:
    keys = tree.get(_KEYS)
    if not isinstance(keys, Value):
        return False
    numbers = struct.unpack(f"<{len(keys.data) // 2}H", keys.data)
    rows = zip(numbers[4::4], numbers[7::4], strict=False)  # the key, and what it says in place
    return any(key == _RASTER_TYPE and said == _POINT for key, said in rows)
