"""Measures rows or columns that are too bright or too dark, as sensors make them.

A picture's rows resemble those beside them. What the whole width of a row has more than the mean of
the rows above and below, in every quarter of it alike, was put there by the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.degradation.waves import Wave, level_of, read_waves, wave_rows
from restorer.imaging.bands import compute_bands

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

#: Weaker stripes (standard deviation, 0..1) are not looked for.
_WEAKEST = 1.0 / 255
#: The quarters of the picture must agree so well on them (correlation), what stands far out cut off
#: at so many deviations: of 540 clean pictures and textures none did better than 0.5, nor does a
#: wall of bricks; offsets of 4 of 255 are found in 76 of 88 pictures, of 6 in 83.
_AGREEMENT, _FAR_OUT = 0.65, 1.5
#: Parts, two a quarter, whose spread tells how sure what a row has more is.
_PARTS = 8
#: Offsets of a sensor do not repeat: of 21 readings of such (of 9 pictures) none resembled itself,
#: shifted by some rows, better than 0.5; weaves, tiles and dots in a grid do so with 0.77 to 1.
_REPEATS = 0.65
#: Error of what a row has more, over its offset, as variances: what a picture itself has. Slow
#: changes would be taken for stripes otherwise; 0.001 and 0.3 give 0.8 and 1.1 dB less.
_LEAST_RATIO = 0.03
#: What a row has more than so many deviations is rather an edge of the picture.
_EDGE = 2.5
#: So many pixels of a row, or a few more, tell enough, and so many rows whether there are any.
_COLUMNS, _ROWS = 400, 800
#: Variance of what a row has more than its neighbours' mean, over that of offsets.
_MORE = 1.5
#: Fewer rows, or pixels in a row, tell nothing: of 50 clean icons of 32 pixels four had some.
_LEAST = 64


@dataclass(frozen=True)
class Stripes:
    """Offsets of rows and columns to subtract.

    Attributes:
        rows: (H, 3), in 0..1; zeros if rows have none.
        columns: (W, 3).
        waves: over all of the picture.
    """

    rows: Floats
    columns: Floats
    waves: tuple[Wave, ...] = ()

    @property
    def levels(self) -> tuple[float, float]:
        """Standard deviations of the offsets of rows and columns, 0-255 scale; 0 for none.

        As neighbours differ, for what changes slowly is not in the offsets that were read.
        """
        return _level(self.rows), _level(self.columns)

    @property
    def excess(self) -> Floats:
        """(H, W, 3), in 0..1: the stripes as they were added."""
        shape = len(self.rows), *self.columns.shape

        def of_rows(rows: slice) -> Floats:
            more = self.rows[rows, None] + self.columns[None]
            for wave in self.waves:
                more = more + wave_rows(wave, np.arange(len(self.rows))[rows], len(self.columns))
            return np.asarray(more, np.float32)

        return compute_bands(shape, of_rows)

    @property
    def level(self) -> float:
        """The largest of `levels` and of the waves."""
        return max(*self.levels, level_of(self.waves))

    @property
    def any(self) -> bool:
        return self.level > 0


def read_stripes(pixels: Floats) -> Stripes:
    """Row and column offsets, and waves, of (H, W, 3) pixels in 0..1, where any are sure.

    Of a large picture, rows and columns in its middle tell whether there are any.
    """
    return Stripes(_offsets(pixels), _offsets(pixels.transpose(1, 0, 2)), read_waves(pixels))


def without(pixels: Floats, stripes: Stripes) -> Floats:
    """The picture without its stripes, in 0..1."""
    excess = stripes.excess
    return compute_bands(pixels.shape, lambda rows: np.clip(pixels[rows] - excess[rows], 0, 1))


def without_waves(pixels: Floats) -> Floats:
    """The picture without certain stripes and waves, in 0..1."""
    waves, none = read_waves(pixels), np.zeros((max(pixels.shape), pixels.shape[2]), np.float32)
    height, width = pixels.shape[:2]
    return without(pixels, Stripes(none[:height], none[:width], waves)) if waves else pixels


def _level(offsets: Floats) -> float:
    more = offsets[1:-1] - (offsets[:-2] + offsets[2:]) / 2
    return 255 * float(more.std()) / _MORE**0.5 if len(more) else 0.0


def _offsets(pixels: Floats) -> Floats:
    """(H, 3) offsets; zeros if none are certain."""
    height, width = pixels.shape[:2]
    none = np.zeros((height, pixels.shape[2]), np.float32)
    if height < _LEAST or width < _LEAST:
        return none
    if height > _ROWS:
        first = (height - _ROWS) // 2
        if not _offsets(pixels[first : first + _ROWS]).any():
            return none
    parts = [
        _excess(part[:, : _COLUMNS // _PARTS]) for part in np.array_split(pixels, _PARTS, axis=1)
    ]
    tones = np.stack([part.mean(axis=1) for part in parts])
    tone = tones.mean(axis=0)
    spread = float(np.median(np.abs(tone))) / 0.6745
    quarters = tones.reshape(4, -1, height).mean(axis=1)
    if spread < _WEAKEST * _MORE**0.5 or _correlation(quarters, _FAR_OUT * spread) < _AGREEMENT:
        return none
    if _repetition(np.clip(tone, -_FAR_OUT * spread, _FAR_OUT * spread)) > _REPEATS:
        return none
    return _solved(np.mean(parts, axis=0), _ratios(tones, spread)).astype(np.float32)


def _excess(part: Floats) -> Doubles:
    """What a row has more than the mean of its neighbours, (H, 3): the median along it."""
    padded = np.pad(part, ((1, 1), (0, 0), (0, 0)), mode="reflect")
    excess = padded[1:-1] - (padded[:-2] + padded[2:]) / 2
    return np.asarray(np.median(excess, axis=1), np.float64)


def _correlation(quarters: Doubles, most: float) -> float:
    """The least correlation of any two quarters, where edges count no more than stripes."""
    clipped = np.clip(quarters, -most, most)
    return float(np.corrcoef(clipped).min()) if clipped.std(axis=1).all() else 0.0


def _repetition(tone: Doubles) -> float:
    """Autocorrelation of (H,) offsets, shifted by two rows or more."""
    shifts = range(2, len(tone) // 2 + 1)
    return float(max(np.corrcoef(tone[by:], tone[:-by])[0, 1] for by in shifts))


def _ratios(tones: Doubles, spread: float) -> Doubles:
    """(H,), variance of the error of what each row has more, over that of its offset.

    Where parts of a row disagree, and where it stands far out, it says less.

    Args:
        tones: (parts, H), what each part of a row has more.
        spread: standard deviation of that.
    """
    error = tones.var(axis=0, ddof=1) / len(tones)
    ratios = np.maximum(error, np.median(error)) / (spread**2 / _MORE)
    far = np.maximum(1, np.abs(tones.mean(axis=0)) / (_EDGE * spread))
    return np.asarray(np.maximum(ratios, _LEAST_RATIO) * far**4)


def _solved(excess: Doubles, ratios: Doubles) -> Doubles:
    """Offsets s with s - (s before + s after) / 2 = excess, the smallest that explain it.

    Args:
        excess: (H, 3).
        ratios: (H,), variance of its error over that of s.
    """
    from scipy.sparse import diags_array, eye_array  # long to import, and few pictures have stripes
    from scipy.sparse.linalg import spsolve

    count = len(excess)
    before, after = np.full((2, count - 1), -0.5)
    before[-1] = after[0] = -1  # the border is a mirror
    more = diags_array([before, np.ones(count), after], offsets=[-1, 0, 1])
    weighted = more.T @ diags_array(1 / ratios)
    return np.asarray(spsolve((weighted @ more + eye_array(count)).tocsc(), weighted @ excess))
