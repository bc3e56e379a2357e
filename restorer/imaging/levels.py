"""Files whose values have a range of their own, like Hounsfield units or counts of photons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import scratch
from restorer.imaging.picture import Levels, Pixels
from restorer.imaging.raster import Samples
from restorer.words import tr

_OVERSHOOTS = 1e-3  # the share of floats outside 0..1 that is taken for rounding and ringing
_DARKEST = 2**-8  # below this share of their range, whole numbers are counts and not brightness
_DETECTORS = (8, 14)  # bits that X-ray plates, cameras of microscopes and the like have
_SLOPE = 1.055 / 2.4  # of the curve of sRGB at white
_BAND = 1 << 22  # samples at a time: keeps the temporaries small


def normalise_levels(samples: Samples) -> tuple[Pixels, Levels | None, tuple[str, ...]]:
    """Signed, long or float samples as float32 in 0..1, what 0 and 1 stand for, and notes.

    Floats between 0 and 1 are left as they are; a few that overshoot are clipped.
    """
    notes: list[str] = []
    low, high = _extremes(samples, notes)
    black, white = _range(samples, low, high)
    if samples.dtype.kind == "f" and (black, white) == (0, 1):
        if low < 0 or high > 1:
            notes.append(tr("Values outside 0..1 were clipped."))
        return _between(samples, 0.0, 1.0), None, tuple(notes)
    if (black, white) != _whole_range(samples):
        notes.append(
            tr(
                "Values from {black:g} to {white:g} are taken as black to white.",
                black=black,
                white=white,
            )
        )
    levels = Levels(black, white, samples.dtype.newbyteorder("=").name)
    return _between(samples, black, white), levels, tuple(notes)


def narrow(samples: Samples) -> tuple[Levels | None, tuple[str, ...]]:
    """For integers of 16 bits: the range of the 8 to 14 bits that a detector used, and a note.

    None where brighter values than those are there. Black pictures are left as they are.
    """
    bits = int(samples.max()).bit_length()
    if not _DETECTORS[0] <= bits <= _DETECTORS[1]:
        return None, ()
    white = 2**bits - 1
    note = tr(
        "The values end below {end} of 65536; {white} is taken as white.",
        end=white + 1,
        white=white,
    )
    return Levels(0, white, "uint16"), (note,)


def encode_light(light: Samples, type: str) -> tuple[Pixels, Levels, tuple[str, ...]]:
    """As `normalise_levels`, for light of unlimited brightness: through the curve of sRGB.

    Above 1 that goes on as a logarithm, so that lamps leave room for what they shine on, and below
    0 as its mirror image.

    Args:
        light: (H, W, C) floats, 1 is white.
        type: of the values in the file.
    """
    notes: list[str] = []
    low, high = _extremes(light, notes)
    black, white = 0.0, 1.0
    if low < 0 or high > 1:
        low, high = min(0.0, low), max(1.0, high)
        black, white = _encoded(np.array([low, high])).tolist()
        notes.append(
            tr("Light from {low:g} to {high:g} is taken as black to white.", low=low, high=high)
        )
    out: Pixels = scratch.empty(light.shape)
    for band, into in zip(_rows(light), _rows(out), strict=True):
        values = np.nan_to_num(_doubles(band), nan=0.0, posinf=high, neginf=low)
        into[:] = ((_encoded(values) - black) / (white - black)).clip(0, 1)
    return out, Levels(black, white, type, light=True), tuple(notes)


def decode_light(pixels: Pixels) -> Pixels:
    """The light, as float32, of pixels that have no `levels`."""
    return restore_levels(pixels, Levels(0, 1, "float32", light=True))


def restore_levels(pixels: Pixels, levels: Levels) -> Samples:
    """The values of the file again."""
    dtype = np.dtype(levels.type)
    flat = np.ascontiguousarray(pixels).reshape(-1)
    out = scratch.empty(flat.shape, dtype)
    for start in range(0, flat.size, _BAND):
        band = levels.black + flat[start : start + _BAND].astype(np.float64) * (
            levels.white - levels.black
        )
        if levels.light:
            most = float(np.finfo(dtype).max)
            band = _decoded(band).clip(-most, most)
        if dtype.kind != "f":
            limits = np.iinfo(dtype)
            most = float(limits.max)
            if most > limits.max:  # no number of 53 bits is the largest of 64
                most = np.nextafter(most, 0)
            band = np.rint(band).clip(limits.min, most)
        out[start : start + _BAND] = band
    return out.reshape(pixels.shape)


def _extremes(samples: Samples, notes: list[str]) -> tuple[float, float]:
    low, high = float(samples.min()), float(samples.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    notes.append(tr("Values that are not finite numbers were set to black or white."))
    finite = np.isfinite(samples)
    if not finite.any():
        return 0.0, 0.0
    return (
        float(samples.min(where=finite, initial=np.inf)),
        float(samples.max(where=finite, initial=-np.inf)),
    )


def _range(samples: Samples, low: float, high: float) -> tuple[float, float]:
    if samples.dtype.kind == "f":
        outside = (low < 0 or high > 1) and np.mean((samples < 0) | (samples > 1)) > _OVERSHOOTS
        return (min(0.0, low), max(1.0, high)) if outside else (0.0, 1.0)
    black, white = _whole_range(samples)
    if low < 0:
        return low, max(high, low + 1)
    if samples.dtype.itemsize > 2 and 0 < high < white * _DARKEST:
        return black, high
    return black, white


def _whole_range(samples: Samples) -> tuple[float, float]:
    return 0.0, 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve of sRGB (IEC 61966-2-1), odd, and logarithmic above 1 with the same slope there."""
    x = np.abs(light)
    curve = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.minimum(x, 1) ** (1 / 2.4) - 0.055)
    return np.copysign(curve + _SLOPE * np.log(np.maximum(x, 1)), light)


def _decoded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    v = np.abs(values)
    within = np.where(v <= 0.04045, v / 12.92, ((np.minimum(v, 1) + 0.055) / 1.055) ** 2.4)
    light: NDArray[np.float64] = within * np.exp(np.maximum(v - 1, 0) / _SLOPE)
    return np.copysign(light, values)


def _rows(samples: Samples) -> Iterator[Samples]:
    """The samples, a few rows at a time."""
    step = max(1, _BAND // max(1, samples[0].size))
    for start in range(0, len(samples), step):
        yield samples[start : start + step]


def _doubles(samples: Samples) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # NaNs of a kind that processors complain of
        return samples.astype(np.float64)


def _between(samples: Samples, black: float, white: float) -> Pixels:
    out: Pixels = scratch.empty(samples.shape)
    for some, into in zip(_rows(samples), _rows(out), strict=True):
        band = _doubles(some)
        np.nan_to_num(band, copy=False, nan=black, posinf=white, neginf=black)
        into[:] = ((band - black) / (white - black)).clip(0, 1)
    return out
