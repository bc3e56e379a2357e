"""Pixels where nothing was measured: they are transparent, and stay as they were.

Maps and grids of heights name a number for them in GDAL's tag (42113), others have NaN there, or
the largest float there is. Taken as brightness, -9999 would leave next to nothing of the range for
what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from restorer.imaging.picture import Levels, Pixels
from restorer.imaging.raster import Raster, Samples
from restorer.words import tr

_LARGEST = (float(np.finfo(np.float32).max), float(np.finfo(np.float64).max))


@dataclass(frozen=True, eq=False)
class Gaps:
    """Where values are missing.

    Attributes:
        value: that stands there.
        empty: (H, W), pixels without any value.
        filled: the samples, with a measured value wherever one is missing.
    """

    value: float
    empty: NDArray[np.bool_]
    filled: Samples

    def mark_empty(self, raster: Raster) -> Raster:
        """What was made of `filled`, transparent where there is nothing, and told what is there."""
        if raster.alpha is not None:
            return raster
        levels = raster.levels or Levels(0.0, raster.white, raster.samples.dtype.name)
        alpha = np.where(self.empty, 0, raster.white).astype(raster.samples.dtype)
        note = tr("Pixels without data ({value:g}) are left as they are.", value=self.value)
        notes = (*raster.notes, note)
        return replace(raster, alpha=alpha, levels=replace(levels, no_data=self.value), notes=notes)


def gaps(samples: Samples, said: str | None) -> Gaps | None:
    """Where values are missing; None if they are nowhere, or everywhere.

    Args:
        samples: (H, W, C) as the file holds them.
        said: what its tag says stands there.
    """
    kind, told = samples.dtype.kind, _number(said)
    if kind == "f":
        missing = np.isnan(samples)
        low, high = float(samples.min()), float(samples.max())  # both are NaN if any is
        ends = (end for end in (low, high) if abs(end) in _LARGEST)  # nobody measured that
        value = np.nan
        for number in (*ends, told):
            if number is not None and np.isfinite(number):
                with np.errstate(over="ignore"):
                    there = samples == samples.dtype.type(number)
                value = number if there.any() else value
                missing |= there
    elif kind in "iu" and told is not None and told.is_integer():
        value, limits = told, np.iinfo(samples.dtype)
        if not limits.min <= told <= limits.max:
            return None
        missing = np.equal(samples, int(told))
    else:
        return None
    empty = np.all(missing, axis=2)
    if not empty.any() or missing.all():
        return None
    filled = samples.copy()
    filled[empty] = samples.reshape(-1)[np.argmin(missing)]
    if kind == "f":  # of single channels, which become black
        filled[missing & ~empty[..., None]] = np.nan
    return Gaps(value, empty, filled)


def restore(samples: Samples, alpha: Pixels, value: float) -> None:
    """Put the value back where there is nothing, and keep it from where there is something.

    Args:
        samples: (H, W, C), changed in place.
        alpha: (H, W) in 0..1.
    """
    empty = alpha < 0.5
    if samples.dtype.kind != "f":
        same = (samples == int(value)).all(axis=2) & ~empty
        samples[same] = int(value) + (-1 if value >= np.iinfo(samples.dtype).max else 1)
    samples[empty] = value


def _number(said: str | None) -> float | None:
    if not said:
        return None
    try:
        return float(said)
    except ValueError:  # "-1.#IND" of older Windows
        return np.nan if "#" in said else None
