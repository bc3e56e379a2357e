"""The one place where colours are converted: what is not RGB becomes sRGB (Little CMS)."""

from __future__ import annotations

from dataclasses import replace

import imagecodecs
import numpy as np

from restorer.imaging.raster import Raster, Samples

_SPACES = {"grey": b"GRAY", "rgb": b"RGB ", "cmyk": b"CMYK", "lab": b"Lab "}


def profile_space(icc: bytes) -> bytes:
    """The colour space an ICC profile says it describes: b"RGB ", b"GRAY", b"CMYK", ..."""
    return icc[16:20]


def as_rgb(raster: Raster) -> Raster:
    """The raster as grey or RGB whose profile, if any, is an RGB one; notes tell what changed.

    RGB stays untouched in its own space. A grey file with an RGB profile (many have) keeps it.
    """
    if raster.icc is not None:
        space = profile_space(raster.icc)
        fits = space == _SPACES[raster.kind] or (raster.kind == "grey" and space == b"RGB ")
        if not fits or len(raster.icc) < 128 or raster.icc[36:40] != b"acsp":
            note = "The colour profile does not fit the picture and was left out."
            raster = replace(raster, icc=None, notes=(*raster.notes, note))
    match raster.kind:
        case "cmyk":
            return _from_cmyk(raster)
        case "lab":
            lab = imagecodecs.cms_profile("lab4")
            return _converted(raster, _transform(raster, lab, "lab"), "LAB was converted to sRGB.")
        case "grey" if raster.icc is not None and profile_space(raster.icc) == b"GRAY":
            return _from_grey(raster, raster.icc)
    return raster


def _from_cmyk(raster: Raster) -> Raster:
    if raster.icc is not None:
        try:
            samples = _transform(raster, raster.icc, "cmyk")
        except imagecodecs.CmsError:
            note = "The colour profile is damaged and was left out."
            raster = replace(raster, icc=None, notes=(*raster.notes, note))
        else:
            return _converted(raster, samples, "CMYK was converted to sRGB.")
    ink = raster.samples.astype(np.float32) / raster.white
    samples = np.rint((1 - ink[..., :3]) * (1 - ink[..., 3:]) * 65535).astype(np.uint16)
    note = "CMYK without a colour profile was converted to sRGB; colours are approximate."
    return _converted(raster, samples, note)


def _from_grey(raster: Raster, icc: bytes) -> Raster:
    try:
        samples = _transform(raster, icc, "gray")
    except imagecodecs.CmsError:
        note = "The colour profile is damaged and was left out."
        return replace(raster, icc=None, notes=(*raster.notes, note))
    # The three channels are equal but for rounding; one of them is the grey.
    grey = _converted(raster, samples[..., 1:2], "The grey profile was converted to sRGB grey.")
    return replace(grey, kind="grey")


def _transform(raster: Raster, icc: bytes, space: str) -> Samples:
    """(H, W, 3) uint16 sRGB."""
    samples = raster.samples
    if samples.dtype not in (np.uint8, np.uint16):
        samples = np.rint(np.clip(samples / raster.white, 0, 1) * 65535).astype(np.uint16)
    if samples.shape[2] == 1:
        samples = samples[..., 0]
    out: Samples = imagecodecs.cms_transform(
        np.ascontiguousarray(samples),
        icc,
        imagecodecs.cms_profile("srgb"),
        colorspace=space,
        outcolorspace="rgb",
        outdtype=np.uint16,
    )
    return out


def _converted(raster: Raster, samples: Samples, note: str) -> Raster:
    alpha = raster.alpha
    if alpha is not None:  # one scale for both
        alpha = np.rint(alpha * np.float32(65535 / raster.white)).astype(np.uint16)
    return replace(
        raster,
        samples=samples,
        kind="rgb",
        white=65535.0,
        alpha=alpha,
        icc=None,
        notes=(*raster.notes, note),
    )
