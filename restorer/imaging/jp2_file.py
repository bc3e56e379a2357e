"""JPEG 2000, bare or with boxes (ISO/IEC 15444-1, annex I), of 1 to 16 bits."""

from __future__ import annotations

import io
import struct

import imagecodecs
import numpy as np
from PIL import Image

from restorer.imaging import exif, ifd
from restorer.imaging.geo import TAGS, packed
from restorer.imaging.iso_media import boxes
from restorer.imaging.jpeg_extras import left_out
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import (
    Kind,
    Raster,
    Samples,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
)

_STREAM = b"\xff\x4f\xff\x51"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_GEOTIFF = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")  # a GeoTIFF of one pixel
_PROFILES, _NUMBERED = (2, 3), 1
_CMYK, _GREY = 12, 17
_INCH = 0.0254


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; a truncated file gives nothing."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    parts = [] if data.startswith(_STREAM) else list(boxes(data))
    inner = list(boxes(dict(parts).get(b"jp2h", b"")))
    stream = data if not parts else dict(parts)[b"jp2c"]
    width, height, bits = _size(stream)
    check_size(width, height)
    check_held(width, height, most_unbounded(len(data)))
    colours = dict(inner).get(b"colr", b"\0\0\0")
    pixels = _pixels(data, bits)
    kind: Kind = "grey" if pixels.shape[2] < 3 else "rgb"
    if colours[0] == _NUMBERED and int.from_bytes(colours[3:7]) == _CMYK and pixels.shape[2] == 4:
        kind = "cmyk"
    has_alpha = pixels.shape[2] in (2, 4) and kind != "cmyk"
    if pixels.shape[2] > 4:
        raise Unreadable("is a JPEG 2000 picture with channels that Restorer cannot show")
    raster = Raster(
        samples=pixels[..., : pixels.shape[2] - has_alpha],
        kind=kind,
        white=float(2**bits - 1),
        bits=8 if bits <= 8 else 16,
        format="JP2",
        alpha=pixels[..., -1] if has_alpha else None,
        notes=left_out(["XML"] * any(name == b"xml " for name, _body in parts)),
    )
    extra = {body[:16]: body[16:] for name, body in parts if name == b"uuid"}
    return with_metadata(
        raster,
        icc=lambda: colours[3:] if colours[0] in _PROFILES else None,
        exif=lambda: exif.normalise_strictly(extra.get(_EXIF)),
        xmp=lambda: extra.get(_XMP),
        iptc=lambda: extra.get(_IPTC),
        geo=lambda: _geo(extra.get(_GEOTIFF)),
        dpi=lambda: _dpi(dict(boxes(dict(inner).get(b"res ", b"")))),
    )


def _size(stream: bytes) -> tuple[int, int, int]:
    """Width, height and bits per sample, from the codestream."""
    if not stream.startswith(_STREAM):
        raise ValueError("no codestream")
    right, lower, left, upper = struct.unpack_from(">4I", stream, 8)
    depth = stream[42]
    if depth & 0x80 or not 1 <= depth + 1 <= 16:
        raise Unreadable("is a JPEG 2000 picture of numbers that Restorer cannot read")
    return right - left, lower - upper, depth + 1


def _pixels(data: bytes, bits: int) -> Samples:
    """(H, W, C). Subsampled or non-RGB pictures are decoded by Pillow, with eight bits."""
    try:
        pixels = np.asarray(imagecodecs.jpeg2k_decode(data))
    except Exception:  # whatever it does not know
        if bits != 8:
            raise
        with Image.open(io.BytesIO(data), formats=("JPEG2000",)) as image:
            pixels = np.asarray(image.convert("RGB") if image.mode == "YCbCr" else image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _geo(tiff: bytes | None) -> bytes | None:
    return packed(ifd.tree_in(ifd.Source.of(tiff), wanted=TAGS)[0]) if tiff else None


def _dpi(inner: dict[bytes, bytes]) -> exif.Dpi | None:
    """Pixels per metre: the capture resolution, or else the display resolution."""
    found = inner.get(b"resc") or inner.get(b"resd")
    if found is None:
        return None
    up, up_of, across, across_of, up_tens, across_tens = struct.unpack_from(">4H2b", found)
    x = across / max(1, across_of) * 10.0**across_tens
    y = up / max(1, up_of) * 10.0**up_tens
    return exif.plausible_dpi((x * _INCH, y * _INCH))
