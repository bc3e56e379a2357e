"""The one place that converts colours: what is not RGB becomes sRGB (Little CMS)."""

from __future__ import annotations

import struct
from dataclasses import replace

import imagecodecs
import numpy as np

from restorer.imaging.picture import Pixels
from restorer.imaging.raster import Raster, Samples
from restorer.words import marked as _
from restorer.words import tr

_DAMAGED = _("The colour profile is damaged and was left out.")
_SPACES = {"grey": b"GRAY", "rgb": b"RGB ", "cmyk": b"CMYK", "lab": b"Lab "}


def profile_space(icc: bytes) -> bytes:
    """The colour space an ICC profile says it describes: b"RGB ", b"GRAY", b"CMYK", ..."""
    return icc[16:20]


def as_rgb(raster: Raster) -> Raster:
    """The raster as grey or RGB whose profile, if any, is an RGB one; notes tell what changed.

    RGB stays untouched in its own space. A grey file with an RGB profile (many have) keeps it.
    """
    if (icc := raster.icc) is not None:
        space = profile_space(icc)
        fits = space == _SPACES[raster.kind] or (raster.kind == "grey" and space == b"RGB ")
        if not fits or len(icc) < 132 or icc[36:40] != b"acsp":
            note = tr("The colour profile does not fit the picture and was left out.")
            raster = replace(raster, icc=None, notes=(*raster.notes, note))
        elif _is_cut(icc):
            raster = replace(raster, icc=None, notes=(*raster.notes, tr(_DAMAGED)))
    match raster.kind:
        case "cmyk":
            return _from_cmyk(raster)
        case "lab":
            lab = imagecodecs.cms_profile("lab4")
            samples = _transform(raster.samples, lab, "lab", exact=True)
            return _converted(raster, samples, tr("LAB was converted to sRGB."))
        case "grey" if raster.icc is not None and profile_space(raster.icc) == b"GRAY":
            return _from_grey(raster, raster.icc)
    return raster


def _is_cut(icc: bytes) -> bool:
    """Whether a tag of a profile lies beyond the profile's end (ICC.1, 7.3)."""
    (count,) = struct.unpack_from(">I", icc, 128)
    if 132 + 12 * count > len(icc):
        return True
    entries = (struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(count))
    return any(offset + size > len(icc) for _name, offset, size in entries)


def as_srgb(pixels: Pixels, icc: bytes) -> Pixels | None:
    """(H, W, 3) in 0..1, converted from the space of a profile; None if that is damaged."""
    values = np.rint(pixels * np.float32(65535)).clip(0, 65535).astype(np.uint16)
    try:
        samples = _transform(values, icc, "rgb", exact=True)
    except Exception:  # as below
        return None
    return samples.astype(np.float32) / np.float32(65535)


def in_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    """The same for readers that know sRGB only; unchanged without a readable profile."""
    converted = None if icc is None else as_srgb(np.clip(pixels, 0, 1), icc)
    return pixels if converted is None else converted


def _from_cmyk(raster: Raster) -> Raster:
    if raster.icc is not None:
        try:
            samples = _transform(raster.samples, raster.icc, "cmyk")
        except Exception:  # damage is met with several kinds of exception
            note = tr(_DAMAGED)
            raster = replace(raster, icc=None, notes=(*raster.notes, note))
        else:
            return _converted(raster, samples, tr("CMYK was converted to sRGB."))
    ink = raster.samples.astype(np.float32) / raster.white
    samples = np.rint((1 - ink[..., :3]) * (1 - ink[..., 3:]) * 65535).astype(np.uint16)
    note = tr("CMYK without a colour profile was converted to sRGB; colours are approximate.")
    return _converted(raster, samples, note)


def _from_grey(raster: Raster, icc: bytes) -> Raster:
    levels = np.arange(65536, dtype=np.uint16)[None]
    try:
        # The three channels are equal but for rounding; one of them is the grey.
        table = _transform(levels, icc, "gray", exact=True)[0, :, 1]
    except Exception:  # as above
        note = tr(_DAMAGED)
        return replace(raster, icc=None, notes=(*raster.notes, note))
    samples = table[_sixteen_bits(raster.samples, raster.white)]
    grey = _converted(raster, samples, tr("The grey profile was converted to sRGB grey."))
    return replace(grey, kind="grey")


def _transform(samples: Samples, icc: bytes, space: str, exact: bool = False) -> Samples:
    """(H, W, 3) uint16 sRGB; `exact` computes every pixel where a coarse table is far off."""
    out: Samples = imagecodecs.cms_transform(
        np.ascontiguousarray(samples),
        icc,
        imagecodecs.cms_profile("srgb"),
        colorspace=space,
        outcolorspace="rgb",
        outdtype=np.uint16,
        flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE if exact else None,
    )
    return out


def _sixteen_bits(samples: Samples, white: float) -> Samples:
    if samples.dtype == np.uint16 and white == 65535:
        return samples
    scaled = samples * np.float32(65535 / white)
    return np.rint(np.clip(scaled, 0, 65535, out=scaled), out=scaled).astype(np.uint16)


def _converted(raster: Raster, samples: Samples, note: str) -> Raster:
    alpha = raster.alpha
    if alpha is not None:  # one scale for both
        alpha = _sixteen_bits(alpha, raster.white)
    return replace(
        raster,
        samples=samples,
        kind="rgb",
        white=65535.0,
        alpha=alpha,
        icc=None,
        levels=None,
        notes=(*raster.notes, note),
    )
