"""DDS: Pillow for the pixels, of kinds that it knows by another name, too.

After "DDS File Layout for Textures" and `DXGI_FORMAT` (Microsoft).
"""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from restorer.imaging import pillow_files
from restorer.imaging.raster import Raster

_FLAGS, _KIND, _DXGI, _BODY = 80, 84, 128, 148  # places in the file
_SAME = {72: 71, 75: 74, 78: 77}  # blocks whose colours are said to be sRGB, as all are taken here
_BLUE_FIRST = {87: True, 91: True, 88: False, 93: False}  # and whether the fourth byte is alpha
_MULTIPLIED = {b"DXT2": b"DXT3", b"DXT4": b"DXT5"}  # colours multiplied with alpha


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the largest picture."""
    kind = data[_KIND : _KIND + 4]
    if kind in _MULTIPLIED:
        return _divided(pillow_files.decode(_with(data, _KIND, _MULTIPLIED[kind]), partial))
    if kind == b"DX10" and len(data) >= _BODY:
        (code,) = struct.unpack_from("<I", data, _DXGI)
        if code in _SAME:
            data = _with(data, _DXGI, struct.pack("<I", _SAME[code]))
        elif code in _BLUE_FIRST:
            alpha = _BLUE_FIRST[code]
            masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000 * alpha)
            plain = struct.pack("<I4x5I", 0x40 | alpha, 32, *masks)
            data = _with(data, _FLAGS, plain)[:_DXGI] + data[_BODY:]
    return pillow_files.decode(data, partial)


def _with(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def _divided(raster: Raster) -> Raster:
    """The colours themselves."""
    if raster.alpha is None:
        return raster
    share = np.maximum(raster.alpha, 1)[..., None] / np.float32(255)
    return replace(raster, samples=np.rint(raster.samples / share).clip(0, 255).astype(np.uint8))
