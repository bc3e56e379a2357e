"""Writes a `Picture` to a file, with all its metadata."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restorer.errors import BadInput
from restorer.imaging import credentials, exif, metadata, provenance, thumbnail
from restorer.imaging.atomic import atomic_file, check_target
from restorer.imaging.bands import compute_bands
from restorer.imaging.colour import as_srgb
from restorer.imaging.formats import FORMATS, Encode, Format, SaveOptions, format_for
from restorer.imaging.geo import without_no_data
from restorer.imaging.grey import is_grey
from restorer.imaging.levels import restore_levels
from restorer.imaging.names import printable
from restorer.imaging.no_data import restore
from restorer.imaging.picture import Levels, Picture, Pixels
from restorer.imaging.raster import Raster, Unreadable, to_integers
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.imaging.signing import Signer

Seal = Callable[[BinaryIO], object]

_LARGE = 15 << 20  # bytes of a page, of which two hundred might not fit into a TIFF of 4 GB


def _no_seal(file: BinaryIO) -> None:
    """Does nothing; the default for what runs before a file gets its name."""


def write_picture(
    picture: Picture,
    path: Path | str,
    *,
    force: bool = False,
    quality: int | None = None,
    bits: int | None = None,
    xmp: bytes | None = None,
    signer: Signer | None = None,
    seal: Seal = _no_seal,
) -> tuple[str, ...]:
    """Write `picture` in the format that the extension names, atomically.

    Args:
        quality: 1..100, where the format has one; at 100 most lose nothing. By default as usual, or
            that of the picture's own file where it is better.
        bits: a channel, of those that the format holds; enough for the picture by default.
        xmp: in place of the picture's own (see `provenance.with_record`).
        signer: gives it Content Credentials, where the format has a place for them.
        seal: called with the whole file just before it gets its name.

    Returns:
        Plain sentences about what the format could not keep; empty when nothing was lost.

    Raises:
        BadInput: another extension, bits the format has not, `path` exists without `force`.
        RestorerError: the disk is full or failed.
    """
    path = Path(path)
    name = format_for(path)
    SaveOptions(quality if FORMATS[name].quality else None, bits).check(name)
    check_target(path, force=force)
    picture = replace(picture, xmp=xmp or picture.xmp)
    raster, encode = _prepared(picture, name, quality, bits)
    notes = raster.notes
    if signer is not None and credentials.can_hold(name):
        encode = signer.signing_encoder(encode, picture, name)
        notes = tuple(note for note in notes if note != tr(credentials.LEFT_OUT))
    elif signer is not None:
        notes += (
            tr(
                "{title} has no place for Content Credentials; it is not signed.",
                title=FORMATS[name].title,
            ),
        )
    try:
        with atomic_file(path, force=force) as file:
            encode(raster, file)
            seal(file)
    except Unreadable as error:
        raise BadInput("The picture {error}.", error=error) from error
    return notes


def write_pages(
    pictures: Iterable[Picture], path: Path | str, *, force: bool = False, bits: int | None = None
) -> tuple[str, ...]:
    """Write pictures as the pages of one TIFF, each as soon as it comes. As `write_picture`.

    Raises:
        BadInput: also for another format.
    """
    if format_for(path) != "TIFF":
        raise BadInput("Only TIFF holds several pages.")
    from restorer.imaging import tiff_file

    notes: dict[str, None] = {}

    def rasters() -> Iterator[Raster]:
        for picture in pictures:
            raster, _ = _prepared(picture, "TIFF", None, bits)
            notes.update(dict.fromkeys(raster.notes))
            yield raster

    pages = rasters()
    first = next(pages)
    with atomic_file(path, force=force) as file:
        tiff_file.encode_pages(chain([first], pages), file, large=first.samples.nbytes > _LARGE)
    return tuple(notes)


def copy_picture(
    picture: Picture,
    path: Path | str,
    *,
    force: bool = False,
    signer: Signer | None = None,
    seal: Seal = _no_seal,
) -> tuple[str, ...] | None:
    """Copy the file that a picture came from, to the byte.

    Args:
        signer: would have signed a changed picture.

    Returns:
        What to know of the copy: nothing is left out of it, whatever `Picture.notes` say. None
        where the name asks for another format, or the picture is a part of its file's.

    Raises:
        as `write_picture`; BadInput if the file is gone.
    """
    if picture.path is None or picture.crop or format_for(path) != picture.format:
        return None
    check_target(path, force=force)
    try:
        data = picture.path.read_bytes()
    except OSError as error:
        raise BadInput(
            "{path} could not be read again.", str(error), path=printable(picture.path)
        ) from error
    with atomic_file(path, force=force) as file:
        file.write(data)
        seal(file)
    notes = list[str]()
    if picture.several:
        said = _("Only the first frame or page was looked at; the copy has all of them.")
        notes.append(tr(said))
    if signer is not None:
        notes.append(tr("Nothing was changed; the copy is as the file was, and not signed anew."))
    return tuple(notes)


def _prepared(
    picture: Picture, name: str, quality: int | None, bits: int | None
) -> tuple[Raster, Encode]:
    """The picture as the format can hold it, with notes on losses, and what writes it."""
    format, notes = FORMATS[name], list[str]()
    depth = _depth(picture, format, bits)
    if bits is None and depth < picture.bits:
        notes.append(
            tr(
                "{title} holds {depth} bits; the picture has {bits}.",
                title=format.title,
                depth=depth,
                bits=picture.bits,
            )
        )
    if picture.levels is not None and (
        bits is not None or picture.levels.kind not in format.levels
    ):
        notes += _without_levels(picture.levels, format, depth)
        picture = replace(picture, levels=None, geo=without_no_data(picture.geo))
    picture = _fitting(picture, name, notes)
    if picture.credentials:
        notes.append(tr(credentials.LEFT_OUT))
    encode = format.encode(quality or _quality(picture, name))
    picture = replace(picture, exif=_exif(picture, format, notes))
    raster = metadata.writable(_raster(picture, depth, name), encode, format)
    return replace(raster, notes=(*notes, *raster.notes)), encode


def _quality(picture: Picture, name: str) -> int | None:
    """A quality that is no worse than that of the picture's own file."""
    format, own = FORMATS[name], picture.quality or 0
    if format.quality is None or own <= format.quality:
        return format.quality
    # What lost nothing cannot be kept so by JPEG.
    return own if format.lossless or picture.format == name else format.quality


def _depth(picture: Picture, format: Format, bits: int | None) -> int:
    if bits is None:
        enough = (depth for depth in format.depths if depth >= picture.bits)
        return min(enough, default=max(format.depths))
    return bits


def check_fits(size: tuple[int, int], name: str, times: int = 1) -> None:
    """Before any work, raise if a format cannot hold a picture.

    Args:
        size: (width, height) in pixels.
        name: of the format in `FORMATS`.
        times: how many times longer its sides will be.

    Raises:
        BadInput: it is too large.
    """
    format = FORMATS[name]
    if format.side is not None and times * max(size) > format.side:
        sentence = (
            _("The picture would be too large for {title}, which ends at {side} pixels a side.")
            if times > 1
            else _("The picture is too large for {title}, which ends at {side} pixels a side.")
        )
        raise BadInput(sentence, title=format.title, side=format.side)


def _fitting(picture: Picture, name: str, notes: list[str]) -> Picture:
    """The picture without what the format cannot hold; notes say what that is."""
    format = FORMATS[name]
    check_fits(picture.size, name)
    marked = picture.levels is not None and picture.levels.no_data is not None
    if picture.alpha is not None and not format.alpha and not marked:
        if float(picture.alpha.min()) < 1:
            notes.append(
                tr(
                    "{title} has no transparency; the picture was laid on white.",
                    title=format.title,
                )
            )
        picture = replace(picture, pixels=_on_white(picture.pixels, picture.alpha), alpha=None)
    if picture.icc is not None and "icc" not in format.keeps:
        pixels = as_srgb(picture.pixels, picture.icc)
        said = (
            _("{title} is written without a colour profile; it was left out.")
            if pixels is None
            else _("{title} is written without a colour profile; colours were converted to sRGB.")
        )
        notes.append(tr(said, title=format.title))
        picture = replace(picture, icc=None)
        picture = picture if pixels is None else picture.with_pixels(pixels)
    most = format.most
    if picture.exif is not None and len(picture.exif) > most.get("exif", len(picture.exif)):
        picture = replace(picture, exif=_shorter_exif(picture.exif, format, notes))
    if picture.xmp is not None and len(picture.xmp) > most.get("xmp", len(picture.xmp)):
        notes.append(
            tr(
                "The XMP data is too long for {title}; only what it says about the "
                "restoration is kept.",
                title=format.title,
            )
        )
        picture = replace(picture, xmp=provenance.only_declared(picture.xmp))
    return picture


def _shorter_exif(blob: bytes, format: Format, notes: list[str]) -> bytes | None:
    with suppress(ValueError, struct.error):
        shorter = exif.without_maker_note(blob)
        if len(shorter) <= format.most["exif"]:
            notes.append(
                tr(
                    "The EXIF data is too long for {title}; the maker note was left out.",
                    title=format.title,
                )
            )
            return shorter
    notes.append(tr("The EXIF data is too long for {title} and was left out.", title=format.title))
    return None


def _without_levels(levels: Levels, format: Format, bits: int) -> Iterator[str]:
    black, white = restore_levels(np.array([0, 1], np.float32), levels).tolist()
    whole = 1 if np.dtype(levels.type).kind == "f" else np.iinfo(levels.type).max
    if (black, white) == (0, whole):
        return
    yield tr(
        "{title} does not keep the file's own range: {black:g} to {white:g} became 0 to {top}.",
        title=format.title,
        black=black,
        white=white,
        top=1 if bits == 32 else 2**bits - 1,
    )


def _on_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    return compute_bands(pixels.shape, lambda rows: (pixels[rows] - 1) * alpha[rows, :, None] + 1)


def _raster(picture: Picture, bits: int, format: str) -> Raster:
    pixels = picture.pixels
    # A grey file cannot carry an RGB profile, and the profile says what the values mean.
    grey = picture.grey and picture.icc is None and is_grey(pixels)
    if grey:
        pixels = pixels[..., :1]
    alpha = picture.alpha
    if picture.levels is not None:
        samples, no_data = restore_levels(pixels, picture.levels), picture.levels.no_data
        if alpha is not None and no_data is not None:
            restore(samples, alpha, no_data)
            alpha = None
    else:
        samples = pixels if bits == 32 else to_integers(pixels, bits)
    return Raster(
        samples=samples,
        kind="grey" if grey else "rgb",
        white=1.0 if bits == 32 else float(2**bits - 1),
        bits=bits,
        format=format,
        alpha=alpha if alpha is None or bits == 32 else to_integers(alpha, bits),
        **picture.metadata,
    )


def _exif(picture: Picture, format: Format, notes: list[str]) -> bytes | None:
    """The EXIF data with this picture's size and thumbnail."""
    blob = picture.exif
    if blob is None or "exif" not in format.keeps:
        return blob
    with suppress(struct.error):  # damaged: carried along as it is
        blob = exif.with_size(blob, *picture.size)
        blob, room = thumbnail.replace_thumbnail(blob, picture)
        if not room:
            notes.append(
                tr("The thumbnail in the EXIF data was left out: it showed the old picture.")
            )
    return blob
