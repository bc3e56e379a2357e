"""Pictures made smaller."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from torch import Tensor

from restorer.degradation.operators.linear import LinearOperator
from restorer.diffusion.rows import by_planes, by_rows
from restorer.imaging.bands import raise_if_stopped

Filter = Literal["bicubic", "box"]


#: Rows of R that are so far apart have no pixel in common.
_WIDE = 5


class Axis(NamedTuple):
    """One axis of a separable resampling: R (n, N), and R R^T = U diag(e) U^T."""

    matrix: Tensor
    values: Tensor
    vectors: Tensor


class Downsample(LinearOperator):
    """Every side divided by a whole number: y = R_h x R_w^T.

    Separable, so that A A^T is the product of two narrow bands, by which A^+ is solved exactly at
    any size, and diagonal in the product of their eigenvectors, by which prox is, of pictures of
    a few megapixels.

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
        return by_planes(lambda x: F.interpolate(x, size, mode="bicubic", antialias=True), x)

    def adjoint(self, y: Tensor) -> Tensor:
        return by_planes(self._spread, y)

    def _spread(self, y: Tensor) -> Tensor:
        size = [*y.shape[:-2], y.shape[-2] * self.scale, y.shape[-1] * self.scale]
        if self.filter == "box":
            spread = y.repeat_interleave(self.scale, -2).repeat_interleave(self.scale, -1)
            return spread / self.scale**2
        back = torch.ops.aten._upsample_bicubic2d_aa_backward
        x: Tensor = back(y.contiguous(), list(y.shape[-2:]), size, False)
        return x

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        if rho == 0:
            rest = by_planes(self._solved, by_rows(torch.sub, y, self.forward(x0)))
            return by_rows(torch.add, x0, self.adjoint(rest))
        rows, columns = self._axes(y.shape[-2], y.shape[-1], y)
        residual = rows.vectors.T @ (y - self.forward(x0)) @ columns.vectors
        solved = residual / (rows.values[:, None] * columns.values + rho)
        return x0 + self.adjoint(rows.vectors @ solved @ columns.vectors.T)

    def _solved(self, y: Tensor) -> Tensor:
        """(A A^T)^-1 y."""
        for axis in (-2, -1):
            raise_if_stopped()
            y = _divided(y, axis, _band(y.shape[axis], self.scale, self.filter))
        raise_if_stopped()
        return y

    def largest(self, y: Tensor) -> float:
        """The largest eigenvalue of A A^T."""
        rows, columns = self._axes(y.shape[-2], y.shape[-1], y)
        return float(rows.values.max() * columns.values.max())

    def _axes(self, height: int, width: int, like: Tensor) -> tuple[Axis, Axis]:
        rows, columns = (_axis(side, self.scale, self.filter) for side in (height, width))
        return Axis(*(m.to(like) for m in rows)), Axis(*(m.to(like) for m in columns))


def _divided(y: Tensor, axis: int, band: NDArray[np.float64]) -> Tensor:
    """Solve R R^T y' = y along an axis, with R R^T given by its lower band."""
    values = y.movedim(axis, 0)
    solved = solveh_banded(band, values.flatten(1).numpy(), lower=True, check_finite=False)
    made = torch.from_numpy(solved).to(y).reshape(values.shape)
    return made.movedim(0, axis)


@lru_cache(maxsize=32)
def _band(side: int, scale: int, filter: Filter) -> NDArray[np.float64]:
    """R R^T of one axis, (_WIDE, side): its diagonal and those below, in double precision.

    It is read off what it makes of combs, whose teeth lie so far apart that they do not meet.
    """
    apart = 2 * _WIDE - 1
    combs = torch.zeros(side, apart, dtype=torch.float64)
    combs[torch.arange(side), torch.arange(side) % apart] = 1
    if filter == "box":
        long = combs / scale
    else:  # the other axis stays as it is
        size, wide = [side, apart], [1, 1, side * scale, apart]
        back = torch.ops.aten._upsample_bicubic2d_aa_backward(combs[None, None], size, wide, False)
        long = F.interpolate(back, tuple(size), mode="bicubic", antialias=True)[0, 0]
    band = np.zeros((min(_WIDE, side), side))
    for below in range(len(band)):
        columns = np.arange(side - below)
        band[below, : len(columns)] = long[columns + below, columns % apart]
    return band


@lru_cache(maxsize=32)
def _axis(side: int, scale: int, filter: Filter) -> Axis:
    """The matrix from `side * scale` to `side`, in double precision."""
    impulses = torch.eye(side * scale, dtype=torch.float64)[None]
    if filter == "box":
        matrix = F.avg_pool1d(impulses, scale)[0].T
    else:
        matrix = F.interpolate(  # one impulse a column; the other axis stays as it is
            impulses[None].transpose(-1, -2), (side, side * scale), mode="bicubic", antialias=True
        )[0, 0]
    values, vectors = torch.linalg.eigh(matrix @ matrix.T)
    return Axis(*(m.float().contiguous() for m in (matrix, values, vectors)))
