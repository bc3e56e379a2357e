"""Profiles for files without one that give primaries and white point as numbers.

The profile goes into any format, and every viewer shows the same colours as before. PNG says it by
gAMA and cHRM (third edition, 11.3.2 and 4.3: cICP counts before iCCP, then sRGB, then these), TIFF
by white point, primaries and a transfer function (TIFF 6.0, section 20), cameras by the letters of
DCF 2.0 for Adobe RGB (EXIF 2.32, 4.6.8 and annex A).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np

from restorer.imaging import ifd
from restorer.imaging.code_points import D65, TOLD, Corners, Values, White, srgb_light
from restorer.imaging.exif import PREFIX
from restorer.imaging.ifd import Tree, Value
from restorer.imaging.raster import Raster
from restorer.words import tr

_GAMMA = 1 / 0.45455  # of sRGB, nearly; also what TIFF takes where nothing is said
_SRGB: Corners = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)  # x and y of red, green and blue
_ADOBE: Corners = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_NEAR = 0.005  # what is nearer than this is the same
_SAME_LIGHT = 0.02  # of curves
_ENTRIES = 4096  # of a curve
_TRANSFER, _WHITE, _PRIMARIES = TAGS = (301, 318, 319)
_SHORT, _RATIONAL, _FLOATS = 3, 5, {11: "<f4", 12: "<f8"}  # types
_SPACE, _INDEX = 40961, 1  # of colours; and which rules a camera follows
_IS_SRGB, _IS_ADOBE = 1, 2  # the latter is in no standard, but in files


def add_profile(raster: Raster, read: Callable[[], bytes | None]) -> Raster:
    """The raster with the profile that `read` gives, unless something better names its colours.

    A note says so, or that the profile cannot be read.
    """
    if raster.icc is not None or raster.cicp is not None or raster.kind not in ("grey", "rgb"):
        return raster
    try:
        icc = read()
    except Exception:  # damage is met with several kinds of exception
        note = tr("What the file says of its colours could not be read and was left out.")
        return replace(raster, notes=(*raster.notes, note))
    return raster if icc is None else replace(raster, icc=icc, notes=(*raster.notes, tr(TOLD)))


def of_png(chunks: Mapping[bytes, bytes], grey: bool) -> bytes | None:
    """The profile that gAMA and cHRM stand for; None for sRGB and where other chunks count.

    Raises:
        struct.error, ValueError: a chunk is damaged.
    """
    if any(name in chunks for name in (b"cICP", b"iCCP", b"sRGB")):
        return None
    gamma, white, corners = _GAMMA, D65, _SRGB
    if b"gAMA" in chunks:
        (value,) = struct.unpack(">I", chunks[b"gAMA"])
        if not 1_000 <= value <= 1_000_000:
            raise ValueError("a gamma that no picture has")
        gamma = 100_000 / value
    if b"cHRM" in chunks and not grey:
        x, y, *others = (value / 100_000 for value in struct.unpack(">8I", chunks[b"cHRM"]))
        white, corners = (x, y), tuple(others)
    return profile(gamma, white, corners, grey)


def of_tiff(tree: Tree, bits: int, grey: bool) -> bytes | None:
    """The same from a directory with `TAGS`.

    Args:
        bits: a sample, of which the transfer function has all values; 0 where it means nothing.

    Raises:
        KeyError, ValueError: a value is damaged.
    """
    found = [tree[tag] for tag in TAGS if isinstance(tree.get(tag), Value)]
    if not found or (grey and _TRANSFER not in tree):
        return None
    white, corners = _numbers(tree.get(_WHITE)) or D65, _numbers(tree.get(_PRIMARIES)) or _SRGB
    if len(white) != 2 or len(corners) != 6:
        raise ValueError("not as many numbers as there must be")
    function = tree.get(_TRANSFER) if bits else None
    curve = _light(function, bits, grey) if isinstance(function, Value) else _GAMMA
    return profile(curve, (white[0], white[1]), corners, grey)


def of_exif(blob: bytes | None) -> bytes | None:
    """Adobe RGB where a camera marks it in its own way, else None.

    Raises:
        struct.error, ValueError: the blob cannot be read.
    """
    if blob is None:
        return None
    inner = ifd.tree_in(ifd.Source.of(blob.removeprefix(PREFIX)), wanted=())[0].get(ifd.EXIF)
    if not isinstance(inner, dict):
        return None
    space, letters = inner.get(_SPACE), inner.get(ifd.INTEROP)
    number = int.from_bytes(space.data[:2], "little") if isinstance(space, Value) else 0
    index = letters.get(_INDEX) if isinstance(letters, dict) else None
    by_letters = isinstance(index, Value) and index.data.startswith(b"R03")
    adobe = number == _IS_ADOBE or (by_letters and number != _IS_SRGB)
    return profile(563 / 256, corners=_ADOBE) if adobe else None


def profile(
    curve: float | Values, white: White = D65, corners: Corners = _SRGB, grey: bool = False
) -> bytes | None:
    """The profile of colours with these primaries; None for those of sRGB.

    Args:
        curve: a power, or the light, 0 to 1, of values evenly from 0 to 1, (N,) or (3, N).
        white, corners: x and y of white, and of red, green and blue.
        grey: the picture has one channel, and the primaries mean nothing.
    """
    same = grey or _near((*white, *corners), (*D65, *_SRGB))
    if isinstance(curve, float):
        if same and abs(curve - _GAMMA) < _NEAR * 10:
            return None
        how: dict[str, Any] = {"gamma": curve}
    else:
        usual = srgb_light(np.linspace(0, 1, curve.shape[-1]))
        if same and bool((np.abs(curve - usual) < _SAME_LIGHT).all()):
            return None
        how = {"transferfunction": np.rint(curve * 65535).astype(np.uint16)}
    made: bytes = (
        imagecodecs.cms_profile("gray", **how)
        if grey
        else imagecodecs.cms_profile("rgb", whitepoint=white, primaries=corners, **how)
    )
    return made


def _near(some: tuple[float, ...], others: tuple[float, ...]) -> bool:
    return all(abs(a - b) < _NEAR for a, b in zip(some, others, strict=True))


def _numbers(value: Value | Tree | None) -> tuple[float, ...]:
    """From fractions or floats."""
    if not isinstance(value, Value):
        return ()
    if value.kind != _RATIONAL:
        return tuple(np.frombuffer(value.data, _FLOATS[value.kind]).astype(float).tolist())
    pairs = np.frombuffer(value.data, "<u4").reshape(-1, 2).astype(float)
    return tuple((pairs[:, 0] / np.maximum(pairs[:, 1], 1)).tolist())


def _light(function: Value, bits: int, grey: bool) -> Values:
    """(N,) or (3, N): the curve of a transfer function, rising."""
    table = np.frombuffer(function.data, "<u2")
    sizes = (1 << bits, 3 << bits)
    if function.kind != _SHORT or bits > 16 or table.size not in sizes[: 2 - grey]:
        raise ValueError("not as many numbers as there must be")
    rows = table.reshape(-1, 1 << bits) / 65535
    if (rows[:, 0] > rows[:, -1]).all():  # of values of which 0 is white
        rows = rows[:, ::-1]
    if (rows[:, -1] - rows[:, 0] < 0.5).any():
        raise ValueError("no curve that a picture has")
    at = np.linspace(0, 1, min(rows.shape[1], _ENTRIES))
    curves = np.array([np.interp(at, np.linspace(0, 1, len(row)), row) for row in rows])
    return curves[0] if len(curves) == 1 else curves
