"""OpenEXR with the Academy Software Foundation's own package: light in floats, of any brightness.

Pictures in memory hold what a screen is told, in 0..1, so light goes through the curve of sRGB,
which is carried on as a logarithm above 1 (`imaging.levels`), and comes back through it.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.exif import plausible_dpi
from restorer.imaging.levels import decode_light, encode_light
from restorer.imaging.light import REC_709, as_rec_709
from restorer.imaging.metadata import not_kept, with_metadata
from restorer.imaging.raster import (
    Raster,
    Unreadable,
    check_held,
    check_size,
    most_unbounded,
)
from restorer.words import marked as _
from restorer.words import tr

_MISSING = _(
    "is an OpenEXR picture; install the package OpenEXR to open these (pip install 'restorer[exr]')"
)
_COLOURS = "RGB"
#: Attributes that are said of every file, or that are read here.
_KNOWN = frozenset(
    {
        *("channels", "compression", "dataWindow", "lineOrder", "pixelAspectRatio", "type"),
        *("screenWindowCenter", "screenWindowWidth", "tiles", "chromaticities", "xDensity", "xmp"),
        *("name", "version", "chunkCount", "dwaCompressionLevel", "displayWindow"),
    }
)


def decode(data: bytes, partial: bool = False) -> Raster:
    """Read the first part that has colours or brightness, with its range, as light of Rec. 709.

    Raises:
        Unreadable: OpenEXR is not installed, or there is no picture in it.
    """
    exr = _package()
    if partial:
        raise Unreadable("is damaged or ends early and could not be read")
    file = exr.File(io.BytesIO(data), header_only=True)  # closed, it forgets its headers
    headers = [file.header(number) for number in range(len(file.parts))]
    number, names = _picture(headers)
    header = headers[number]
    low, high = (np.asarray(end, np.int64) for end in header["dataWindow"])
    width, height = (int(side) for side in high - low + 1)
    check_size(width, height)
    check_held(width, height, most_unbounded(len(data)))
    channels = exr.File(io.BytesIO(data), separate_channels=True).channels(number)
    planes = [channels[name].pixels for name in names]
    alpha = planes.pop().astype(np.float32) if len(planes) in (2, 4) else None
    stored = planes[0].dtype
    if any(plane.shape != (height, width) or plane.dtype.kind != "f" for plane in planes):
        raise NotImplementedError("channels of another size or type")
    light: NDArray[Any] = np.stack(planes, axis=2).astype(np.float32)
    if alpha is not None:
        alpha = np.nan_to_num(alpha).clip(0, 1)
        with np.errstate(over="ignore"):  # of what is too bright for a float it is told
            straight = light / np.maximum(alpha, 1e-6)[..., None]
        light = np.where(alpha[..., None] > 0, straight, light)
    notes = _left_out(header, names, len(headers))
    if light.shape[2] == 3:
        light, turned = as_rec_709(light, header.get("chromaticities", REC_709))
        notes += turned
    pixels, levels, said = encode_light(light, stored.name)
    raster = Raster(
        samples=pixels,
        kind="grey" if pixels.shape[2] == 1 else "rgb",
        white=1.0,
        bits=32,
        format="EXR",
        alpha=alpha,
        levels=levels,
        notes=said + notes,
    )
    density, aspect = header.get("xDensity"), header.get("pixelAspectRatio", 1.0)
    return with_metadata(
        raster,
        xmp=lambda: header["xmp"].encode() if "xmp" in header else None,
        dpi=lambda: None if density is None else plausible_dpi((float(density), density * aspect)),
    )


def encode(raster: Raster, file: BinaryIO) -> None:
    """Write light as floats of 32 bits, or of the 16 that the file had, with XMP and resolution.

    Raises:
        ValueError: for XMP that is no text.
    """
    exr = _package()
    header: dict[str, Any] = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    if raster.xmp:
        header["xmp"] = raster.xmp.decode()
    if raster.dpi:
        header |= {"xDensity": raster.dpi[0], "pixelAspectRatio": raster.dpi[1] / raster.dpi[0]}
    samples = decode_light(raster.samples) if raster.levels is None else raster.samples
    names = _COLOURS if samples.shape[2] == 3 else "Y"
    planes = dict(zip(names, np.moveaxis(samples, 2, 0), strict=True))
    if raster.alpha is not None:  # with which colours are multiplied in such files
        alpha = raster.alpha.astype(samples.dtype)
        planes = {name: plane * alpha for name, plane in planes.items()} | {"A": alpha}
    contiguous = {name: np.ascontiguousarray(plane) for name, plane in planes.items()}
    exr.File(header, contiguous).write(file)


def _package() -> Any:
    try:
        import OpenEXR
    except ImportError as error:
        raise Unreadable(_MISSING) from error
    return OpenEXR


def _picture(headers: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The part with the picture, and its channels: colours or brightness, then transparency."""
    for number, header in enumerate(headers):
        if "deep" in str(header.get("type", "")):
            continue
        whole = {c.name for c in header["channels"] if (c.xSampling, c.ySampling) == (1, 1)}
        layers = [name.removesuffix("R") for name in sorted(whole) if name.endswith("R")]
        for layer in sorted(layers, key=len):
            names = [layer + colour for colour in _COLOURS]
            if whole.issuperset(names):
                return number, names + [layer + "A"] * (layer + "A" in whole)
        brightness = next((name for name in ("Y", "L", "Z") if name in whole), None)
        if brightness is not None and not any(c.name in ("RY", "BY") for c in header["channels"]):
            return number, [brightness] + ["A"] * ("A" in whole)
        if len(header["channels"]) == 1 and whole and whole <= set(_COLOURS):
            return number, [*whole]
    raise Unreadable("is an OpenEXR file without a picture in colours or grey")


def _left_out(header: dict[str, Any], names: list[str], parts: int) -> tuple[str, ...]:
    notes = []
    if parts > 1:
        notes.append(tr("Only one of {parts} parts was opened.", parts=parts))
    others = sorted(c.name for c in header["channels"] if c.name not in names)
    if others:
        notes.append(tr("{n} channels beyond the colours were left out.", n=len(others)))
    data, display = (np.asarray(header[name]) for name in ("dataWindow", "displayWindow"))
    lost = [tr("its place in a larger picture")] * (not np.array_equal(data, display))
    lost += sorted(name for name in header if name not in _KNOWN and name.isprintable())
    return (*notes, *not_kept(lost))
