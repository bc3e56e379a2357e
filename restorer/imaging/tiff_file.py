"""TIFF with integer or float samples of any depth, through tifffile."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import Image
from tifffile import (
    COMPRESSION,
    PHOTOMETRIC,
    PLANARCONFIG,
    SAMPLEFORMAT,
    TiffFile,
    TiffPage,
    TiffWriter,
)

from restorer.imaging import chromaticities, pillow_files, tiff_tags
from restorer.imaging.infrared import is_infrared
from restorer.imaging.jpeg_extras import left_out
from restorer.imaging.levels import narrow, normalise_levels
from restorer.imaging.metadata import with_metadata
from restorer.imaging.no_data import gaps
from restorer.imaging.raster import (
    LEAST,
    Kind,
    Raster,
    Samples,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
    to_float,
)
from restorer.imaging.raw_develop import develop
from restorer.imaging.raw_files import SensorData
from restorer.imaging.segments import check_segments, jpeg_frame
from restorer.imaging.tiff_pages import pages, picture_page
from restorer.words import marked as _
from restorer.words import tr

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
_BRIGHTNESS = (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB)  # higher values are brighter
_OLD_JPEG, _INTERCHANGE = 6, (513, 514)
_JPEG = (7, 34892)  # compressions that come with their own YCbCr
_ASSOCIATED, _UNASSOCIATED = 1, 2  # ExtraSamples
# The most bytes of samples that a byte of a file can stand for, by compression; where it is one,
# the file may be cut short.
_RATIOS: dict[int, float] = {
    COMPRESSION.NONE: 1 / LEAST,
    COMPRESSION.PACKBITS: 64,
    COMPRESSION.LZW: 4096 / 1.5,
    COMPRESSION.ADOBE_DEFLATE: 1032,
    COMPRESSION.DEFLATE: 1032,
}
_LARGE = 3 << 30  # bytes, of what a file with offsets of four is no longer sure to hold
_PIXELS = {_OLD_JPEG: 512, 7: 512}  # the most pixels that a byte can stand for

# A damaged file ends in a sentence for the person; the libraries' own complaints add nothing.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; with `partial`, the strips or tiles present (the rest is black).

    Raises:
        Unreadable: a kind of TIFF that is not a picture in the sense of `Picture`.
    """
    try:
        with TiffFile(io.BytesIO(data)) as tif:
            page, notes = picture_page(tif)
            raster = _decoded(tif, page, data, partial)
            return replace(raster, notes=(*raster.notes, *notes), several=bool(notes))
    except SensorData as found:
        return develop(data, found.kind)


def decode_pages(data: bytes) -> Iterator[Raster]:
    """Read picture after picture of a file with several. Raises as `decode`."""
    try:
        with TiffFile(io.BytesIO(data)) as tif:
            for page in pages(tif):
                yield _decoded(tif, page, data, partial=False)
    except SensorData as found:
        yield develop(data, found.kind)


def _decoded(tif: TiffFile, page: TiffPage, data: bytes, partial: bool) -> Raster:
    check_size(page.imagewidth, page.imagelength)
    if page.photometric not in _KINDS or page.imagedepth != 1 or page.samplesperpixel > 8:
        raise Unreadable("is a kind of TIFF that Restorer cannot show")
    complete = _blank_missing(page, data) if partial else 1.0
    pixels = page.imagewidth * page.imagelength
    most = min(_most(page, data), pixels * complete / LEAST)
    check_held(page.imagewidth, page.imagelength, most)
    if page.is_tiled:  # a tile may be larger than the picture
        check_size(page.tilewidth, page.tilelength)
        check_held(page.tilewidth, page.tilelength, _most(page, data))
    if page.compression == _OLD_JPEG or (
        page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEG
    ):
        raster = _by_pillow(page, data)
    else:
        if page.dtype is None or page.dtype.kind not in "buif":
            raise Unreadable("is a TIFF of numbers that Restorer cannot read")
        check_segments(page, data)
        raster = _measured(page, _samples(page))
    raster = with_metadata(
        replace(raster, complete=complete),
        exif=lambda: tiff_tags.exif(tif, page, data),
        icc=lambda: tiff_tags.blob(page, tiff_tags.ICC),
        xmp=lambda: tiff_tags.blob(page, tiff_tags.XMP),
        dpi=lambda: tiff_tags.dpi(page, data),
        geo=lambda: tiff_tags.geo(page, data),
        iptc=lambda: tiff_tags.iptc(page, data),
    )
    strangers = left_out(tiff_tags.strangers(page))
    raster, grey = replace(raster, notes=(*raster.notes, *strangers)), raster.kind == "grey"
    raster = chromaticities.add_profile(raster, lambda: tiff_tags.colours(page, data, grey))
    return chromaticities.add_profile(raster, lambda: chromaticities.of_exif(raster.exif))


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write 8, 16 or 32 bits, deflated, with ICC profile, EXIF, XMP, IPTC and resolution."""
    encode_pages([raster], file, large=raster.stacked.nbytes > _LARGE)


def encode_pages(rasters: Iterable[Raster], file: BinaryIO, *, large: bool) -> None:
    """Write page after page; `large` if together they may exceed 4 GB."""
    with TiffWriter(file, bigtiff=large, byteorder="<") as tif:
        for raster in rasters:
            _write_page(tif, raster, file)


def _write_page(tif: TiffWriter, raster: Raster, file: BinaryIO) -> None:
    samples = raster.stacked
    tags = list(tiff_tags.exif_tags(raster.exif, file))
    if raster.xmp:
        tags.append((tiff_tags.XMP, "B", len(raster.xmp), raster.xmp, True))
    if raster.geo:
        tags += tiff_tags.geo_tags(raster.geo)
    if raster.iptc:
        tags.append((tiff_tags.IPTC, 7, len(raster.iptc), raster.iptc, True))
    tif.write(
        samples,
        photometric="minisblack" if raster.kind == "grey" else "rgb",
        planarconfig="contig" if samples.ndim == 3 else None,
        extrasamples=None if raster.alpha is None else ["unassalpha"],
        compression="adobe_deflate",
        predictor=samples.dtype.kind == "f" or samples.itemsize < 8,  # none for long integers
        iccprofile=raster.icc,
        resolution=raster.dpi,
        extratags=tags,
        metadata=None,
        software=False,
    )


def _most(page: TiffPage, data: bytes) -> float:
    """The most pixels that the file can hold."""
    if page.compression in _PIXELS:
        return len(data) * _PIXELS[page.compression]
    ratio = _RATIOS.get(page.compression)
    if ratio is None:
        return most_unbounded(len(data))
    return len(data) * ratio * 8 / max(1, page.bitspersample * page.samplesperpixel)


def _by_pillow(page: TiffPage, data: bytes) -> Raster:
    """Pictures that libtiff decodes but tifffile does not: YCbCr of 8 bits, and old-style JPEG."""
    if page.planarconfig == PLANARCONFIG.SEPARATE:
        raise NotImplementedError("planes of YCbCr")
    with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
        if isinstance(page.index, int):  # of the chain, not below another page
            image.seek(page.index)
        while image.size != (page.imagewidth, page.imagelength):
            image.seek(image.tell() + 1)
        try:
            samples = np.asarray(image.convert("L" if image.mode == "L" else "RGB"))
        except OSError:  # tables that are wrong, where the JPEG in it has its own
            return replace(pillow_files.decode(_old_jpeg(page, data)), format="TIFF", notes=())
    if samples.ndim == 2:
        return Raster(samples[..., None], "grey", 255.0, 8, "TIFF")
    return Raster(samples, "rgb", 255.0, 8, "TIFF")


def _old_jpeg(page: TiffPage, data: bytes) -> bytes:
    """The JPEG in an old-style TIFF (TIFF 6.0, section 22)."""
    start, length = (page.tags.valueof(tag, default=(0,))[0] for tag in _INTERCHANGE)
    stream = data[start : start + length]
    if (jpeg_frame(stream) or ())[1:] != (page.imagewidth, page.imagelength):
        raise ValueError("no whole JPEG")
    return stream


def _samples(page: TiffPage) -> Samples:
    """(H, W, S) whatever the planar configuration."""
    stored = page.asarray(squeeze=False)  # (separate samples, depth, H, W, samples)
    if stored.shape[0] > 1:
        stored = np.moveaxis(stored[..., 0], 0, -1)[None]
    samples: Samples = stored[0, 0]
    return samples


def _measured(page: TiffPage, stored: Samples) -> Raster:
    """The picture, where values may be missing."""
    whole = page.bitspersample == 8 * stored.itemsize
    colours = page.photometric in _BRIGHTNESS and _KINDS[page.photometric][1]
    if not whole or stored.shape[2] != colours:
        return _raster(page, stored)
    found = gaps(stored, tiff_tags.no_data(page))
    return _raster(page, stored) if found is None else found.mark_empty(_raster(page, found.filled))


def _raster(page: TiffPage, stored: Samples) -> Raster:
    kind, colours = _KINDS[page.photometric]
    colour, extra = stored[..., :colours], stored[..., colours:]
    notes: tuple[str, ...] = ()
    if page.bitspersample == 1:
        colour, extra = (x.astype(np.uint8) for x in (colour, extra))
    white = float(2 ** min(page.bitspersample, 32) - 1)
    bits = 8 if page.bitspersample <= 8 else 16
    levels = None
    own = page.sampleformat in (SAMPLEFORMAT.IEEEFP, SAMPLEFORMAT.INT) or page.bitspersample > 16
    if own and kind != "lab" and page.photometric != PHOTOMETRIC.PALETTE:
        colour, levels, notes = normalise_levels(colour)
        extra = _unit(extra)
        white = 1.0
        bits = 32 if page.sampleformat == SAMPLEFORMAT.IEEEFP or page.bitspersample > 16 else bits

    alpha: Samples | None = None
    infrared: Samples | None = None
    kinds = page.extrasamples
    if extra.shape[2] and kinds and kinds[0] in (_ASSOCIATED, _UNASSOCIATED):
        if levels is not None:
            notes += (tr("Beside transparency the file's own range is not kept."),)
        alpha, levels = extra[..., 0], None
        if kinds[0] == _ASSOCIATED:
            colour = _unpremultiplied(colour, alpha, white)
    elif extra.shape[2]:
        infrared = extra[..., 0] if _lets_infrared_pass(page, extra, white) else None
        notes += (tr(_INFRARED),) if infrared is not None else (_left_out(extra.shape[2]),)

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
    elif alpha is None and colour.dtype == np.uint16 and white == 65535 and _is_plain(page, kind):
        levels, said = narrow(colour)
        white, notes = levels.white if levels else white, notes + said
    return Raster(colour, kind, white, bits, "TIFF", alpha, infrared, levels=levels, notes=notes)


def _is_plain(page: TiffPage, kind: Kind) -> bool:
    """Whether the values may be raw detector values: no profile says which colours they mean."""
    return kind == "grey" or (kind == "rgb" and tiff_tags.ICC not in page.tags)


_INFRARED = _("The last channel is a scanner's infrared: it shows where dust and scratches are.")


def _lets_infrared_pass(page: TiffPage, extra: Samples, white: float) -> bool:
    """Whether the one extra channel is a film scanner's infrared."""
    if extra.shape[2] > 1 or page.photometric != PHOTOMETRIC.RGB:
        return False
    return is_infrared(to_float(extra[..., 0], white))


def _left_out(number: int) -> str:
    if number == 1:
        return tr("The file does not say what its last channel is; it was left out.")
    return tr("{number} channels beyond the colours were left out.", number=number)


def _unit(extra: Samples) -> Samples:
    """Extra channels as float32 in 0..1, on the scale of their type or their own."""
    if not extra.size:
        return extra
    whole = 1.0 if extra.dtype.kind == "f" else float(np.iinfo(extra.dtype).max)
    top = float(np.nanmax(extra)) if extra.dtype.kind == "f" else whole
    share = np.nan_to_num(extra.astype(np.float64) / max(whole, top))
    return share.clip(0, 1).astype(np.float32)


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
    """Make tifffile skip segments beyond the end of the file; the share that is present."""
    offsets, counts = page.dataoffsets, page.databytecounts
    there = [o + n <= len(data) for o, n in zip(offsets, counts, strict=True)]
    page.dataoffsets = tuple(o if ok else 0 for o, ok in zip(offsets, there, strict=True))
    page.databytecounts = tuple(n if ok else 0 for n, ok in zip(counts, there, strict=True))
    return sum(there) / max(len(there), 1)
