"""The forward process for one pixel, in plain Python.

A pixel x_0 = 0.5 meets the noise eps = 0.1 where alphas_cumprod has fallen to 0.64:

>>> add_noise(0.5, 0.1, abar=0.64)  # 0.8 * 0.5 + 0.6 * 0.1
0.46

The same place is reached in small steps, each with fresh noise. Without noise, one step of
beta = 0.36 only dims the pixel:

>>> one_step(0.5, 0.0, beta=0.36)
0.4
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt


def one_step(x: float, eps: float, beta: float) -> float:
    """q(x_t | x_{t-1}): x_t = sqrt(1 - beta) x_{t-1} + sqrt(beta) eps."""
    return sqrt(1 - beta) * x + sqrt(beta) * eps


def add_noise(x_0: float, eps: float, abar: float) -> float:
    """q(x_t | x_0): x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps."""
    return sqrt(abar) * x_0 + sqrt(1 - abar) * eps


def alpha_bar(betas: Sequence[float]) -> float:
    """What is left of the variance of x_0 after these steps: the product of (1 - beta)."""
    return prod(1 - beta for beta in betas)
