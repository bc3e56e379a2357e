"""Dead pixels: salt and pepper, hot and dead pixels of sensors, lost values.

A hit pixel stands out from its neighbours. So do glints and the points of a texture, but the
farther out, the fewer there are of them, whereas a hit may have any value, so that most hits stand
out far. That tells a picture with hits from one without.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from restorer.degradation.dots import HARDLY_ANY, in_two_tones, of_few_tones
from restorer.degradation.drawn import few_colours
from restorer.degradation.noise import read_noise
from restorer.imaging.bands import GoOn, always, bands, compute_bands

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

#: So far from the second highest or lowest of its eight neighbours (0..1) a hit pixel may stand
#: out, and so far most of them do; in colour (one channel against the others), and in brightness.
_COLOUR, _BRIGHTNESS = (0.1, 0.2), (0.15, 0.3)
#: So large a share of what stands out must stand out far: 0.25 at most in clean photographs.
_FAR_SHARE = 0.4
#: Times the standard deviation of noise and texture, where that is more.
_NOISE = 4.5, 7.0
#: And so many times what pixels within 9 by 9 usually differ from the mean of their neighbours.
_TIMES = 2.7
#: Noise never stands out so many times farther than usual, though it differs from place to place.
_NEVER = 5.0
#: Fewer may be glints.
_LEAST = 8
#: Black or white in a file of 8 bits, up to rounding; in so large a share of the values of clean
#: photographs (0.0007 at most) it stands alone.
_EXTREME, _EXTREME_SHARE = 0.5 / 255, 0.002
#: Noise that a file has cut off leaves values just beside black and white too, up to here; of salt
#: and pepper there are so many times more at the very end.
_BESIDE, _SPIKE = 8.5 / 255, 6.0
#: And so many times more than values between black and white that stand alone.
_OTHERS = 2.0
#: With more than this many neighbours of the same extreme value a pixel belongs to the picture;
#: and where so much of the picture was hit.
_ALIKE, _DENSE = (4, 5), 0.15
#: Dithers have fewer colours; palettes of photographs more. Hits in these lie anywhere, up to so
#: many times as close, and this share of them at least is black, and white.
_PALETTE, _CLUSTERED, _BOTH_ENDS = 24, 1.5, 0.2
#: Hits of a sensor lie anywhere; what stands out beside a tear or a scratch lies along it, closer
#: than this many times and some more, in squares of so many pixels.
_ALONG, _FEW_NEAR, _NEAR = 3.0, 0.3, 31
#: Of larger pictures a part is looked at to tell whether there are any, in pixels.
_LOOKED_AT = 600_000
#: Points of letters stand among others: in a square of so many pixels some not found differ
#: from what is around by this part of what they do. So do all that are found in text, also under
#: noise, where they are up to 0.007 of a picture; of hits in 24 photographs at most 0.56 did.
_COMPANY, _IN_PART, _IN_COMPANY, _OF_PRINT = 9, 0.6, 0.8, 0.01
_SAMPLED = 2000
#: Rows that a place needs above and below it.
_REACH = 6
#: More of a picture than this is not hit, but printed.
_MOST = 0.5


def find_impulses(pixels: Floats, go_on: GoOn = always) -> Mask:
    """Find dead pixels in any channel; of a large picture, only if a sample has some.

    Hardly anywhere in what is drawn, printed or written, whose points and edges are its own.

    Args:
        pixels: (H, W, 3) in 0..1.
        go_on: what it raises, between one part of the picture and the next, ends the work.

    Returns:
        (H, W); all false where that is not sure.
    """
    colours = few_colours(pixels)
    found = _found(pixels, go_on)
    if colours is not None:
        return found if _among(colours, pixels, found) else np.zeros(found.shape, bool)
    return np.zeros(found.shape, bool) if found.any() and _are_printed(pixels, found) else found


def _are_printed(pixels: Floats, found: Mask) -> bool:
    """Whether the found pixels are points of print, even under noise."""
    # many hits make two tones of a photograph, but none of what is left without them
    if _of_few_tones(pixels) and _of_few_tones(without(pixels, found)):
        return True
    return bool(found.mean() < _OF_PRINT and _have_company(pixels, found) >= _IN_COMPANY)


def _have_company(pixels: Floats, found: Mask) -> float:
    """How many pixels stand beside others that differ from their surroundings in the same way."""
    rows, columns = (places[:: -(-len(places) // _SAMPLED)] for places in np.nonzero(found))
    reach = _COMPANY // 2
    y, x = (
        np.clip(at[:, None] + np.arange(-reach, reach + 1), 0, side - 1)
        for at, side in zip((rows, columns), found.shape, strict=True)
    )
    around, plain = (part[y[:, :, None], x[:, None, :]] for part in (pixels, ~found))
    around = around.reshape(len(rows), -1, 3)
    away = around - np.median(around, axis=1, keepdims=True)
    own = away[:, away.shape[1] // 2]
    most = np.arange(len(own)), np.abs(own).argmax(axis=1)
    away, own = away[most[0], :, most[1]], own[most][:, None]
    alike = away * np.sign(own) >= _IN_PART * np.abs(own)
    return float((alike & plain.reshape(len(rows), -1)).any(axis=1).mean())


def _among(colours: int, pixels: Floats, found: Mask) -> bool:
    """Whether a picture of few colours is a palette photograph with dead pixels.

    Points of a dither, and stars in the night of a game, are no hits.
    """
    if colours < _PALETTE or not found.any() or not _anywhere(found, _CLUSTERED):
        return False
    bright = pixels[found].mean(axis=1)
    ends = min((bright < _BESIDE).mean(), (bright > 1 - _BESIDE).mean())
    return bool(ends >= _BOTH_ENDS and not in_two_tones(without(pixels, found), 0.0, HARDLY_ANY))


def _found(pixels: Floats, go_on: GoOn) -> Mask:
    if min(pixels.shape[:2]) < 3:
        return np.zeros(pixels.shape[:2], bool)
    every = max(1, pixels[..., 0].size // _LOOKED_AT)
    found = _find(pixels, every, go_on)
    return _find(pixels, 1, go_on) if every > 1 and found.any() else found


def _anywhere(hits: Mask, times: float, more: float = 0.0) -> bool:
    """Whether dead pixels are spread evenly: near one there are hardly more than anywhere."""
    area, reach = _NEAR**2, _NEAR // 2
    seen = []
    for rows in bands(hits.shape):
        top = max(0, rows.start - reach)
        part = ndimage.uniform_filter(hits[top : rows.stop + reach].astype(np.float32), _NEAR)
        seen.append(part[rows.start - top : rows.stop - top][hits[rows]])
    near = area * np.concatenate(seen).mean() - 1
    return bool(near <= times * area * hits.mean() + more)


def _of_few_tones(pixels: Floats) -> bool:
    reading = read_noise(pixels)
    return of_few_tones(pixels, reading.std, reading.grey)


def without(pixels: Floats, hit: Mask) -> Floats:
    """The picture with dead pixels replaced by the median of their intact neighbours."""
    result, left = compute_bands(pixels.shape, lambda rows: pixels[rows]), hit.copy()
    while left.any() and not left.all():
        plain = ~left
        for band in bands(hit.shape):
            rows, columns = np.nonzero(left[band])
            rows += band.start
            values, there = _neighbours_of(result, plain, rows, columns)
            known = there.any(axis=0)
            medians = np.nanmedian(np.where(there[..., None], values, np.nan)[:, known], axis=0)
            result[rows[known], columns[known]] = medians
            left[rows[known], columns[known]] = False
    return result


def _find(pixels: Floats, every: int, go_on: GoOn) -> Mask:
    salted = _salt_and_pepper(pixels, every, go_on)
    return salted if salted.any() else _standing_out(pixels, every, go_on)


def _salt_and_pepper(pixels: Floats, every: int, go_on: GoOn) -> Mask:
    """Find black and white values that differ from everything around them."""
    found = {alike: np.zeros(pixels.shape[:2], bool) for alike in _ALIKE}
    spike = beside = others = seen = 0
    for rows, part, inner in _parts(pixels, every, go_on):
        seen += part[inner].size
        others += sum(_alone_between(part[..., channel], inner) for channel in range(3))
        for channel, value in itertools.product(range(3), (0.0, 1.0)):
            away = np.abs(part[..., channel] - np.float32(value))
            at = np.nonzero(away <= _BESIDE)
            near = _neighbours(away, *at)
            extreme, known = away[at] <= _EXTREME, near > _EXTREME
            inside = (at[0] >= inner.start) & (at[0] < inner.stop)
            alone = np.partition(near, 1, axis=0)[1] - away[at] > _COLOUR[0]
            spike += int((alone & extreme & inside).sum())
            beside += int((alone & ~extreme & inside).sum())
            other_end = near >= 1 - _EXTREME
            second = np.partition(np.where(known & ~other_end, near, 1), 1, axis=0)[1]
            hit = extreme & inside & (second > _COLOUR[0])
            for most, so_far in found.items():
                where = hit & ((~known).sum(axis=0) <= most)
                so_far[at[0][where] + rows.start - inner.start, at[1][where]] = True
    sparse, dense = (found[alike] for alike in _ALIKE)
    hits = dense if every * sparse.mean() > _DENSE else sparse
    least = max(_EXTREME_SHARE * seen, _SPIKE * beside, _OTHERS * others)
    return hits if spike > least and every * hits.mean() < _MOST else np.zeros(hits.shape, bool)


def _alone_between(values: Floats, inner: slice) -> int:
    """Number of isolated values in (H, W) that are neither black nor white, as noise makes them."""
    end = np.minimum(values, 1 - values)
    at = np.nonzero((np.abs(values - _cross_mean(values)) > _COLOUR[0] / 2) & (end > _EXTREME))
    inside = (at[0] >= inner.start) & (at[0] < inner.stop)
    return int(((_excess(values, *at) > _COLOUR[0]) & inside).sum())


def _standing_out(pixels: Floats, every: int, go_on: GoOn) -> Mask:
    """Find pixels that stand out from their neighbours in brightness or in one channel."""
    found = np.zeros(pixels.shape[:2], bool)
    for levels, values_of in _LOOKS:
        noise = _noise(values_of(pixels[:: max(1, len(pixels) // 500)]))
        near, far = (max(level, times * noise) for level, times in zip(levels, _NOISE, strict=True))
        standing, count = np.zeros(found.shape, bool), 0  # takes room where it is written
        for rows, part, inner in _parts(pixels, every, go_on):
            values = values_of(part)
            rough = np.abs(values - _cross_mean(values))
            usual = ndimage.uniform_filter(rough, 9)
            at = np.nonzero((rough > near / 2) & (rough > _TIMES / 2 * usual))
            excess = _excess(values, *at)
            stands = (excess > near) & (excess > _TIMES * usual[at])
            stands &= (at[0] >= inner.start) & (at[0] < inner.stop)
            count += int((stands & (excess > np.maximum(far, _NEVER * usual[at]))).sum())
            standing[at[0][stands] + rows.start - inner.start, at[1][stands]] = True
        sure = count >= _LEAST and count >= _FAR_SHARE * standing.sum()
        if sure and _anywhere(standing, _ALONG, _FEW_NEAR):
            found |= standing
    return found


def _noise(values: Floats) -> float:
    """Robust standard deviation of noise and texture along rows."""
    return float(np.median(np.abs(np.diff(values, axis=1)))) / 0.6745 / 2**0.5


def _brightness(pixels: Floats) -> Floats:
    return np.asarray(pixels.sum(axis=2) / 3)


def _of_channel(channel: int) -> Callable[[Floats], Floats]:
    """One channel minus the median of the three, in which errors of other channels do not show."""

    def against_the_middle(pixels: Floats) -> Floats:
        red, green, blue = np.moveaxis(pixels, 2, 0)
        low, high = np.minimum(red, green), np.maximum(red, green)
        return np.asarray(pixels[..., channel] - np.maximum(low, np.minimum(high, blue)))

    return against_the_middle


#: What is looked at, and by how much of it a hit stands out.
_LOOKS = [(_BRIGHTNESS, _brightness), *((_COLOUR, _of_channel(c)) for c in range(3))]


def _cross_mean(values: Floats) -> Floats:
    """Mean of the four nearest neighbours of each of (H, W)."""
    padded = np.pad(values, 1, mode="reflect")
    across = padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray((across + padded[:-2, 1:-1] + padded[2:, 1:-1]) / 4)


def _excess(values: Floats, rows: Places, columns: Places) -> Floats:
    """How far (H, W) lie above the second highest neighbour, or below the second lowest, (N,)."""
    near = np.partition(_neighbours(values, rows, columns), (1, 6), axis=0)
    here = values[rows, columns]
    return np.asarray(np.maximum(0, np.maximum(here - near[6], near[1] - here)))


def _neighbours(values: Floats, rows: Places, columns: Places) -> Floats:
    """The eight of each of N places in (H, W), (8, N)."""
    padded = np.pad(values, 1, mode="reflect")
    return np.stack([padded[rows + r, columns + c] for r, c in _RING])


_RING = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]


def _parts(pixels: Floats, every: int, go_on: GoOn) -> Iterator[tuple[slice, Floats, slice]]:
    """Yield parts of rows: the rows, the pixels with a margin, and the rows inside that."""
    for rows in itertools.islice(bands(pixels.shape, go_on), 0, None, every):
        top = max(0, rows.start - _REACH)
        part = pixels[top : rows.stop + _REACH]
        yield rows, part, slice(rows.start - top, rows.stop - top)


def _neighbours_of(
    pixels: Floats, plain: Mask, rows: Places, columns: Places
) -> tuple[Floats, Mask]:
    """Values (8, N, 3) around N places, and which of them are there and plain (8, N)."""
    height, width = plain.shape
    values, there = [], []
    for r, c in _RING:
        y, x = rows + r - 1, columns + c - 1
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        values.append(pixels[y, x])
        there.append(inside & plain[y, x])
    return np.stack(values), np.stack(there)
