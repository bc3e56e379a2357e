"""The base of linear operators, so that each one defines only A and its adjoint."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from restorer.diffusion.rows import by_rows, zeros_like
from restorer.imaging.bands import bands


class LinearOperator(ABC):
    """y = A x + noise.

    What a subclass does not know in closed form is solved by conjugate gradients.

    Args:
        noise: standard deviation of the noise in y, in [-1, 1] units.
    """

    #: Weight below which a singular value counts as zero when A is inverted without a prior.
    least = 1e-6
    #: The one singular value of A besides 0, if there is only one.
    gain: float | None = None

    def __init__(self, noise: float = 0.0) -> None:
        self.noise = noise

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """A x: from (B, 3, H, W)."""

    @abstractmethod
    def adjoint(self, y: Tensor) -> Tensor:
        """A^T y, with <A x, y> = <x, A^T y>."""

    def pinv(self, y: Tensor) -> Tensor:
        """A^+ y, the least x with A x = y."""
        return self.prox(torch.zeros_like(self.adjoint(y)), y, 0.0)

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        """argmin_z ||y - A z||^2 + rho ||z - x0||^2 = x0 + A^T (A A^T + rho)^-1 (y - A x0)."""
        rho = max(rho, self.least)
        residual = y - self.forward(x0)
        solved = conjugate_gradients(lambda v: self.forward(self.adjoint(v)) + rho * v, residual)
        return x0 + self.adjoint(solved)


class EqualGain(LinearOperator):
    """A linear operator with A A^T = gain^2 on its range: one singular value, all closed form."""

    gain: float = 1.0

    def pinv(self, y: Tensor) -> Tensor:
        return self.adjoint(y) / self.gain**2

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        misfit = by_rows(lambda made, y: y - made, self.forward(x0), y)
        return by_rows(lambda a, b: a + b / (self.gain**2 + rho), x0, self.adjoint(misfit))


def conjugate_gradients(
    apply: Callable[[Tensor], Tensor],
    right: Tensor,
    *,
    tolerance: float = 1e-5,
    most: int = 200,
    precondition: Callable[[Tensor], Tensor] = lambda v: v,
) -> Tensor:
    """Solve M v = right for a symmetric positive M, beginning at 0 (Hestenes & Stiefel, 1952).

    Args:
        apply: M.
        tolerance: of the residual against `right`, as preconditioned, where the iteration ends.
        most: iterations at most.
        precondition: symmetric, positive, and nearly the inverse of M.
    """
    v, residual = zeros_like(right), right
    direction = preconditioned = precondition(residual)
    energy = _dot(residual, preconditioned)
    goal = tolerance**2 * energy
    for _ in range(most):
        if energy <= goal:
            break
        moved = apply(direction)
        step = energy / _dot(direction, moved)
        v = plus(step, v, direction)
        residual = plus(-step, residual, moved)
        preconditioned = precondition(residual)
        energy, before = _dot(residual, preconditioned), energy
        direction = plus(energy / before, preconditioned, direction)
    return v


def plus(share: float, x: Tensor, y: Tensor) -> Tensor:
    """x + share y."""
    return by_rows(lambda a, b: a + share * b, x, y)


def _dot(a: Tensor, b: Tensor) -> float:
    rows = bands((a.shape[-2], a.shape[-1]))
    return sum(float((a[..., r, :].double() * b[..., r, :].double()).sum()) for r in rows)
