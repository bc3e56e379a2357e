"""JPEG XL with 8 to 16 bits and floats, through imagecodecs; EXIF and XMP as boxes beside it."""

from __future__ import annotations

from typing import BinaryIO

import imagecodecs
import numpy as np

from restorer.imaging import exif, pillow_files
from restorer.imaging.code_points import TOLD
from restorer.imaging.exif import PREFIX
from restorer.imaging.iso_media import box, boxes
from restorer.imaging.jxl_header import BARE, Header, codestream, read_header, with_srgb_curve
from restorer.imaging.jxl_profile import profile_in, with_profile
from restorer.imaging.levels import normalise_levels
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import (
    Raster,
    Samples,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
)
from restorer.words import tr

_MAX_METADATA = 64 << 20
_EFFORT = 5  # of 9


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; a JPEG that was packed without loss is read as the JPEG it was."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    boxes = {} if data.startswith(BARE) else dict(_unpacked(data))
    if b"jbrd" in boxes:
        return pillow_files.decode(bytes(imagecodecs.jpegxl_decode_jpeg(data, numthreads=1)))
    stream = codestream(data)
    header = read_header(stream)
    check_size(header.width, header.height)
    check_held(header.width, header.height, most_unbounded(len(data)))
    if header.black:
        raise NotImplementedError("inks")
    pixels = np.asarray(imagecodecs.jpegxl_decode(data, index=0))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    has_alpha = pixels.shape[2] in (2, 4)
    if pixels.shape[2] > 4:
        raise Unreadable("is a JPEG XL picture with channels that Restorer cannot show")
    white = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    samples, levels, said = pixels[..., : pixels.shape[2] - has_alpha], None, tuple[str, ...]()
    if white == 1:
        samples, levels, said = normalise_levels(samples.astype(np.float32, copy=False))
    raster = Raster(
        samples=samples,
        kind="grey" if pixels.shape[2] < 3 else "rgb",
        white=white,
        bits=32 if white == 1 else 8 if white == 255 else 16,
        format="JXL",
        alpha=pixels[..., -1].astype(samples.dtype, copy=False) if has_alpha else None,
        levels=levels,
        notes=(
            *said,
            *(tr("Only the first frame was opened."),) * header.animated,
            *(tr("The colours were converted to sRGB."),) * (header.has_icc and header.xyb),
            *(tr(TOLD),) * (header.told and header.profile() is not None),
        ),
        several=header.animated,
    )
    blob = boxes.get(b"Exif")
    return with_metadata(
        raster,
        icc=lambda: _profile(stream, header),
        # The picture is turned by its own header, which counts before EXIF (ISO/IEC 18181-2).
        exif=lambda: exif.upright(exif.normalise_strictly(blob and _tiff(blob))),
        xmp=lambda: boxes.get(b"xml "),
        cicp=lambda: header.hdr,
    )


def encode(raster: Raster, file: BinaryIO, quality: int) -> None:
    """Write 8 or 16 bits; quality 100 is lossless, and so is what has a colour profile."""
    deep, lossless = raster.bits > 8, quality == 100 or raster.icc is not None
    encoded = imagecodecs.jpegxl_encode(
        np.ascontiguousarray(_light(raster) if deep and not lossless else raster.stacked),
        distance=None if lossless else _distance(quality),
        lossless=lossless,
        effort=_EFFORT,
        usecontainer=True,
    )
    # imagecodecs takes more than 8 bits for linear light, and says so in the file.
    for kind, body in boxes(bytes(encoded)):
        if kind == b"jxlc" and raster.icc:
            body = with_profile(body, raster.icc)
        elif kind == b"jxlc" and deep:
            body = with_srgb_curve(body)
        file.write(box(kind, body))
    if raster.exif:
        file.write(box(b"Exif", bytes(4) + raster.exif.removeprefix(PREFIX)))
    if raster.xmp:
        file.write(box(b"xml ", raster.xmp))


def _light(raster: Raster) -> Samples:
    """The samples with the colours in linear light, as 16 bits."""
    coded = np.arange(65536) / 65535
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    deep: Samples = np.rint(light * 65535).astype(np.uint16)[raster.samples]
    return deep if raster.alpha is None else np.dstack([deep, raster.alpha])


def _distance(quality: int) -> float:
    """Butteraugli's distance that libjxl takes for a quality of JPEG."""
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25


def _unpacked(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes, of which some are packed by Brotli (ISO/IEC 18181-2, 9.4)."""
    found = []
    for kind, body in boxes(data):
        if kind == b"brob" and body[:4] in (b"Exif", b"xml "):
            unpacked = imagecodecs.brotli_decode(body[4:], out=min(_MAX_METADATA, 1 << 24))
            kind, body = body[:4], bytes(unpacked)
        found.append((kind, body))
    return found


def _tiff(blob: bytes) -> bytes:
    return blob[4 + int.from_bytes(blob[:4], "big") :]


def _profile(stream: bytes, header: Header) -> bytes | None:
    """Of the samples as they come out.

    Raises:
        ValueError: it cannot be read.
    """
    own = header.has_icc and not header.xyb
    return profile_in(stream, header) if own else header.profile()
