"""The plotted quantities and axes of the schedules, as tables. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restorer.diffusion.schedule import LINEAR, Schedule, cosine, scaled_linear
from restorer.words import marked as _

Numbers = NDArray[np.float64]

#: Name, schedule, and whose it is.
SCHEDULES: tuple[tuple[str, Schedule, str], ...] = (
    (_("linear"), LINEAR, _("DDPM, and Restorer's own networks")),
    (_("cosine"), cosine(), _("Nichol and Dhariwal, 2021")),
    (_("scaled linear"), scaled_linear(), _("Stable Diffusion")),
)


@dataclass(frozen=True)
class Quantity:
    """The quantity of a plot or an axis: its symbol, plain words, its values at any t.

    Attributes:
        falls: whether it falls from clean to noise.
    """

    name: str
    sign: str
    told: str
    values: Callable[[Schedule, Numbers], Numbers]
    logarithmic: bool = False
    falls: bool = False


def _beta(schedule: Schedule, t: Numbers) -> Numbers:
    return np.interp(t, np.arange(len(schedule)), schedule.betas)


QUANTITIES = (
    Quantity(
        "beta", "β_t", _("How much static step t adds, as a share of its power."), _beta, True
    ),
    Quantity(
        "abar",
        "ᾱ_t",
        _("How much of the picture's power is left after all steps up to t."),
        Schedule.alpha_bar,
    ),
    Quantity(
        "sigma",
        "σ_t",
        _("Static against picture; 1 is as much of the one as of the other."),
        Schedule.sigma,
        True,
    ),
    Quantity(
        "snr",
        _("SNR_t, dB"),
        _("The same in decibels: 0 is as much static as picture, more is cleaner."),
        Schedule.snr_db,
    ),
)

AXES = (
    Quantity("t", _("t"), _("Numbers of the steps; noise on the right"), lambda _, t: t),
    Quantity(
        "snr",
        _("log SNR"),
        _("Signal-to-noise ratio in dB; noise on the right"),
        Schedule.snr_db,
        falls=True,
    ),
    Quantity(
        "noise",
        _("noise of 255"),
        _("Noise of 255, on a logarithmic axis"),
        Schedule.noise,
        True,
    ),
)


def t_at(axis: Quantity, schedule: Schedule, x: float) -> float:
    """The t at x of an axis; on a logarithmic axis, x is the logarithm to base 10."""
    t = np.linspace(0, len(schedule) - 1, 4000)
    values = shown(axis.values(schedule, t), axis.logarithmic)
    return float(t[int(np.argmin(np.abs(values - x)))])


def shown(values: Numbers, logarithmic: bool) -> Numbers:
    """The values as a plot stores them."""
    return np.log10(np.maximum(values, 1e-12)) if logarithmic else values
