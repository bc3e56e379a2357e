"""The file formats: how each is recognised, what it holds, and which module reads and writes it.

Reading, writing, file dialogs, command line, desktop files and docs/formats.md read the table
`FORMATS`. Nothing heavy here: a codec is imported when a file needs it. docs/adding-a-format.md
shows how another one is added.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from restorer.errors import BadInput
from restorer.imaging import magic, raw_files
from restorer.imaging.magic import starts
from restorer.imaging.names import printable
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.imaging.raster import Raster

Decode = Callable[[bytes, bool], "Raster"]
Encode = Callable[["Raster", BinaryIO], None]

ALL_METADATA = ("icc", "exif", "xmp", "dpi", "cicp", "iptc", "texts")
#: The types of values whose own range a TIFF keeps.
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_FLOATS = ("float16", "float32", "float64")


@dataclass(frozen=True)
class Format:
    """What the rest of the program knows of a file format.

    Attributes:
        title: what people call it.
        suffixes: of its names, lower case; new files get the first.
        mime: its media type.
        begins: whether a file that begins with these bytes is one; names lie.
        decoder: "module:function", of (bytes, partial) to a `Raster`. With `partial` as much as a
            damaged file holds.
        encoder: the same, of (raster, binary file), and the quality where there is one; empty if
            it is only read. ValueError or struct.error for metadata that does not fit.
        depths: bits a channel that can be written, rising; 32 for floats.
        alpha: whether transparency is kept.
        keeps: the metadata that is kept, fields of `Raster`. Without "icc" colours become sRGB.
        levels: the types of values whose own range is kept, see `Picture.levels`.
        quality: of what is saved unless a person says otherwise, 1 to 100; None without a choice.
        lossless: nothing is lost, or at quality 100 nothing.
        side: the longest side in pixels; None for any.
        most: bytes of metadata that it has room for, by field.
        package: what must be installed to write it, and the extra that brings it.
        like: of one that is only read, what its results are saved as unless a person says so.
    """

    title: str
    suffixes: tuple[str, ...]
    mime: str
    begins: Callable[[bytes], bool]
    decoder: str
    encoder: str = ""
    depths: tuple[int, ...] = ()
    alpha: bool = False
    keeps: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    quality: int | None = None
    lossless: bool = False
    side: int | None = None
    most: Mapping[str, int] = field(default_factory=dict)
    package: tuple[str, str] | None = None
    like: str = "PNG"

    def decode(self) -> Decode:
        """The function that reads it."""
        decode: Decode = _loaded(self.decoder)
        return decode

    def encode(self, quality: int | None = None) -> Encode:
        """The function that writes it, at a quality where there is a choice."""
        write: Any = _loaded(self.encoder)
        if self.quality is not None:
            write = partial(write, quality=quality or self.quality)
        encode: Encode = write
        return encode

    @property
    def installed(self) -> bool:
        """Whether every package that writing needs is installed."""
        return self.package is None or find_spec(self.package[0]) is not None

    @property
    def pattern(self) -> str:
        """Its suffixes as file dialogs want them: "*.tif *.tiff"."""
        return " ".join(f"*{suffix}" for suffix in self.suffixes)


@dataclass(frozen=True)
class SaveOptions:
    """A person's choices for a saved file; None for the default.

    Attributes:
        quality: 1 to 100, of formats that have one.
        bits: a channel, of those that the format holds.
    """

    quality: int | None = None
    bits: int | None = None

    def check(self, name: str) -> None:
        """Raise `BadInput` for choices that the format of this name does not offer."""
        format = FORMATS[name]
        if format.package is not None and not format.installed:
            package, extra = format.package
            raise BadInput(
                "{title} needs the package {package}: pip install 'restorer[{extra}]'.",
                title=format.title,
                package=package,
                extra=extra,
            )
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise BadInput("Quality goes from 1 to 100.")
        if self.quality is not None and format.quality is None:
            raise BadInput(
                "{title} loses nothing; it has no quality to choose.", title=format.title
            )
        if self.bits is not None and self.bits not in format.depths:
            depths = " or ".join(map(str, format.depths))
            raise BadInput(
                "{title} holds {depths} bits a channel, not {bits}.",
                title=format.title,
                depths=depths,
                bits=self.bits,
            )


AS_USUAL = SaveOptions()


def _opened(
    title: str,
    suffixes: tuple[str, ...],
    mime: str,
    begins: Callable[[bytes], bool],
    module: str = "pillow_files",
    like: str = "PNG",
) -> Format:
    """A format that is only read, and is lossless."""
    decoder = f"restorer.imaging.{module}:decode"
    return Format(title, suffixes, mime, begins, decoder, lossless=True, like=like)


FORMATS: dict[str, Format] = {
    "PNG": Format(
        "PNG",
        (".png",),
        "image/png",
        starts(b"\x89PNG\r\n\x1a\n"),
        "restorer.imaging.png_file:decode",
        "restorer.imaging.png_file:encode",
        depths=(8, 16),
        alpha=True,
        keeps=ALL_METADATA,
        levels=("uint16",),
        lossless=True,
    ),
    "RAW": _opened(
        "camera raw",
        (
            *(".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".srf", ".sr2", ".raf"),
            *(".orf", ".rw2", ".pef", ".srw", ".3fr", ".iiq", ".x3f", ".mrw", ".erf", ".dcr"),
            *(".kdc", ".mef", ".mos", ".rwl", ".fff"),
        ),
        "image/x-dcraw",
        *(raw_files.is_raw, "raw_develop", "TIFF"),
    ),
    "TIFF": Format(
        "TIFF",
        (".tif", ".tiff"),
        "image/tiff",
        starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        "restorer.imaging.tiff_file:decode",
        "restorer.imaging.tiff_file:encode",
        depths=(8, 16, 32),
        alpha=True,
        keeps=("icc", "exif", "xmp", "dpi", "geo", "iptc"),
        levels=(*_INTEGERS, *_FLOATS),
        lossless=True,
    ),
    "JPEG": Format(
        "JPEG",
        (".jpg", ".jpeg", ".jfif", ".jpe"),
        "image/jpeg",
        starts(b"\xff\xd8\xff"),
        "restorer.imaging.pillow_files:decode",
        "restorer.imaging.pillow_files:encode_jpeg",
        depths=(8,),
        keeps=("icc", "exif", "xmp", "dpi", "iptc", "texts"),
        quality=95,
        side=65500,
        most={"exif": 65533, "xmp": 65533 - 29},  # a segment each (JPEG B.1.1.4, XMP part 3)
    ),
    "WEBP": Format(
        "WebP",
        (".webp",),
        "image/webp",
        magic.is_webp,
        "restorer.imaging.pillow_files:decode",
        "restorer.imaging.pillow_files:encode_webp",
        depths=(8,),
        alpha=True,
        keeps=("icc", "exif", "xmp"),
        quality=95,
        lossless=True,
        side=16383,
    ),
    "BMP": _opened("BMP", (".bmp", ".dib"), "image/bmp", magic.is_bmp, "bmp_file"),
    "GIF": _opened("GIF", (".gif",), "image/gif", starts(b"GIF87a", b"GIF89a")),
    "AVIF": Format(
        "AVIF",
        (".avif",),
        "image/avif",
        magic.is_avif,
        "restorer.imaging.avif_file:decode",
        "restorer.imaging.avif_file:encode",
        depths=(8, 12),
        alpha=True,
        keeps=("icc", "exif", "xmp", "cicp"),
        quality=95,
        lossless=True,
        side=65536,
    ),
    "JXL": Format(
        "JPEG XL",
        (".jxl",),
        "image/jxl",
        starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
        "restorer.imaging.jxl_file:decode",
        "restorer.imaging.jxl_file:encode",
        depths=(8, 16),
        alpha=True,
        keeps=("icc", "exif", "xmp"),
        quality=95,
        lossless=True,
    ),
    "HEIF": Format(
        "HEIC",
        (".heic", ".heif", ".hif"),
        "image/heic",
        magic.is_heif,
        "restorer.imaging.pillow_files:decode_heif",
    ),
    "PPM": Format(
        "PPM",
        (".ppm", ".pgm", ".pbm", ".pnm", ".pam"),
        "image/x-portable-anymap",
        magic.is_netpbm,
        "restorer.imaging.pnm_file:decode",
        "restorer.imaging.pnm_file:encode",
        depths=(8, 16),
        keeps=("texts",),
        lossless=True,
    ),
    "PFM": Format(
        "PFM",
        (".pfm",),
        "image/x-portable-floatmap",
        starts(b"PF\n", b"Pf\n", b"PF\r\n", b"Pf\r\n", b"PF ", b"Pf "),
        "restorer.imaging.pnm_file:decode",
        "restorer.imaging.pnm_file:encode",
        depths=(32,),
        levels=("float32",),
        lossless=True,
    ),
    "EXR": Format(
        "OpenEXR",
        (".exr",),
        "image/x-exr",
        starts(b"\x76\x2f\x31\x01"),
        "restorer.imaging.exr_file:decode",
        "restorer.imaging.exr_file:encode",
        depths=(32,),
        alpha=True,
        keeps=("xmp", "dpi"),
        levels=("light float16", "light float32"),
        lossless=True,
        package=("OpenEXR", "exr"),
    ),
    "HDR": Format(
        "Radiance",
        (".hdr", ".rgbe", ".pic"),
        "image/vnd.radiance",
        starts(b"#?RADIANCE", b"#?RGBE"),
        "restorer.imaging.hdr_file:decode",
        "restorer.imaging.hdr_file:encode",
        depths=(32,),
        levels=("light float32",),
    ),
    "JXR": Format(
        *("JPEG XR", (".jxr", ".wdp", ".hdp"), "image/jxr", starts(b"II\xbc\1")),
        "restorer.imaging.jxr_file:decode",
        like="TIFF",
    ),
    "JP2": Format(
        "JPEG 2000",
        (".jp2", ".j2k", ".jpf", ".j2c", ".jpx", ".jpc"),
        "image/jp2",
        starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
        "restorer.imaging.jp2_file:decode",
        like="TIFF",
    ),
    "PSD": _opened(
        *("Photoshop", (".psd", ".psb"), "image/vnd.adobe.photoshop"),
        *(starts(b"8BPS\0\1", b"8BPS\0\2"), "psd_file", "TIFF"),
    ),
    "QOI": Format(
        "QOI",
        (".qoi",),
        "image/qoi",
        starts(b"qoif"),
        "restorer.imaging.qoi_file:decode",
        "restorer.imaging.qoi_file:encode",
        depths=(8,),
        alpha=True,
        lossless=True,
    ),
    "PCX": _opened("PCX", (".pcx",), "image/vnd.zbrush.pcx", magic.is_pcx, "pcx_file"),
    "SGI": _opened("SGI", (".sgi", ".rgb", ".bw"), "image/x-sgi", magic.is_sgi, "sgi_file"),
    "DDS": _opened("DDS", (".dds",), "image/x-dds", starts(b"DDS "), "dds_file"),
    "ICO": _opened("ICO", (".ico",), "image/vnd.microsoft.icon", starts(b"\0\0\1\0")),
    "ICNS": _opened("ICNS", (".icns",), "image/x-icns", starts(b"icns")),
    "TGA": _opened("TGA", (".tga",), "image/x-tga", magic.is_tga, "tga_file"),
}
"""By the name that `Picture.format` has, which is Pillow's."""


def recognised(data: bytes) -> Format | None:
    """The format of a file by its first bytes; names and extensions lie."""
    return next((format for format in FORMATS.values() if format.begins(data)), None)


def readable_suffixes() -> tuple[str, ...]:
    """The suffixes that a folder is searched for."""
    return tuple(suffix for format in FORMATS.values() for suffix in format.suffixes)


def writable_formats() -> list[Format]:
    """The formats that a picture can be saved in."""
    return [format for format in FORMATS.values() if format.encoder and format.installed]


def format_for(path: Path | str) -> str:
    """The name in `FORMATS` of the format that an output name asks for.

    Raises:
        BadInput: none that can be written.
    """
    suffix = Path(path).suffix.lower()
    for name, format in FORMATS.items():
        if format.encoder and suffix in format.suffixes:
            return name
    known = ", ".join(suffix for format in writable_formats() for suffix in format.suffixes)
    name = printable(os.fspath(path))
    raise BadInput("{name} has no extension that can be written ({known}).", name=name, known=known)


def suffix_for_result(path: PurePath) -> str:
    """The default suffix of a result: that of its input file if it can be written."""
    suffix = path.suffix.lower()
    own = next((one for one in FORMATS.values() if suffix in one.suffixes), FORMATS["PNG"])
    return path.suffix if own.encoder and suffix in own.suffixes else FORMATS[own.like].suffixes[0]


def ways_to_save() -> dict[str, tuple[Format, SaveOptions]]:
    """For a list of file types: first each format with its defaults, then the variants of some."""
    formats = writable_formats()
    ways = {f"{format.title} ({format.pattern})": (format, SaveOptions()) for format in formats}
    for format in formats:
        choices = {}
        if format.quality is not None:
            best = tr("without loss") if format.lossless else tr("quality 100")
            choices = {best: SaveOptions(100), tr("quality 85"): SaveOptions(85)}
        if len(format.depths) > 1:
            choices |= {
                tr("{bits} bits", bits=bits): SaveOptions(bits=bits) for bits in format.depths
            }
        for words, options in choices.items():
            ways[f"{format.title}, {words} ({format.pattern})"] = format, options
    return ways


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
