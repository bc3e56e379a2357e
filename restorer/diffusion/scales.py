"""Conversions between the state x_t, the clean picture x_0 and the noise eps.

a = sqrt(abar) and b = sqrt(1 - abar), of sigma = b / a. Plain arithmetic: neither torch nor numpy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

#: diffusers' names for what a network predicts.
PredictionType = Literal["epsilon", "v_prediction", "sample"]


def vp_scales(sigma: float) -> tuple[float, float]:
    """(sqrt(abar), sqrt(1 - abar)) of a sigma, in double precision."""
    a = 1 / math.sqrt(1 + sigma * sigma)
    return a, sigma * a


def x0_from_prediction(
    prediction: Tensor, kind: PredictionType, x_t: Tensor, sigma: float
) -> Tensor:
    """The clean picture of a prediction; v = a eps - b x_0 (Salimans & Ho, 2022)."""
    a, b = vp_scales(sigma)
    match kind:
        case "epsilon":
            return (x_t - b * prediction) / a
        case "v_prediction":
            return a * x_t - b * prediction
        case "sample":
            return prediction
    raise ValueError(f"unknown prediction type {kind!r}")


def eps_from_x0(x_t: Tensor, x0: Tensor, sigma: float) -> Tensor:
    """The noise in x_t, given x_0."""
    a, b = vp_scales(sigma)
    return (x_t - a * x0) / b
