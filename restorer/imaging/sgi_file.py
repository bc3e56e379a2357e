"""SGI: 8 bits per channel by Pillow; 16 bits here, as Pillow keeps only the upper 8.

The SGI image file format, version 1.0.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import pillow_files, scratch
from restorer.imaging.raster import Raster, Unreadable, check_held, check_size, most_unbounded

_HEAD, _PACKED, _WIDE = 512, 1, 2
_LITERAL, _COUNT = 0x80, 0x7F


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read a picture; a truncated file gives nothing."""
    packing, bytes_each, dimensions, width, height, planes = struct.unpack_from(">BBHHHH", data, 2)
    if bytes_each != _WIDE:
        return pillow_files.decode(data, partial)
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    height, planes = height if dimensions > 1 else 1, planes if dimensions > 2 else 1
    if not 1 <= planes <= 4:
        raise Unreadable("is a kind of SGI picture that Restorer cannot show")
    check_size(width, height)
    packed = packing == _PACKED
    check_held(width, height, most_unbounded(len(data)) if packed else len(data))
    if packed:
        rows = _unpacked(data, planes * height, width)
    else:
        rows = np.frombuffer(data, ">u2", planes * height * width, _HEAD).astype(np.uint16)
    pixels = np.moveaxis(rows.reshape(planes, height, width)[:, ::-1], 0, -1)
    has_alpha = planes in (2, 4)
    return Raster(
        samples=np.ascontiguousarray(pixels[..., : planes - has_alpha]),
        kind="grey" if planes < 3 else "rgb",
        white=65535.0,
        bits=16,
        format="SGI",
        alpha=np.ascontiguousarray(pixels[..., -1]) if has_alpha else None,
    )


def _unpacked(data: bytes, rows: int, width: int) -> NDArray[np.uint16]:
    """(rows, width); every row consists of runs of one value and runs of different values."""
    starts, lengths = np.frombuffer(data, ">u4", 2 * rows, _HEAD).reshape(2, rows).tolist()
    out: NDArray[np.uint16] = scratch.empty((rows, width), np.uint16)
    for row, start, length in zip(out, starts, lengths, strict=True):
        codes = np.frombuffer(data, ">u2", length // 2, start)
        at = filled = 0
        while filled < width:
            code = int(codes[at])
            count = min(code & _COUNT, width - filled)
            if not count:
                raise ValueError("a row ends early")
            ends = at + 1 + (count if code & _LITERAL else 1)
            row[filled : filled + count] = codes[at + 1 : ends]
            at, filled = ends, filled + count
    return out
