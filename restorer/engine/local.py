"""Uneven noise: a coarse grid of levels, and a denoiser that follows it.

The prior takes one level for the whole picture. So the picture is denoised at a few levels, and
every pixel takes its own mixture of the two nearest. That costs one evaluation a level; where
the noise is nearly the same everywhere, it is one as before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restorer.engine.strength import Box
from restorer.errors import BadInput
from restorer.imaging.bands import bands

if TYPE_CHECKING:
    import torch

    from restorer.diffusion.tiling import TiledDenoiser

#: Rows of a grid that covers the picture evenly: the noise there in relation to the noise that
#: the task begins at; 0 leaves the picture alone there.
Grid = tuple[tuple[float, ...], ...]

MOST_LEVELS = 3
_STEP = 1.6  # between levels: a prior told 1.25 times too much loses less than 0.1 dB
_NEARLY_ONE = 1.3
_LEAST, _MOST, _LONGEST = 0.1, 10.0, 64

Array = NDArray[np.float32]


def checked(grid: Grid) -> None:
    """Raise `BadInput` for an invalid grid."""
    lengths = {len(row) for row in grid}
    if len(lengths) > 1 or not all(1 <= n <= _LONGEST for n in (*lengths, len(grid) or 1)):
        raise BadInput(
            "Local noise must be a rectangle of at most {longest} x {longest}.", longest=_LONGEST
        )
    if any(f != 0 and not _LEAST <= f <= _MOST for row in grid for f in row):
        raise BadInput(
            "Local noise must be 0, or between {least} and {most:g} times the usual.",
            least=_LEAST,
            most=_MOST,
        )


def levels_of(grid: Grid) -> tuple[float, ...]:
    """The levels to denoise at, relative to the start: one or a few, rising."""
    known = [factor for row in grid for factor in row if factor > 0]
    if not known:
        return (1.0,)
    low, high = min(known), max(known)
    if high <= _NEARLY_ONE * low:
        return (1.0,)
    count = min(MOST_LEVELS, 1 + math.ceil(math.log(high / low) / math.log(_STEP)))
    return tuple(map(float, np.geomspace(low, high, count)))


def evaluations(grid: Grid) -> int:
    """Network evaluations per step."""
    return len(levels_of(grid))


class LocalDenoiser:
    """A Denoiser for uneven noise; it holds x_t and x_0 in memory, and no third picture.

    Args:
        denoiser: at one level.
        grid: see `Grid`.
        size: (height, width) of what the grid covers; None for the picture that it is asked about.
        place: (left, top) of that picture there.
    """

    def __init__(
        self,
        denoiser: TiledDenoiser,
        grid: Grid,
        size: tuple[int, int] | None = None,
        place: tuple[int, int] = (0, 0),
    ) -> None:
        self.denoiser = denoiser
        self.grid = grid
        self.size, self.place = size, place

    def __call__(self, x_t: torch.Tensor, sigma: float, /) -> torch.Tensor:
        import torch

        from restorer.diffusion.rows import empty_like
        from restorer.diffusion.scales import vp_scales
        from restorer.diffusion.tiling import addable

        height, width = x_t.shape[-2:]
        a = vp_scales(sigma)[0]
        levels = levels_of(self.grid)

        size, (x, y) = self.size or (height, width), self.place

        def share(which: int, box: Box) -> torch.Tensor:
            left, top, right, bottom = box
            there = left + x, top + y, right + x, bottom + y
            return torch.from_numpy(weights_of(self.grid, levels, size, there)[which])

        x0 = empty_like(x_t)
        for rows in bands((height, width)):
            alone = share(0, (0, rows.start, width, rows.stop))
            x0[..., rows, :] = addable(x_t[..., rows, :] / a * alone)
        for which, level in enumerate(levels, 1):
            here = sigma * level

            def weighted(part: torch.Tensor, signal: float = vp_scales(here)[0]) -> torch.Tensor:
                return part / a * signal

            for tile, seen in self.denoiser.each(x_t, here, weighted):
                x0[tile.slices] += addable(seen * tile.weight * share(which, tile.box))
        return x0


def weights_of(
    grid: Grid, levels: tuple[float, ...], size: tuple[int, int], box: Box | None = None
) -> list[Array]:
    """Weights of the unchanged picture and of each level; they sum to 1 everywhere.

    Args:
        grid: see `Grid`.
        levels: see `levels_of`.
        size: (height, width) of the picture.
        box: the part of it that is wanted; None is all.

    Returns:
        (h, w) each, the size of the box.
    """
    left, top, right, bottom = box or (0, 0, size[1], size[0])
    part = range(top, bottom), range(left, right)
    factors = np.array(grid)
    if not factors.any():
        wanted = len(part[0]), len(part[1])
        return [np.ones(wanted, np.float32), *(np.zeros(wanted, np.float32) for _ in levels)]
    alone = _spread((factors == 0).astype(np.float64), size, part)
    if len(levels) == 1:
        return [alone, 1 - alone]
    # What is left alone has no level; its neighbours should not feel it.
    filled = np.where(factors == 0, np.median(factors[factors > 0]), factors)
    places = np.interp(np.log(filled), np.log(levels), np.arange(len(levels)))
    place = _spread(places, size, part)
    return [
        alone,
        *((1 - alone) * np.maximum(0, 1 - np.abs(place - i)) for i in range(len(levels))),
    ]


def factors_of(grid: Grid, size: tuple[int, int]) -> Array:
    """(H, W): the noise level of every pixel, relative to the start."""
    levels = levels_of(grid)
    weights = weights_of(grid, levels, size)[1:]
    weighted = [np.float32(level) * weight for level, weight in zip(levels, weights, strict=True)]
    return np.sum(weighted, axis=0, dtype=np.float32)


def _spread(grid: NDArray[np.float64], size: tuple[int, int], part: tuple[range, range]) -> Array:
    """The grid over part of a picture of (H, W) pixels: linear between the middles of its cells."""
    for axis, (length, wanted) in enumerate(zip(size, part, strict=True)):
        cells = grid.shape[axis]
        position = np.clip((np.array(wanted) + 0.5) * cells / length - 0.5, 0, cells - 1)
        before = np.minimum(position.astype(int), max(0, cells - 2))
        after = np.minimum(before + 1, cells - 1)
        share = np.expand_dims(position - before, 1 - axis)
        grid = grid.take(before, axis) * (1 - share) + grid.take(after, axis) * share
    return grid.astype(np.float32)
