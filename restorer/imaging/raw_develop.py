"""Camera raw files developed with LibRaw, in the package rawpy: 16 bits in wide colours."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from PIL import Image

from restorer.imaging import exif, ifd, raw_files, stale_xmp, tiff_tags
from restorer.imaging.light import to_light
from restorer.imaging.metadata import with_metadata
from restorer.imaging.raster import Raster, Unreadable, check_held, check_size
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from rawpy import RawPy

# Rec. 2020 (ITU-R BT.2020): white, and x, y, Y of red, green and blue.
_WHITE = (0.3127, 0.3290, 1.0)
_PRIMARIES = (0.708, 0.292, 1.0, 0.170, 0.797, 1.0, 0.131, 0.046, 1.0)
_REC_2020 = 8  # as LibRaw counts its output spaces
_CURVE = (2.4, 12.92)  # of sRGB, as LibRaw takes it: the power and the slope at black
_PIXELS_A_BYTE = 64  # no raw file is packed any tighter
_MADE = _("This is {}, developed with the white balance of the camera, in colours of Rec. 2020.")
_FOUND = _(
    "This is {}, developed with a white balance found in the picture itself, "
    "in colours of Rec. 2020."
)


def decode(data: bytes, partial: bool = False) -> Raster:
    """Develop what the sensor saw: demosaiced, upright, in Rec. 2020 with the curve of sRGB.

    Nothing is sharpened or cleaned, and brightness stays as it was exposed.

    Raises:
        Unreadable: rawpy is not installed, or LibRaw cannot read the file.
    """
    return develop(data, raw_files.by_start(data) or "")


def develop(data: bytes, kind: str) -> Raster:
    """As `decode`, for a file whose kind is known."""
    try:
        import rawpy
    except ImportError as error:
        raise raw_files.SensorData(kind) from error
    try:
        with rawpy.RawPy() as raw:
            raw.open_buffer(io.BytesIO(data))
            sizes = raw.sizes
            for width, height in ((sizes.raw_width, sizes.raw_height), (sizes.width, sizes.height)):
                check_size(width, height)
                check_held(width, height, _PIXELS_A_BYTE * len(data))
            raw.unpack()
            red, green, blue, _ = raw.camera_whitebalance
            balanced = min(red, green, blue) > 0
            samples = raw.postprocess(
                output_bps=16,
                output_color=rawpy.ColorSpace(_REC_2020),
                gamma=_CURVE,
                no_auto_bright=True,
                use_camera_wb=balanced,
                use_auto_wb=not balanced,
            )
            preview = _preview(raw)
    except rawpy.LibRawError as error:
        raise Unreadable(
            "is {kind} that LibRaw cannot develop", kind=raw_files.title(kind)
        ) from error
    raster = Raster(
        samples=samples,
        kind="rgb",
        white=65535.0,
        bits=16,
        format="RAW",
        icc=_profile(),
        notes=(tr(_MADE if balanced else _FOUND).format(raw_files.title(kind)),),
    )
    return with_metadata(
        raster,
        exif=lambda: exif.upright(_exif(data, preview)),
        xmp=lambda: stale_xmp.upright(_under(data, tiff_tags.XMP)),
        iptc=lambda: _under(data, tiff_tags.IPTC),
    )


@cache
def _profile() -> bytes:
    """The profile, made by Little CMS; its curve is a table, interpolated linearly."""
    curve = np.rint(to_light(np.linspace(0, 1, 1024, dtype=np.float32)) * 65535).astype(np.uint16)
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=_WHITE, primaries=_PRIMARIES, transferfunction=curve
    )
    ours, theirs = "Rec.2020 RGB", "RGB built-in"  # as long as that, so that nothing moves
    return profile.replace(theirs.encode("utf-16-be"), ours.encode("utf-16-be"))


def _preview(raw: RawPy) -> bytes:
    """The JPEG preview that the camera put in; empty if there is none."""
    import rawpy

    with suppress(rawpy.LibRawError):
        made = raw.extract_thumb()
        if made.format == rawpy.ThumbFormat.JPEG:
            return bytes(made.data)
    return b""


def _exif(data: bytes, preview: bytes) -> bytes | None:
    """The EXIF of the file if it is structured like a TIFF, as most are, else of its preview.

    Raises:
        ValueError, struct.error: it cannot be read.
    """
    with suppress(ValueError, struct.error):
        source = ifd.Source.of(data)
        return tiff_tags.exif_of(source, source.first)
    if not preview:
        return None
    with Image.open(io.BytesIO(preview), formats=("JPEG",)) as image:
        return exif.normalise_strictly(image.info.get("exif"))


def _under(data: bytes, code: int) -> bytes | None:
    """The bytes of a tag of the first directory; None without that tag, or if it is no TIFF."""
    with suppress(ValueError, struct.error):
        value = ifd.tree_in(ifd.Source.of(data), wanted=(code,))[0].get(code)
        return value.data if isinstance(value, ifd.Value) and value.data else None
    return None
