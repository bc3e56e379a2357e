"""Measures grain in nearly flat places, and draws new grain of the same kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from restorer.degradation.noise import read_noise
from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.bands import compute_bands as by_bands
from restorer.imaging.grey import LUMA

Floats = NDArray[np.float32]
Hole = NDArray[np.bool_]

#: Side of the squares that are looked at, in pixels, and how far apart they begin.
_SIDE, _APART = 16, 12
#: So many squares tell; they are the flattest of those that are nearest to the holes.
_MOST, _NEAR, _FEWEST = 48, 600, 6
#: Without holes about so many are looked at, all over the picture.
_SPREAD = 1200
#: Less grain than this, 0..1, is rounding and fine texture: none is drawn.
_LEAST = 1.8 / 255
#: The same of the whole picture, 0-255 scale; fine texture that is nowhere flat reads less.
_NOISY = 2.5
#: Weaker grain, or one whose neighbours agree, reads as no noise. It is told from texture by its
#: squares: values are Gaussian (kurtosis), neighbours agree as much across as down and in one
#: square as in the next, and the flattest has most of what the others have; 0-255 scale. Of 64
#: clean tiles that it was not chosen on four pass; with grain of 3 and 5, two pixels wide, 42 and
#: 58 of 100 do, the others being textured where they are flattest.
_FILM, _KURTOSIS, _UNEVEN, _ALIKE = (2.0, 9.0), (2.7, 3.3), 0.1, 0.55
#: From here on it is told where no noise is read, and where the shorter side has so many pixels.
#: Of 131 clean photographs a zebra on grass passes (three would with 4, and 8 of 174 crops of 160
#: pixels); of 44 tiles with grain of 9, 12 and 16 in brightness alone 39, 40 and 41, of 6 eleven.
_TOLD, _TOLD_SIDE = 6.0, 240


@dataclass(frozen=True)
class Grain:
    """Film grain.

    Attributes:
        mixing: (3, 3), by which independent channels become those of the grain, 0..1.
        kernel: (n, n), what spreads white noise as widely as the grain; its squares sum to 1.
    """

    mixing: Floats
    kernel: Floats

    @property
    def strength(self) -> float:
        """Standard deviation, mean of the channels, 0-255 scale."""
        return 255 * float(np.sqrt(np.square(self.mixing).sum(axis=1)).mean())

    @property
    def size(self) -> float:
        """Width of a grain in pixels: 1 for independent neighbours."""
        room = tuple(2 * side - 1 for side in self.kernel.shape)
        shared = fft.irfft2(np.square(np.abs(fft.rfft2(self.kernel, room))), room)
        return float(np.sqrt(np.maximum(shared, 0).sum() / shared.max()))

    def drawn(self, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
        """(H, W, 3), new grain of this kind."""
        white = scratch.empty((*shape, 3))
        for rows in bands(white.shape):
            rng.standard_normal(dtype=np.float32, out=white[rows])
        more = len(self.kernel) - 1
        before, after = more - more // 2, more // 2

        def spread(rows: slice) -> Floats:
            first = max(0, rows.start - before)
            seen = white[first : rows.stop + after]
            # as scipy.signal.fftconvolve does, which takes long to import while a picture is opened
            room = tuple(fft.next_fast_len(side + more, real=True) for side in seen.shape[:2])
            spectra = [fft.rfft2(a, room, axes=(0, 1)) for a in (seen, self.kernel[..., None])]
            whole = fft.irfft2(spectra[0] * spectra[1], room, axes=(0, 1))
            top = rows.start - first + after
            here = whole[top : top + rows.stop - rows.start, after : after + shape[1]]
            grain: Floats = (here @ self.mixing.T).astype(np.float32)
            return grain

        return by_bands(white.shape, spread)


def read_grain(pixels: Floats) -> Grain | None:
    """The grain of pixels (H, W, 3) in 0..1; None where there is none.

    Squares with least in them tell of it; a picture without any flat place tells too much.
    """
    squares = _flattest(pixels)
    return None if squares is None else _grain_of(squares)


def is_of_film(pixels: Floats) -> bool:
    """Whether all flat places of (H, W, 3) pixels in 0..1 have the same grain, as only film has."""
    squares = _flattest(pixels)
    return squares is not None and _of_film(squares)


def read_film_grain(pixels: Floats) -> float:
    """The grain of brightness in (H, W, 3) pixels in 0..1, 0-255 scale, that only film has.

    0 where there is none, or it is weak: fine texture looks like it.
    """
    squares = _flattest(pixels) if min(pixels.shape[:2]) >= _TOLD_SIDE else None
    if squares is None or _strength_of_film(squares) < _TOLD:
        return 0.0
    grain = _grain_of(squares)
    return 0.0 if grain is None else grain.strength


def _grain_of(squares: Floats) -> Grain | None:
    """The grain of (N, side, side, 3) squares after subtracting planes; None for too little."""
    rest = squares - _planes(squares)
    values = rest.reshape(-1, 3).astype(np.float64)
    covariance = values.T @ values / len(values) * _SIDE**2 / (_SIDE**2 - 3)
    if np.sqrt(np.trace(covariance) / 3) < _LEAST:
        return None
    strengths, directions = np.linalg.eigh(covariance)
    mixing = directions * np.sqrt(np.maximum(strengths, 0))
    return Grain(mixing.astype(np.float32), _kernel(rest))


def _flattest(pixels: Floats, hole: Hole | None = None) -> Floats | None:
    """(N, side, side, 3), squares that vary least, near the hole if any; None for too few."""
    height, width = pixels.shape[:2]
    if min(height, width) < _SIDE:
        return None
    tops = np.arange(0, height - _SIDE + 1, _APART)
    lefts = np.arange(0, width - _SIDE + 1, _APART)
    places = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)
    apart = max(1, len(places) // _SPREAD)
    places = places[::apart] if hole is None else _nearest(places, hole)
    if len(places) < _FEWEST:
        return None
    squares = np.stack([pixels[y : y + _SIDE, x : x + _SIDE] for y, x in places])
    inner = (squares > 0.02) & (squares < 0.98)  # nothing was cut off there
    squares = squares[inner.mean(axis=(1, 2, 3)) > 0.9]
    if len(squares) < _FEWEST:
        return None
    variance = np.square(squares - _planes(squares)).mean(axis=(1, 2, 3))
    count = max(_FEWEST, min(_MOST, len(squares) // 5))
    flattest: Floats = squares[np.argsort(variance, kind="stable")[:count]]
    return flattest


def _nearest(places: NDArray[np.intp], hole: Hole) -> NDArray[np.intp]:
    """The squares (y, x) without a hole that are nearest to one."""
    summed = np.pad(hole.cumsum(0, dtype=np.int64).cumsum(1), ((1, 0), (1, 0)))
    y, x = places.T
    inside = summed[y + _SIDE, x + _SIDE] - summed[y, x + _SIDE]
    inside = inside - summed[y + _SIDE, x] + summed[y, x]
    places = places[inside == 0]
    step = max(1, max(hole.shape) // 512)
    away = ndimage.distance_transform_edt(~hole[::step, ::step])
    y, x = np.minimum((places + _SIDE // 2).T // step, np.array(away.shape)[:, None] - 1)
    return places[np.argsort(away[y, x], kind="stable")[:_NEAR]]


def _planes(squares: Floats) -> Floats:
    """The plane that fits each channel of each square best."""
    ramp = np.linspace(-1, 1, _SIDE, dtype=np.float32)
    power = np.square(ramp).sum() * _SIDE
    down = np.einsum("nyxc,y->nc", squares, ramp) / power
    across = np.einsum("nyxc,x->nc", squares, ramp) / power
    middle = squares.mean(axis=(1, 2), keepdims=True)
    slopes = down[:, None, None] * ramp[:, None, None] + across[:, None, None] * ramp[:, None]
    planes: Floats = middle + slopes
    return planes


def _kernel(rest: Floats) -> Floats:
    """The kernel that turns white noise into noise with the power spectrum of these squares."""
    window = np.hanning(_SIDE + 2)[1:-1]
    bright = rest.mean(axis=3) * (window[:, None] * window)
    power = np.square(np.abs(np.fft.fft2(bright))).mean(axis=0)
    kernel = np.fft.fftshift(np.fft.ifft2(np.sqrt(power)).real)
    kernel /= np.sqrt(np.square(kernel).sum())
    return kernel.astype(np.float32)


def _grainy(original: Floats, filled: Floats) -> bool:
    """Whether the grain is so strong that a filling without it would be visible.

    Grain of brightness alone, as of film, is no noise of all colours: it is looked for on its own,
    and where holes are filled, which differ in brightness too.
    """
    if read_noise(original).std >= _NOISY:
        return True
    bright = filled @ np.array(LUMA, np.float32)
    return read_noise(np.repeat(bright[..., None], 3, axis=2)).std >= _NOISY


def _of_film(squares: Floats) -> bool:
    """Whether (N, side, side, 3) squares show in brightness what only weak grain shows."""
    return _FILM[0] <= _strength_of_film(squares) <= _FILM[1]


def _strength_of_film(squares: Floats) -> float:
    """Grain of brightness in (N, side, side, 3) squares, 0-255 scale; 0 where it may be none."""
    rest = 255 * (squares - _planes(squares)).mean(axis=3)
    order = np.argsort(rest.std(axis=(1, 2)), kind="stable")
    rest = rest[order[: max(_FEWEST, len(order) // 2)]]
    strengths = rest.std(axis=(1, 2))
    if strengths.min() < max(_ALIKE * strengths.max(), 1e-3):
        return 0.0
    across = (rest[:, :, 1:] * rest[:, :, :-1]).mean(axis=(1, 2)) / strengths**2
    down = (rest[:, 1:] * rest[:, :-1]).mean(axis=(1, 2)) / strengths**2
    kurtosis = np.median((rest**4).mean(axis=(1, 2)) / strengths**4)
    even = max(np.median(np.abs(across - down)), (across + down).std() / 2) <= _UNEVEN
    return float(strengths.mean()) if _KURTOSIS[0] <= kurtosis <= _KURTOSIS[1] and even else 0.0


def with_grain(
    filled: Floats, original: Floats, hole: Hole, share: float, rng: np.random.Generator
) -> Floats:
    """Add grain to a filling (H, W, 3) in 0..1; outside it nothing changes."""
    squares = _flattest(original, hole) if share else None
    grain = None if squares is None else _grain_of(squares)
    if squares is None or grain is None:
        return filled
    if not (_of_film(squares) or _grainy(original, filled)):
        return filled
    rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
    here = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    part, top = hole[here], here[0].start
    drawn = grain.drawn((part.shape[0], part.shape[1]), rng)

    def grainy(rows: slice) -> Floats:
        out = filled[rows].copy()
        inside = slice(max(rows.start, top), min(rows.stop, here[0].stop))
        if inside.start < inside.stop:
            values = out[inside.start - rows.start : inside.stop - rows.start, here[1]]
            of_part = slice(inside.start - top, inside.stop - top)
            with_it = np.clip(values + np.float32(share) * drawn[of_part], 0, 1)
            np.copyto(values, with_it, where=part[of_part, :, None])
        return out

    return by_bands(filled.shape, grainy)
