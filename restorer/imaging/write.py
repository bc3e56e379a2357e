"""A `Picture` to a file, with all that came with it."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from restorer.errors import BadInput
from restorer.imaging import exif, metadata, pillow_files, png_file, provenance, tiff_file
from restorer.imaging.atomic import atomic_file, check_target
from restorer.imaging.levels import unlevelled
from restorer.imaging.names import printable
from restorer.imaging.picture import Levels, Picture, Pixels
from restorer.imaging.raster import Raster, Unreadable, to_integers

_FORMATS = {
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
}
SUFFIXES = tuple(_FORMATS)
_BITS = {"PNG": (8, 16), "TIFF": (8, 16, 32), "JPEG": (8,), "WEBP": (8,)}
_JPEG_LIMITS = {"exif": 65533, "xmp": 65533 - 29}  # one segment each (JPEG B.1.1.4, XMP part 3)
_JPEG_SIDE = 65500


def write_picture(
    picture: Picture,
    path: Path | str,
    *,
    force: bool = False,
    quality: int = 95,
    bits: int | None = None,
    xmp: bytes | None = None,
) -> tuple[str, ...]:
    """Write `picture` in the format the extension names; the file is there whole or not at all.

    Args:
        quality: 1..100 for JPEG and WebP; WebP at 100 is lossless.
        bits: 8, 16 or 32 (float, TIFF only); as in the picture, or the most the format holds.
        xmp: in place of the picture's own (see `provenance.with_record`).

    Returns:
        Plain sentences about what the format could not keep; empty when nothing was lost.

    Raises:
        BadInput: another extension, bits the format has not, `path` exists without `force`.
        RestorerError: the disk is full or failed.
    """
    path = Path(path)
    format = format_for(path)
    if not 1 <= quality <= 100:
        raise BadInput("Quality goes from 1 to 100.")
    depth = _depth(picture, format, bits)
    check_target(path, force=force)
    notes: list[str] = []
    if bits is None and depth < picture.bits:
        notes.append(f"{format} holds {depth} bits; the picture has {picture.bits}.")
    if format == "JPEG":
        picture, xmp = _fit_jpeg(picture, xmp or picture.xmp, notes)
    if picture.levels is not None and (bits is not None or not _holds(picture.levels, format)):
        notes.append(_without_levels(picture.levels, format, depth))
        picture = replace(picture, levels=None)
    encode = _encoder(format, quality)
    raster = metadata.writable(_raster(picture, depth, format, xmp or picture.xmp), encode)
    notes += raster.notes
    try:
        with atomic_file(path, force=force) as file:
            encode(raster, file)
    except Unreadable as error:
        raise BadInput(f"The picture {error}.") from error
    return tuple(notes)


def format_for(path: Path | str) -> str:
    """The format an output name asks for, as Pillow calls it.

    Raises:
        BadInput: none that can be written.
    """
    name, suffix = os.fspath(path), Path(path).suffix.lower()
    if suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise BadInput(f"{printable(name)} has no extension that can be written ({known}).")
    return _FORMATS[suffix]


def _encoder(format: str, quality: int) -> Callable[[Raster, BinaryIO], None]:
    if format == "PNG":
        return png_file.encode
    if format == "TIFF":
        return tiff_file.encode
    lossy = pillow_files.encode_jpeg if format == "JPEG" else pillow_files.encode_webp
    return lambda raster, file: lossy(raster, file, quality)


def _depth(picture: Picture, format: str, bits: int | None) -> int:
    possible = _BITS[format]
    if bits is None:
        return max(b for b in possible if b <= max(picture.bits, 8))
    if bits not in possible:
        depths = " or ".join(map(str, possible))
        raise BadInput(f"{format} holds {depths} bits a channel, not {bits}.")
    return bits


def _fit_jpeg(
    picture: Picture, xmp: bytes | None, notes: list[str]
) -> tuple[Picture, bytes | None]:
    """What JPEG cannot hold, taken out and noted."""
    if max(picture.size) > _JPEG_SIDE:
        raise BadInput(
            f"The picture is too large for JPEG, which ends at {_JPEG_SIDE} pixels a side."
        )
    if picture.alpha is not None:
        if float(picture.alpha.min()) < 1:
            notes.append("JPEG has no transparency; the picture was laid on white.")
        picture = replace(picture, pixels=_on_white(picture.pixels, picture.alpha), alpha=None)
    if picture.exif is not None and len(picture.exif) > _JPEG_LIMITS["exif"]:
        picture = replace(picture, exif=_shorter_exif(picture.exif, notes))
    if xmp is not None and len(xmp) > _JPEG_LIMITS["xmp"]:
        notes.append(
            "The XMP data is too long for JPEG; only the record of the restoration is kept."
        )
        xmp = provenance.only_record(xmp)
        picture = replace(picture, xmp=None)
    return picture, xmp


def _shorter_exif(blob: bytes, notes: list[str]) -> bytes | None:
    with suppress(ValueError, struct.error):
        shorter = exif.without_maker_note(blob)
        if len(shorter) <= _JPEG_LIMITS["exif"]:
            notes.append("The EXIF data is too long for JPEG; the maker note was left out.")
            return shorter
    notes.append("The EXIF data is too long for JPEG and was left out.")
    return None


def _holds(levels: Levels, format: str) -> bool:
    return format == "TIFF" or (format == "PNG" and levels.type == "uint16")


def _without_levels(levels: Levels, format: str, bits: int) -> str:
    own = f"{levels.black:g} to {levels.white:g}"
    top = 1 if bits == 32 else 2**bits - 1
    return f"{format} does not keep the file's own range: {own} became 0 to {top}."


def _on_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    white = pixels - 1
    white *= alpha[..., None]
    white += 1
    return white


def _raster(picture: Picture, bits: int, format: str, xmp: bytes | None) -> Raster:
    pixels = picture.pixels
    # A grey file cannot carry an RGB profile, and the profile says what the values mean.
    grey = picture.grey and picture.icc is None and _is_grey(pixels)
    if grey:
        pixels = pixels[..., :1]
    alpha = picture.alpha
    if picture.levels is not None:
        samples = unlevelled(pixels, picture.levels)
    else:
        samples = pixels if bits == 32 else to_integers(pixels, bits)
    return Raster(
        samples=samples,
        kind="grey" if grey else "rgb",
        white=1.0 if bits == 32 else float(2**bits - 1),
        bits=bits,
        format=format,
        alpha=alpha if alpha is None or bits == 32 else to_integers(alpha, bits),
        icc=picture.icc,
        exif=_exif(picture),
        xmp=xmp,
        dpi=picture.dpi,
        cicp=picture.cicp,
        iptc=picture.iptc,
        texts=picture.texts,
        levels=picture.levels,
    )


def _exif(picture: Picture) -> bytes | None:
    if picture.exif is None:
        return None
    with suppress(struct.error):  # damaged: carried along as it is
        return exif.with_size(picture.exif, *picture.size)
    return picture.exif


def _is_grey(pixels: Pixels) -> bool:
    first = pixels[..., 0]
    return np.array_equal(first, pixels[..., 1]) and np.array_equal(first, pixels[..., 2])
