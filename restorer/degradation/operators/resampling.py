"""Pictures made smaller."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.degradation.operators.linear import LinearOperator

Filter = Literal["bicubic", "box"]


class Axis(NamedTuple):
    """One axis of a separable resampling: R (n, N), and R R^T = U diag(e) U^T."""

    matrix: Tensor
    values: Tensor
    vectors: Tensor


class Downsample(LinearOperator):
    """Every side divided by a whole number: y = R_h x R_w^T.

    Separable, so that A A^T is diagonal in the product of the eigenvectors of two small
    matrices, and both A^+ and prox are exact.

    Args:
        scale: 2, 3, 4, ...; sides of x are multiples of it.
        filter: "bicubic" as Pillow's (a = -0.5, widened against aliasing), or "box" means.
    """

    def __init__(self, scale: int, filter: Filter = "bicubic", noise: float = 0.0) -> None:
        super().__init__(noise)
        if scale < 2 or filter not in get_args(Filter):
            raise ValueError(f"no resampling {filter!r} by {scale}")
        self.scale, self.filter = scale, filter

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2] % self.scale or x.shape[-1] % self.scale:
            raise ValueError(f"sides must be multiples of {self.scale}, got {tuple(x.shape)}")
        if self.filter == "box":
            return F.avg_pool2d(x, self.scale)
        size = x.shape[-2] // self.scale, x.shape[-1] // self.scale
        return F.interpolate(x, size, mode="bicubic", antialias=True)

    def adjoint(self, y: Tensor) -> Tensor:
        rows, columns = self._axes(y.shape[-2], y.shape[-1], y)
        return rows.matrix.T @ y @ columns.matrix

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        rows, columns = self._axes(y.shape[-2], y.shape[-1], y)
        residual = rows.vectors.T @ (y - self.forward(x0)) @ columns.vectors
        solved = residual / (rows.values[:, None] * columns.values + rho)
        return x0 + self.adjoint(rows.vectors @ solved @ columns.vectors.T)

    def largest(self, y: Tensor) -> float:
        """The largest eigenvalue of A A^T."""
        rows, columns = self._axes(y.shape[-2], y.shape[-1], y)
        return float(rows.values.max() * columns.values.max())

    def _axes(self, height: int, width: int, like: Tensor) -> tuple[Axis, Axis]:
        rows, columns = (_axis(side, self.scale, self.filter) for side in (height, width))
        return Axis(*(m.to(like) for m in rows)), Axis(*(m.to(like) for m in columns))


@lru_cache(maxsize=32)
def _axis(side: int, scale: int, filter: Filter) -> Axis:
    """What becomes `side` from `side * scale`, in double precision."""
    impulses = torch.eye(side * scale, dtype=torch.float64)[None]
    if filter == "box":
        matrix = F.avg_pool1d(impulses, scale)[0].T
    else:
        matrix = F.interpolate(  # one impulse a column; the other axis stays as it is
            impulses[None].transpose(-1, -2), (side, side * scale), mode="bicubic", antialias=True
        )[0, 0]
    values, vectors = torch.linalg.eigh(matrix @ matrix.T)
    return Axis(*(m.float().contiguous() for m in (matrix, values, vectors)))
