"""BMP: Pillow for most; from here colours of any bits, four levels, and a JPEG or PNG within.

After "Bitmap Storage" and `BITMAPV5HEADER` (Microsoft).
"""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import pillow_files
from restorer.imaging.raster import LEAST, Raster, Samples, check_held, check_size

_FILE, _INFO = 14, 40  # bytes of the heads
_MASKS, _JPEG, _PNG, _MASKS_WITH_ALPHA = 3, 4, 5, 6  # compressions


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; with `partial` what a cut one holds."""
    if len(data) < _FILE + _INFO:
        return pillow_files.decode(data, partial)
    (start,) = struct.unpack_from("<I", data, 10)
    head, width, height, _, depth, packing, _, across, down, used = struct.unpack_from(
        "<IiiHHIIiiI", data, _FILE
    )
    if head < _INFO:
        return pillow_files.decode(data, partial)
    if packing in (_JPEG, _PNG) and depth == 0:
        from restorer.imaging import png_file

        read = pillow_files.decode if packing == _JPEG else png_file.decode
        return replace(read(data[start:], partial), format="BMP")
    own = packing in (_MASKS, _MASKS_WITH_ALPHA) and depth in (16, 32)
    if not own and not (packing == 0 and depth == 2):
        return pillow_files.decode(_with_its_palette(data, head, depth, used), partial)
    rows, complete = _rows(data[start:], width, abs(height), depth, partial)
    rows = rows if height < 0 else rows[::-1]
    raster = _by_masks(data, head, packing, rows) if own else _of_four(data, head, used, rows)
    dpi = (across * 0.0254, down * 0.0254) if across > 0 and down > 0 else None
    return replace(raster, dpi=dpi, complete=complete)


def _rows(
    body: bytes, width: int, height: int, depth: int, partial: bool
) -> tuple[NDArray[np.uint8], float]:
    """(H, bytes), and the share of them that is there."""
    check_size(width, height)
    stride = (width * depth + 31) // 32 * 4
    complete = min(1.0, len(body) / (stride * height))
    check_held(width, height, width * height * complete / LEAST)
    if complete < 1 and not partial:
        raise EOFError("rows are missing")
    rows = np.frombuffer(body[: stride * height].ljust(stride * height, b"\0"), np.uint8)
    return rows.reshape(height, stride)[:, : (width * depth + 7) // 8], complete


def _by_masks(data: bytes, head: int, packing: int, rows: NDArray[np.uint8]) -> Raster:
    """Colours whose places in a number the file names."""
    (depth,) = struct.unpack_from("<H", data, _FILE + 14)
    values = np.ascontiguousarray(rows).view("<u2" if depth == 16 else "<u4")
    with_alpha = packing == _MASKS_WITH_ALPHA or head >= 56
    masks = struct.unpack_from("<4I" if with_alpha else "<3I", data, _FILE + _INFO)
    if not all(masks[:3]):
        raise ValueError("a colour has no place")
    planes = [_plane(values, mask) for mask in masks if mask]
    alpha = planes[3] if len(planes) == 4 and planes[3].any() else None
    return Raster(np.stack(planes[:3], axis=2), "rgb", 255.0, 8, "BMP", alpha)


def _plane(values: NDArray[np.unsignedinteger], mask: int) -> Samples:
    low = mask & -mask
    top = mask // low
    share = (values & mask).astype(np.float64) / low / top
    return np.rint(255 * share).clip(0, 255).astype(np.uint8)


def _of_four(data: bytes, head: int, used: int, rows: NDArray[np.uint8]) -> Raster:
    """Two bits a pixel, and a palette."""
    (width,) = struct.unpack_from("<i", data, _FILE + 4)
    indices = np.stack([rows >> shift & 3 for shift in (6, 4, 2, 0)], axis=2)
    flat = indices.reshape(len(rows), -1)[:, :width]
    listed = np.zeros((4, 4), np.uint8)
    said = np.frombuffer(data, np.uint8, 4 * min(used or 4, 4), _FILE + head).reshape(-1, 4)
    listed[: len(said)] = said
    return Raster(listed[:, 2::-1][flat], "rgb", 255.0, 8, "BMP")


def _with_its_palette(data: bytes, head: int, depth: int, used: int) -> bytes:
    """The file with no more colours in its palette than its numbers can name."""
    if depth > 8 or used <= 1 << depth:
        return data
    return data[: _FILE + 32] + struct.pack("<I", 1 << depth) + data[_FILE + 36 :]
