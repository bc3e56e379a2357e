"""The map between t and the axis of the timeline: pure noise at 0, clean at 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from restorer.diffusion.schedule import Floats, Schedule


class Spacing(StrEnum):
    """How the axis spaces t."""

    LOG_SNR = "log-snr"
    LINEAR = "linear"


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """The map between t in [0, T - 1] and a fraction of the axis in [0, 1], exact both ways.

    Spaced by log SNR = -2 log sigma, equal ratios of noise have equal widths, so that the levels a
    person can see (3 to 100 of 255) get a good third of the axis; linear t squeezes them into a
    tenth.
    """

    schedule: Schedule
    spacing: Spacing = Spacing.LOG_SNR

    @property
    def t_max(self) -> float:
        """The t of pure noise, T - 1."""
        return float(len(self.schedule) - 1)

    def fraction(self, t: float) -> float:
        """0 for pure noise ... 1 for clean; t is clamped to [0, T - 1]."""
        return float(self.fractions(t))

    def fractions(self, t: ArrayLike) -> Floats:
        """The same for many t at once."""
        if self.spacing is Spacing.LINEAR:
            return 1.0 - np.clip(np.asarray(t, np.float64) / self.t_max, 0.0, 1.0)
        low, high = self._log_sigma_range
        return (high - np.log(self.schedule.sigma(t))) / (high - low)

    def t_at(self, fraction: float) -> float:
        """The inverse of `fraction`, which is clamped to [0, 1]."""
        return float(self.times_at(fraction))

    def times_at(self, fraction: ArrayLike) -> Floats:
        """The same for many fractions at once."""
        fraction = np.clip(np.asarray(fraction, np.float64), 0.0, 1.0)
        if self.spacing is Spacing.LINEAR:
            return (1.0 - fraction) * self.t_max
        low, high = self._log_sigma_range
        return self.schedule.t_from_sigma(np.exp(high - fraction * (high - low)))

    @cached_property
    def _log_sigma_range(self) -> tuple[float, float]:
        clean, noise = self.schedule.sigma([0.0, self.t_max])
        return math.log(clean), math.log(noise)

    def label_candidates(self) -> list[int]:
        """Whole t that deserve a label, the most important first."""
        last = int(self.t_max)
        coarse = [100, 10, *range(200, last, 200), 50, 20, 5, 2, *range(300, last, 200)]
        # 900 beside 999 says nothing new
        return [0, last, *(t for t in coarse if 0 < t <= last - 100 or t < last // 2)]
