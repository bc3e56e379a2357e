"""JPEG XR (ITU-T T.832); its metadata stands in a directory like those of TIFF."""

from __future__ import annotations

import imagecodecs
import numpy as np

from restorer.imaging import exif, ifd, tiff_tags
from restorer.imaging.ifd import Value
from restorer.imaging.levels import encode_light
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

_FORMAT, _WIDTH, _HEIGHT = 0xBC01, 0xBC80, 0xBC81  # tags (annex A)
_FIRST_IMAGE = (_FORMAT, _WIDTH, _HEIGHT, tiff_tags.ICC, tiff_tags.XMP, tiff_tags.IPTC)
# By the last byte of the format's identifier.
_CMYK = (0x1C, 0x1F, 0x2C, 0x2D)
_UNUSED = (0x0E, 0x1B, 0x27, 0x3B, 0x42, 0x43)  # a fourth channel without a meaning
_TYPES = ("uint8", "uint16", "float16", "float32")


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the picture; floats are light (scRGB), as in OpenEXR."""
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    source = ifd.Source.of(data)
    tree, _ = ifd.tree_in(source, wanted=_FIRST_IMAGE)
    found = {tag: value.data for tag, value in tree.items() if isinstance(value, Value)}
    width, height = (int.from_bytes(found[tag], "little") for tag in (_WIDTH, _HEIGHT))
    check_size(width, height)
    check_held(width, height, most_unbounded(len(data)))
    pixels = np.asarray(imagecodecs.jpegxr_decode(data))
    if pixels.shape[:2] != (height, width):
        raise ValueError("another size than the head says")
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    raster = _raster(pixels, found[_FORMAT][-1])
    return with_metadata(
        raster,
        icc=lambda: found.get(tiff_tags.ICC),
        exif=lambda: exif.normalise_strictly(tiff_tags.exif_of(source, source.first)),
        xmp=lambda: found.get(tiff_tags.XMP),
        iptc=lambda: found.get(tiff_tags.IPTC),
    )


def _raster(pixels: Samples, format: int) -> Raster:
    cmyk, channels = format in _CMYK, pixels.shape[2]
    colours = 4 if cmyk else 1 if channels < 3 else 3
    if not colours <= channels <= colours + 1 or pixels.dtype.name not in _TYPES:
        raise NotImplementedError("channels of another number or type")
    kind: Kind = "cmyk" if cmyk else "grey" if colours == 1 else "rgb"
    colour, has_alpha = pixels[..., :colours], channels > colours and format not in _UNUSED
    alpha = pixels[..., colours] if has_alpha else None
    if pixels.dtype.kind == "f":
        clear = None if alpha is None else np.nan_to_num(alpha.astype(np.float32)).clip(0, 1)
        light, levels, notes = encode_light(colour.astype(np.float32), pixels.dtype.name)
        return Raster(light, kind, 1.0, 32, "JXR", clear, levels=levels, notes=notes)
    white = float(np.iinfo(pixels.dtype).max)
    return Raster(colour, kind, white, 8 * pixels.itemsize, "JXR", alpha)
