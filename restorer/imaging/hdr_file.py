"""Radiance HDR: light in bytes with a common exponent (Ward, Graphics Gems II.5)."""

from __future__ import annotations

import re
from typing import BinaryIO

import imagecodecs
import numpy as np

from restorer.imaging.levels import decode_light, encode_light
from restorer.imaging.light import REC_709, as_rec_709
from restorer.imaging.metadata import not_kept
from restorer.imaging.raster import (
    Raster,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
)

_HEAD = re.compile(rb"\A#\?.*?\n\n([-+][XY]) +(\d{1,9}) +([-+][XY]) +(\d{1,9})\n", re.S)
_MOST = 1 << 16  # bytes of a head
_LINE = re.compile(r"^([A-Z_]+) *= *(.*)$", re.M)
_AS_USUAL = {"FORMAT": "", "SOFTWARE": "", "EXPOSURE": "1", "PIXASPECT": "1", "COLORCORR": "1 1 1"}
_BITS = 8  # of a mantissa


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture with its range, as light of Rec. 709."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    head = _HEAD.match(data[:_MOST])
    if head is None:
        raise ValueError("no size")
    lines = dict(_LINE.findall(head[0].decode("latin-1")))
    down, height, across, width = head[1], int(head[2]), head[3], int(head[4])
    if (down, across) != (b"-Y", b"+X") or not lines.get("FORMAT", "").endswith("rgbe"):
        raise NotImplementedError("rows or colours of another order")
    check_size(width, height)
    check_held(width, height, most_unbounded(len(data)))
    light = np.asarray(imagecodecs.rgbe_decode(data))
    if light.shape != (height, width, 3):
        raise ValueError("another size than the head says")
    notes: tuple[str, ...] = not_kept([n for n in lines if n != "PRIMARIES" and _matters(n, lines)])
    primaries = [float(word) for word in lines.get("PRIMARIES", "").split()]
    if len(primaries) == len(REC_709):
        light, turned = as_rec_709(light, primaries)
        notes = turned + notes
    pixels, levels, said = encode_light(light, "float32")
    return Raster(pixels, "rgb", 1.0, 32, "HDR", levels=levels, notes=said + notes)


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write light; negative values become black."""
    light = decode_light(raster.samples) if raster.levels is None else raster.samples
    light = np.broadcast_to(light, (*light.shape[:2], 3)).clip(0, None)
    # The encoder cuts what is below its least step off; half of that before makes it round.
    _, exponent = np.frexp(light.max(axis=2, keepdims=True))
    half = np.ldexp(np.float32(0.5), exponent - _BITS) * (light > 0)
    file.write(imagecodecs.rgbe_encode(np.ascontiguousarray(light + half, np.float32)))


def _matters(name: str, lines: dict[str, str]) -> bool:
    """Whether a line of the header says something other than the default."""
    usual = _AS_USUAL.get(name)
    if not usual:
        return usual is None
    try:
        return [float(word) for word in lines[name].split()] != [float(w) for w in usual.split()]
    except ValueError:
        return True
