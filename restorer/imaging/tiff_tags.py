"""The metadata of TIFF files: its EXIF as one blob, and a blob as tags."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from tifffile import PHOTOMETRIC, TiffFile, TiffPage

from restorer.imaging import chromaticities, ifd
from restorer.imaging.exif import PREFIX, RESOLUTION, Dpi, resolution
from restorer.imaging.geo import NO_DATA, packed, values
from restorer.imaging.geo import TAGS as GEO
from restorer.imaging.ifd import Tree, Value
from restorer.imaging.jpeg_extras import known_names
from restorer.imaging.texts import iptc_of, resources_of
from restorer.words import marked as _
from restorer.words import tr

ICC, XMP, IPTC, _RESOURCES = 34675, 700, 33723, 34377  # the last are Photoshop's
Tag = tuple[int | str, Any, int, Any, bool]  # code, type, count, value, first page only

_ORIENTATION = 274
_TEXTS = (269, 270, 271, 272, 285, 305, 306, 315, 316, 33432)  # description, camera, dates, ...
# Ratings, the words of Windows (UTF-16), of any type.
_OTHERS = (18246, 18249, 40091, 40092, 40093, 40094, 40095)
# Descriptions that say how the pages of such a file belong together, which they no longer do.
_LAYOUTS = (b"ImageJ=", b'{"shape"', b"<?xml")
# What is read, or speaks of how the picture is stored (TIFF 6.0 and its notes), and of the
# original's printing.
_KNOWN = {*range(254, 348), *range(512, 533), 559, *_TEXTS, *_OTHERS, *GEO, 50341, 59932}
_KNOWN |= {ICC, XMP, IPTC, ifd.EXIF, ifd.GPS, _RESOURCES, 0xCD41}
_KNOWN -= {286, 287, 337}
_NAMES = {37724: _("layers of Photoshop"), 286: _("position on the page")}
_NAMES[287] = _NAMES[286]
_GREY = (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK)
# By name: given by number, tifffile leaves these two out.
_DIRECTORIES = {"ExifTag": ifd.EXIF, "GPSTag": ifd.GPS}


def blob(page: TiffPage, code: int) -> bytes | None:
    """The bytes of a tag; None when absent."""
    value = page.tags.valueof(code)
    return bytes(value) if isinstance(value, bytes) and value else None


def exif(tif: TiffFile, page: TiffPage, data: bytes) -> bytes | None:
    """The descriptive tags of a page and of the first page, with the EXIF and GPS directories.

    Raises:
        ValueError, struct.error: the directory cannot be read.
    """
    return exif_of(ifd.Source.of(data), page.offset, tif.pages.first.offset)


def exif_of(source: ifd.Source, *offsets: int) -> bytes | None:
    """As `exif`, from directories; earlier ones take precedence."""
    tree: Tree = {}
    wanted = (*_TEXTS, *_OTHERS, _ORIENTATION)
    for offset in dict.fromkeys(offsets):
        tree = ifd.tree_in(source, offset, wanted)[0] | tree
    about = tree.get(270)
    if isinstance(about, Value) and about.data.startswith(_LAYOUTS):
        del tree[270]
    return PREFIX + b"II*\0\x08\0\0\0" + ifd.laid_out(tree, 8) if tree else None


def dpi(page: TiffPage, data: bytes) -> Dpi | None:
    """Pixels per inch along x and y, for printing; None when the file does not say."""
    return resolution(ifd.tree_in(ifd.Source.of(data), page.offset, RESOLUTION)[0])


def iptc(page: TiffPage, data: bytes) -> bytes | None:
    """The IPTC records; some files hold them as four-byte numbers, or as Photoshop does.

    Raises:
        struct.error, ValueError: they are damaged.
    """
    value = ifd.tree_in(ifd.Source.of(data), page.offset, (IPTC,))[0].get(IPTC)
    if isinstance(value, Value) and value.data:
        return value.data
    return iptc_of(blob(page, _RESOURCES))


def geo(page: TiffPage, data: bytes) -> bytes | None:
    """Where on the earth the picture lies; None when the file does not say."""
    return packed(ifd.tree_in(ifd.Source.of(data), page.offset, GEO)[0])


def no_data(page: TiffPage) -> str | None:
    """What stands where nothing was measured, in GDAL's words; None when the file does not say."""
    said = page.tags.valueof(NO_DATA)
    return said.strip("\0 ") if isinstance(said, str) else None


def colours(page: TiffPage, data: bytes, grey: bool) -> bytes | None:
    """The profile for the colour tags; None without such tags, or if they mean sRGB.

    Raises:
        KeyError, ValueError, struct.error: they are damaged.
    """
    tree = ifd.tree_in(ifd.Source.of(data), page.offset, chromaticities.TAGS)[0]
    of_values = page.photometric in (PHOTOMETRIC.RGB, *_GREY)  # and not of codes of other colours
    return chromaticities.of_tiff(tree, page.bitspersample if of_values else 0, grey)


def strangers(page: TiffPage) -> Iterator[str]:
    """The names of lost tags that say more than how the picture is stored."""
    for tag in page.tags:
        if tag.code not in _KNOWN:
            name = tr(_NAMES[tag.code]) if tag.code in _NAMES else tag.name
            yield tr("tag {number}", number=tag.code) if name == str(tag.code) else name
    with suppress(struct.error):  # damaged ones are nobody's
        yield from known_names(dict(resources_of(blob(page, _RESOURCES) or b"")))


def geo_tags(blob: bytes) -> Iterator[Tag]:
    """The same as tags for tifffile.

    Raises:
        ValueError, struct.error: the blob cannot be read.
    """
    for code, value in values(blob):
        count = 0 if value.kind == ifd.ASCII else value.count
        yield code, value.kind, count, value.data, True


def exif_tags(exif: bytes | None, file: BinaryIO) -> Iterator[Tag]:
    """Tags for tifffile; the EXIF and GPS directories are written to `file` where it stands.

    Raises:
        ValueError, struct.error: the blob cannot be read.
    """
    if exif is None:
        return
    tree, _ = ifd.tree_in(ifd.Source.of(exif.removeprefix(PREFIX)))
    for code in _TEXTS:
        if isinstance(value := tree.get(code), Value):
            yield code, ifd.ASCII, 0, value.data, True
    for code in _OTHERS:
        if isinstance(value := tree.get(code), Value):
            yield code, value.kind, value.count, value.data, True
    for name, code in _DIRECTORIES.items():
        if isinstance(directory := tree.get(code), dict) and directory:
            offset = file.seek(0, io.SEEK_END)
            offset += file.write(b"\0" * (offset % 2))
            if offset >= 1 << 32:
                raise struct.error("too far into the file for EXIF")
            file.write(ifd.laid_out(directory, offset))
            yield name, "I", 1, offset, True
