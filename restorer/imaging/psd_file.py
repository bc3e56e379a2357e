"""Photoshop files (PSD, PSB): the merged picture of all layers, which most of them have.

After "Adobe Photoshop File Formats Specification" (2019): a header, a palette, resources, layers,
and the picture, channel by channel.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import imagecodecs
import numpy as np

from restorer.imaging import exif, scratch
from restorer.imaging.jpeg_extras import known_names, left_out
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import LEAST, Kind, Raster, Samples, Unreadable, check_held, check_size
from restorer.imaging.texts import resources_of
from restorer.words import marked as _
from restorer.words import plural, tr

_MODES: dict[int, tuple[Kind, int]] = {1: ("grey", 1), 8: ("grey", 1), 3: ("rgb", 3)}
_MODES |= {2: ("rgb", 1), 4: ("cmyk", 4), 9: ("lab", 3)}
_INDEXED = 2
_RESOLUTION, _IPTC, _ICC, _VERSION, _EXIF, _XMP = 1005, 1028, 1039, 1057, 1058, 1060
_RAW, _PACKED = 0, 1
_NOT_ON_WHITE = 0.01  # the share of values that are darker than so much white allows
_PACKBITS = 64  # bytes that one can stand for


@dataclass(frozen=True)
class _Head:
    large: bool
    channels: int
    height: int
    width: int
    bits: int
    mode: int


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the merged picture; a truncated file gives nothing."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    version, channels, height, width, bits, mode = struct.unpack_from(">H6xHIIHH", data, 4)
    head = _Head(version == 2, channels, height, width, bits, mode)
    check_size(width, height)
    if mode not in _MODES or bits not in (8, 16) or not _MODES[mode][1] <= channels <= 56:
        raise Unreadable("is a kind of Photoshop file that Restorer cannot show")
    palette, at = _section(data, 26, "I")
    block, at = _section(data, at, "I")
    layers, at = _section(data, at, "Q" if head.large else "I")
    resources = dict(resources_of(block))
    if resources.get(_VERSION, b"\0\0\0\0\1")[4:5] == b"\0":
        raise Unreadable(
            "holds layers only; save it in Photoshop with its compatibility maximised to open it"
        )
    check_held(width, height, (len(data) - at) * 8 / bits * _PACKBITS / channels / LEAST)
    return _with_resources(_raster(head, _planes(head, data, at), palette, layers), resources)


def _section(data: bytes, at: int, form: str) -> tuple[bytes, int]:
    """A section of the file, which follows its length, and the offset of the next one."""
    (length,) = struct.unpack_from(">" + form, data, at)
    start = at + struct.calcsize(form)
    if start + length > len(data):
        raise EOFError("a part runs beyond the end")
    return data[start : start + length], start + length


def _planes(head: _Head, data: bytes, at: int) -> Samples:
    """(channels, H, W)."""
    (packing,) = struct.unpack_from(">H", data, at)
    at += 2
    rows, wide = head.channels * head.height, head.width * head.bits // 8
    if packing == _PACKED:
        counts = np.frombuffer(data, ">u4" if head.large else ">u2", rows, at).astype(np.int64)
        ends = at + counts.nbytes // (2 if head.large else 4) + np.cumsum(counts)
        if ends[-1] > len(data):
            raise EOFError("rows are missing")
        out = scratch.empty((rows, wide), np.uint8)
        for row, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
            line = imagecodecs.packbits_decode(data[end - count : end])
            out[row] = np.frombuffer(line, np.uint8)[:wide]
    elif packing == _RAW:
        out = np.frombuffer(data, np.uint8, rows * wide, at).reshape(rows, wide)
    else:
        raise Unreadable("is a kind of Photoshop file that Restorer cannot show")
    planes: Samples = out.view(">u2").astype(np.uint16) if head.bits == 16 else out
    return planes.reshape(head.channels, head.height, head.width)


def _raster(head: _Head, planes: Samples, palette: bytes, layers: bytes) -> Raster:
    kind, colours = _MODES[head.mode]
    white, notes = float(2**head.bits - 1), list[str]()
    samples = np.ascontiguousarray(np.moveaxis(planes[:colours], 0, -1))
    (count,) = struct.unpack_from(">h", layers, 8 if head.large else 4) if len(layers) > 9 else (0,)
    if abs(count) > 1:
        said = _("Of {n} layers only the picture that they make was opened.")
        notes.append(tr(said, n=abs(count)))
    alpha = planes[colours] if count < 0 and len(planes) > colours else None
    beside = len(planes) - colours - (alpha is not None)
    if beside:
        notes.append(
            plural(
                "{n} channel beyond the colours left out.",
                "{n} channels beyond the colours left out.",
                beside,
            )
        )
    if head.mode == _INDEXED:
        if len(palette) < 768:
            raise Unreadable("has a palette without colours")
        samples = np.frombuffer(palette[:768], np.uint8).reshape(3, 256).T[samples[..., 0]]
    elif kind == "cmyk":
        samples = np.asarray(white, samples.dtype) - samples  # no ink is white
    if alpha is not None and kind in ("grey", "rgb"):
        samples = _off_white(samples, alpha, white)
    return Raster(samples, kind, white, head.bits, "PSD", alpha, notes=tuple(notes))


def _off_white(samples: Samples, alpha: Samples, white: float) -> Samples:
    """The colours without the white that Photoshop, unlike some programs, blends them with."""
    darker = samples.astype(np.int32) + 1 < (white - alpha)[..., None]
    if darker.mean() > _NOT_ON_WHITE:
        return samples
    share = np.maximum(alpha, 1)[..., None] / np.float32(white)
    straight = (samples - np.float32(white) * (1 - share)) / share
    return np.rint(straight).clip(0, white).astype(samples.dtype)


def _with_resources(raster: Raster, resources: dict[int, bytes]) -> Raster:
    def dpi() -> exif.Dpi | None:
        if _RESOLUTION not in resources:
            return None
        x, y = struct.unpack_from(">I4xI", resources[_RESOLUTION])
        return exif.plausible_dpi((x / 65536, y / 65536))

    raster = replace(raster, notes=(*raster.notes, *left_out(known_names(resources))))
    return with_metadata(
        raster,
        icc=lambda: resources.get(_ICC),
        exif=lambda: exif.normalise_strictly(resources.get(_EXIF)),
        xmp=lambda: resources.get(_XMP),
        iptc=lambda: resources.get(_IPTC),
        dpi=dpi,
    )
