"""PCX of PC Paintbrush, with all its depths, planes and palettes, of which Pillow reads some.

After "ZSoft PCX File Format Technical Reference Manual" (1991).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.exif import plausible_dpi
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import LEAST, Kind, Raster, Samples, check_held, check_size

_HEAD = 128
_PACKED = 0xC0  # a byte from here on says how often the next one stands
_TAIL, _MARK = 769, 12  # a palette of 256 colours behind the picture, and the byte before it
_GREY = 2  # what a file says of such a palette
_MODES = {(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (4, 1), (8, 1), (8, 3), (8, 4)}
_MOST = 252  # pixels that a byte can stand for
#: Of screens with sixteen colours: low bits are half as bright, and version 3 names no others.
_OF_SCREENS = [[85 * (2 * (n >> c & 1) + (n >> 3)) for c in (2, 1, 0)] for n in range(16)]


@dataclass(frozen=True)
class _Head:
    version: int
    packed: bool
    bits: int
    planes: int
    stride: int
    width: int
    height: int


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; with `partial` the rows that are there (the rest is black)."""
    head = _head(data)
    check_size(head.width, head.height)
    if (head.bits, head.planes) not in _MODES:
        raise NotImplementedError(f"{head.planes} planes of {head.bits} bits")
    check_held(head.width, head.height, _MOST * len(data))
    if 8 * head.stride < head.width * head.bits:
        raise ValueError("rows are longer than they say")
    size = head.height * head.planes * head.stride
    stored = np.frombuffer(data, np.uint8, offset=_HEAD)
    rows = _unpacked(stored, size) if head.packed else stored[:size]
    complete = len(rows) / size
    check_held(head.width, head.height, head.width * head.height * complete / LEAST)
    if complete < 1 and not partial:
        raise EOFError("rows are missing")
    whole = np.concatenate([rows, np.zeros(size - len(rows), np.uint8)])
    lines = whole.reshape(head.height, head.planes, head.stride)
    samples, kind, alpha = _colours(head, data, _values(head, lines))
    raster = Raster(samples, kind, 255.0, 8, "PCX", alpha, complete=complete)
    return with_metadata(raster, dpi=lambda: plausible_dpi(struct.unpack_from("<2H", data, 12)))


def _head(data: bytes) -> _Head:
    version, packed, bits, left, top, right, bottom = struct.unpack_from("<xBBB4H", data)
    planes, stride = struct.unpack_from("<BH", data, 65)
    if len(data) < _HEAD:
        raise EOFError("the head is cut short")
    return _Head(version, bool(packed), bits, planes, stride, right - left + 1, bottom - top + 1)


def _unpacked(stored: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """As much of the rows as there is."""
    stored = stored[: 2 * size]
    places = np.arange(len(stored))
    high = stored >= _PACKED
    before = np.maximum.accumulate(np.where(high, -1, places))  # the last byte that is low
    counts = high & ((places - before) % 2 == 1)  # of high ones in a row each second is a value
    values = np.flatnonzero(~counts)
    behind = np.concatenate([[False], counts[:-1]])[values]
    times = np.where(behind, stored[values - 1] & 63, 1).astype(np.int64)
    needed = int(np.searchsorted(np.cumsum(times), size)) + 1
    return np.repeat(stored[values[:needed]], times[:needed])[:size]


def _values(head: _Head, lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, planes) of 8 bits, else (H, W): the planes are the bits of one number."""
    if head.bits == 8:
        return np.moveaxis(lines[..., : head.width], 1, 2)
    bits = np.unpackbits(lines, axis=2)
    bits = bits.reshape(*bits.shape[:2], -1, head.bits)[:, :, : head.width]
    out = np.zeros((head.height, head.width), np.uint8)
    for plane in range(head.planes):
        for bit in range(head.bits):
            out |= bits[:, plane, :, bit] << (plane * head.bits + head.bits - 1 - bit)
    return out


def _colours(
    head: _Head, data: bytes, values: NDArray[np.uint8]
) -> tuple[Samples, Kind, Samples | None]:
    if head.planes > 1 and head.bits == 8:
        alpha = values[..., 3] if head.planes == 4 else None
        return np.ascontiguousarray(values[..., :3]), "rgb", alpha
    if head.bits == 8:
        if len(data) < _HEAD + _TAIL or data[-_TAIL] != _MARK or _is_grey(data):
            return np.ascontiguousarray(values), "grey", None
        listed = np.frombuffer(data[1 - _TAIL :], np.uint8).reshape(256, 3)
        return listed[values[..., 0]], "rgb", None
    palette = np.frombuffer(data, np.uint8, 48, 16).reshape(16, 3)
    depth = head.bits * head.planes
    if depth == 1:
        first, second = palette[:2]
        if (first == second).all():  # none is meant
            first, second = np.array([[0] * 3, [255] * 3], np.uint8)
        if np.ptp(first) == np.ptp(second) == 0:
            return np.where(values, second[0], first[0])[..., None], "grey", None
        palette = np.stack([first, second])
    elif head.version == 3 or not palette[: 1 << depth].any():
        palette = np.array(_OF_SCREENS, np.uint8)
    return palette[values], "rgb", None


def _is_grey(data: bytes) -> bool:
    """Whether the palette is that of greys, in their order."""
    greys = np.arange(256).repeat(3)
    return bool((np.frombuffer(data[1 - _TAIL :], np.uint8) == greys).all())
