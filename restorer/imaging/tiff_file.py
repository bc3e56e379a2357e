"""TIFF with integer or float samples of any depth, through tifffile."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from tifffile import PHOTOMETRIC, SAMPLEFORMAT, TiffFile, TiffPage, TiffWriter

from restorer.imaging.raster import Kind, Raster, Samples, Unreadable, check_size

_KINDS: dict[int, tuple[Kind, int]] = {
    PHOTOMETRIC.MINISWHITE: ("grey", 1),
    PHOTOMETRIC.MINISBLACK: ("grey", 1),
    PHOTOMETRIC.RGB: ("rgb", 3),
    PHOTOMETRIC.PALETTE: ("rgb", 1),
    PHOTOMETRIC.YCBCR: ("rgb", 3),
    PHOTOMETRIC.SEPARATED: ("cmyk", 4),
    PHOTOMETRIC.CIELAB: ("lab", 3),
    PHOTOMETRIC.ICCLAB: ("lab", 3),
}
_JPEG = (6, 7, 34892)  # compressions that come with their own YCbCr
_TEXT_TAGS = (270, 271, 272, 305, 306, 315, 33432)  # description, camera, dates, author, ...
_EXIF_TAGS = (*_TEXT_TAGS, 274)  # and the orientation
# By name: given by number, tifffile leaves these two out.
_DIRECTORIES = {"ExifTag": ExifTags.IFD.Exif, "GPSTag": ExifTags.IFD.GPSInfo}
_ICC, _XMP = 34675, 700
_Tag = tuple[int | str, Any, int, Any, bool]  # code, type, count, value, first page only
_ASSOCIATED, _UNASSOCIATED = 1, 2  # ExtraSamples

# A damaged file ends in a sentence for the person; the libraries' own complaints add nothing.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the first page; with `partial` the strips or tiles that are there (the rest is black).

    Raises:
        Unreadable: a kind of TIFF that is not a picture in the sense of `Picture`.
    """
    with TiffFile(io.BytesIO(data)) as tif:
        page = tif.pages.first
        check_size(page.imagewidth, page.imagelength)
        if page.photometric not in _KINDS or page.imagedepth != 1 or page.samplesperpixel > 8:
            raise Unreadable("is a kind of TIFF that Restorer cannot show")
        if page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEG:
            raise Unreadable("is a TIFF in YCbCr without JPEG, which Restorer cannot read")
        complete = _blank_missing(page, data) if partial else 1.0
        raster = _raster(page, _samples(page))
        notes = ("Only the first page was opened.",) if len(tif.pages) > 1 else ()
        return replace(
            raster,
            exif=_exif(tif, data),
            icc=_blob(page, _ICC),
            xmp=_blob(page, _XMP),
            notes=(*raster.notes, *notes),
            complete=complete,
        )


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write 8, 16 or 32 bits (float), deflated, with ICC profile, EXIF and XMP."""
    samples = raster.stacked
    with TiffWriter(file, bigtiff=samples.nbytes > 3 << 30, byteorder="<") as tif:
        tags = list(_exif_tags(raster.exif, file))
        if raster.xmp:
            tags.append((_XMP, "B", len(raster.xmp), raster.xmp, True))
        tif.write(
            samples,
            photometric="minisblack" if raster.kind == "grey" else "rgb",
            planarconfig="contig" if samples.ndim == 3 else None,
            extrasamples=None if raster.alpha is None else ["unassalpha"],
            compression="adobe_deflate",
            predictor=True,
            iccprofile=raster.icc,
            extratags=tags,
            metadata=None,
            software=False,
        )


def _samples(page: TiffPage) -> Samples:
    """(H, W, S) whatever the planar configuration."""
    try:
        stored = page.asarray(squeeze=False)  # (separate samples, depth, H, W, samples)
    except NotImplementedError as error:
        raise Unreadable("is a kind of TIFF that Restorer cannot read") from error
    if stored.shape[0] > 1:
        stored = np.moveaxis(stored[..., 0], 0, -1)[None]
    samples: Samples = stored[0, 0]
    return samples


def _raster(page: TiffPage, stored: Samples) -> Raster:
    kind, colours = _KINDS[page.photometric]
    colour, extra = stored[..., :colours], stored[..., colours:]
    notes: tuple[str, ...] = ()
    alpha: Samples | None = None
    white = float(2 ** min(page.bitspersample, 32) - 1)
    bits = 8 if page.bitspersample <= 8 else 16
    if page.sampleformat == SAMPLEFORMAT.IEEEFP:
        stored, notes = _limited(stored)
        colour, extra = stored[..., :colours], stored[..., colours:]
        white, bits = 1.0, 32
    elif page.sampleformat == SAMPLEFORMAT.INT and kind != "lab":
        colour, extra = np.maximum(colour, 0), np.maximum(extra, 0)
        white = float(2 ** (page.bitspersample - 1) - 1)
    elif page.bitspersample > 16:
        colour, extra = (x.astype(np.float64) / white for x in (colour, extra))
        white, bits = 1.0, 32
    if page.bitspersample == 1:
        colour, extra = (x.astype(np.uint8) for x in (colour, extra))

    kinds = page.extrasamples
    if extra.shape[2] and kinds and kinds[0] in (_ASSOCIATED, _UNASSOCIATED):
        alpha = extra[..., 0]
        if kinds[0] == _ASSOCIATED:
            colour = _unpremultiplied(colour, alpha, white)
    elif extra.shape[2]:
        notes += ("Channels beyond the colours were left out.",)

    if page.photometric == PHOTOMETRIC.PALETTE:
        if page.colormap is None:
            raise Unreadable("has a palette without colours")
        # Some write 8-bit colours times 257, others times 256: the high byte is right for both.
        palette = (np.moveaxis(page.colormap, 0, -1) >> 8).astype(np.uint8)
        alpha = None if alpha is None else alpha * np.float32(255 / white)
        colour, white, bits = palette[colour[..., 0]], 255.0, 8
    elif page.photometric == PHOTOMETRIC.MINISWHITE:
        colour = np.asarray(white, colour.dtype) - colour
    elif kind == "lab":
        colour, white = _lab(page, colour)
    return Raster(colour, kind, white, bits, "TIFF", alpha=alpha, notes=notes)


def _limited(samples: Samples) -> tuple[Samples, tuple[str, ...]]:
    """Floats brought into 0..1: a few overshoots are clipped, whole other ranges are scaled."""
    samples = samples.astype(np.float32, copy=True)
    notes = []
    if not np.isfinite(samples).all():
        np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
        notes.append("Values that are not numbers were set to black.")
    low, high = float(samples.min()), float(samples.max())
    if high > 1 and float(np.mean(samples > 1)) > 1e-3:
        samples /= high
        notes.append(f"Values up to {high:g} were scaled to 0..1.")
    elif low < 0 or high > 1:
        notes.append("Values outside 0..1 were clipped.")
    return np.clip(samples, 0, 1, out=samples), tuple(notes)


def _unpremultiplied(colour: Samples, alpha: Samples, white: float) -> Samples:
    share = np.maximum(alpha.astype(np.float32), 1e-6 * white)[..., None] / np.float32(white)
    straight = np.minimum(colour / share, white)
    straight = straight if colour.dtype.kind == "f" else np.rint(straight)
    return straight.astype(colour.dtype)


def _lab(page: TiffPage, colour: Samples) -> tuple[Samples, float]:
    """CIELAB as Little CMS takes it: a and b with an offset of 128 (TIFF 6.0, section 23)."""
    if page.bitspersample == 8:
        flip = 0x80 if page.photometric == PHOTOMETRIC.CIELAB else 0
        return colour.astype(np.uint8) ^ np.array([0, flip, flip], np.uint8), 255.0
    if page.bitspersample != 16 or page.photometric != PHOTOMETRIC.CIELAB:
        raise Unreadable("is a LAB TIFF of a depth that Restorer cannot read")
    ab = colour[..., 1:].astype(np.int16).astype(np.float32)
    encoded = np.rint((ab / 256 + 128) * 257).clip(0, 65535).astype(np.uint16)
    return np.concatenate([colour[..., :1].astype(np.uint16), encoded], axis=2), 65535.0


def _blank_missing(page: TiffPage, data: bytes) -> float:
    """Make tifffile skip the segments that lie beyond the end; the share that is there."""
    offsets, counts = page.dataoffsets, page.databytecounts
    there = [o + n <= len(data) for o, n in zip(offsets, counts, strict=True)]
    page.dataoffsets = tuple(o if ok else 0 for o, ok in zip(offsets, there, strict=True))
    page.databytecounts = tuple(n if ok else 0 for n, ok in zip(counts, there, strict=True))
    return sum(there) / max(len(there), 1)


def _blob(page: TiffPage, code: int) -> bytes | None:
    value = page.tags.valueof(code)
    return bytes(value) if isinstance(value, bytes) and value else None


def _exif(tif: TiffFile, data: bytes) -> bytes | None:
    """The descriptive tags of the first page with its EXIF and GPS directories, as one blob."""
    page, blob = Image.Exif(), Image.Exif()
    page.endian, page.bigtiff = tif.byteorder, tif.is_bigtiff
    page.load_from_fp(io.BytesIO(data), tif.pages.first.offset)
    for tag in _EXIF_TAGS:
        if tag in page:
            blob[tag] = page[tag]
    for tag in _DIRECTORIES.values():
        if entries := _directory(page, tag):
            blob[tag] = entries
    return blob.tobytes() if len(blob) else None


def _directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    entries = exif.get_ifd(tag)
    if ExifTags.IFD.Interop in entries:
        return {**entries, ExifTags.IFD.Interop: exif.get_ifd(ExifTags.IFD.Interop)}
    return entries


def _exif_tags(
    blob: bytes | None, file: BinaryIO
) -> Iterable[tuple[int | str, Any, int, Any, bool]]:
    """Tags for tifffile; the EXIF and GPS directories are written to `file` where it stands."""
    if blob is None:
        return
    exif = Image.Exif()
    exif.load(blob)
    for tag in _TEXT_TAGS:
        if isinstance(text := exif.get(tag), str):
            yield tag, "s", 0, text, True
    for name, tag in _DIRECTORIES.items():
        if entries := _directory(exif, tag):
            directory = ImageFileDirectory_v2(b"II*\0\0\0\0\0", group=tag)
            directory.update(entries)
            offset = file.seek(0, io.SEEK_END)
            offset += file.write(b"\0" * (offset % 2))
            file.write(directory.tobytes(offset))
            yield name, "I", 1, offset, True
