"""Evens out coloured stains and yellowing of pictures in one tone.

In a picture in one tone a colour follows from how light it is. What strays from that in one
direction, over places and not over details, is no part of the picture: dirt, tea, glue, paper that
has yellowed here more than there. In logarithms of light that is a field times what one unit of it
takes from each channel; of red it is taken to take nothing, as yellow and brown dyes hardly do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.geometry import reduced
from restorer.imaging.grey import LUMA
from restorer.imaging.light import from_light, to_light

#: The field is read from so many pixels at most, smoothed by so many of them.
_PIXELS, _SMOOTH = 0.4e6, 2.0
#: Light below which colours are noise, and that at which they count in full.
_LEAST, _FULL = 0.01, 0.05
#: Steps of brightness for each of which the usual colour is read.
_STEPS = 8
#: Root mean square of what strays in other directions, in logarithms of light: a picture in one
#: tone has less.
_OTHERS = 0.03
_FEWEST = 500
#: The same of the blue that is lost to stains, from which they are told: eleven clean tiles in one
#: tone have 0.02 at most, with stains 0.06 to 0.23. What has gained more blue than so many times
#: that has no stains, but colours: of 66 clean pictures in colours one is mistaken, five without.
_UNEVEN, _OF_COLOURS = 0.06, 2.0

Floats = NDArray[np.float32]


def even_tone(pixels: Floats, amount: float = 1.0) -> Floats:
    """(H, W, 3) pixels in 0..1 of one tone all over; as they are, if they are in colours.

    Args:
        amount: 0 to 1, how much of what strays is taken off.
    """
    found = _field(pixels) if amount > 0 else None
    if found is None:
        return pixels
    field, green = found
    height, width = pixels.shape[:2]
    takes = np.float32(amount) * np.array([0, green, 1], np.float32)
    columns = (np.arange(width) + 0.5) * field.shape[1] / width - 0.5
    out: Floats = scratch.empty(pixels.shape)
    for rows in bands(pixels.shape):
        down = (np.arange(rows.start, min(rows.stop, height)) + 0.5) * field.shape[0] / height - 0.5
        at = np.meshgrid(down, columns, indexing="ij")
        here = ndimage.map_coordinates(field, at, order=1, mode="nearest")
        light = to_light(pixels[rows]) * np.exp(here[..., None] * takes)
        out[rows] = from_light(np.clip(light, 0, 1).astype(np.float32))
    return out


def is_uneven(pixels: Floats, hole: NDArray[np.bool_] | None = None) -> bool:
    """Whether (H, W, 3) in 0..1 of one tone have stains or yellowing in another colour.

    Args:
        hole: (H, W), scratches and tears; that they, and what lies near, have another says nothing.
    """
    found = _field(pixels)
    if found is None:
        return False
    field = found[0]
    if hole is not None and hole.any():
        (rows, columns), step = field.shape, _step(pixels)
        whole = hole[: rows * step, : columns * step]
        holes = whole.reshape(rows, step, columns, step).any(axis=(1, 3))
        beside = ~ndimage.binary_dilation(holes, iterations=round(3 * _SMOOTH))
        field = field[beside] if beside.any() else np.zeros(1, np.float32)
    lost, gained = (
        float(np.sqrt(np.square(field[sign * field > 0]).sum() / field.size)) for sign in (1, -1)
    )
    return lost >= _UNEVEN and gained <= _OF_COLOURS * lost


def _field(pixels: Floats) -> tuple[Floats, float] | None:
    """(h, w), how much more blue than red is missing, and of green in relation to that."""
    light = np.maximum(to_light(reduced(pixels, _step(pixels))), 1e-3)
    smooth = ndimage.gaussian_filter(light, (_SMOOTH, _SMOOTH, 0))
    bright = smooth @ np.array(LUMA, np.float32)
    red, green, blue = np.moveaxis(np.log(smooth), 2, 0)
    counts = np.clip(bright / _FULL, 0, 1) ** 2 * (bright > _LEAST)
    if np.count_nonzero(counts) < _FEWEST:
        return None
    of_blue, of_green = (_straying(red - other, bright, counts > 0) for other in (blue, green))
    weight = counts + 1e-4
    field = _smoothed(of_blue, weight)
    power = float((weight * field**2).sum())
    if power == 0:
        return None
    share = min(max(float((weight * field * of_green).sum()) / power, 0.0), 1.0)
    others = _smoothed(of_green, weight) - share * field
    if np.sqrt(float((weight * others**2).sum() / weight.sum())) > _OTHERS:
        return None
    return field.astype(np.float32), share


def _step(pixels: Floats) -> int:
    """Pixels of (H, W, 3) on a side of one of the field."""
    return max(1, int(np.ceil(np.sqrt(pixels[..., 0].size / _PIXELS))))


def _straying(colour: Floats, bright: Floats, known: NDArray[np.bool_]) -> Floats:
    """How far colours (h, w) stray from what is usual where it is as bright."""
    levels, colours = np.log(bright[known]), colour[known]
    ends = np.quantile(levels, np.linspace(0, 1, _STEPS + 1))
    middles, usual = [], []
    for low, high in zip(ends, ends[1:], strict=False):
        inside = (levels >= low) & (levels <= high)
        middles.append(float(np.median(levels[inside])))
        usual.append(_mode(colours[inside]))
    curve = ndimage.gaussian_filter1d(np.array(usual), 1, mode="nearest")
    straying: Floats = colour - np.interp(np.log(bright), middles, curve).astype(np.float32)
    return straying


def _mode(values: Floats) -> float:
    """Where most of them lie: the middle of the narrowest half, and of its narrowest half."""
    values = np.sort(values)
    while len(values) > 8:
        half = len(values) // 2
        first = int((values[half:] - values[: len(values) - half]).argmin())
        values = values[first : first + half]
    return float(values.mean())


def _smoothed(values: Floats, weight: Floats) -> Floats:
    weighed = ndimage.gaussian_filter(values * weight, _SMOOTH)
    smoothed: Floats = weighed / ndimage.gaussian_filter(weight, _SMOOTH)
    return smoothed
