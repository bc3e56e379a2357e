"""Large pictures in overlapping tiles, blended without seams.

Only the network call is split: states and noise stay whole, so a sampler does not know.
Box, everywhere: (left, top, right, bottom) in pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import EllipsisType
from typing import NamedTuple

import torch
from torch import Tensor

from restorer.diffusion import answers
from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.rows import nothing_like
from restorer.diffusion.scales import vp_scales
from restorer.imaging import scratch

Box = tuple[int, int, int, int]

#: on_tile(done, total, box, x0_tile); may raise to cancel.
OnTile = Callable[[int, int, Box, Tensor], None]

#: Where not all of a picture is wanted, smaller tiles may leave more of it out.
SMALLER = (256, 192)

#: Tiles start on multiples of this, so that strided networks keep their grid.
GRID = 16


class Span(NamedTuple):
    """Where one tile lies along one axis, and how much it counts there, (stop - start,)."""

    start: int
    stop: int
    weight: Tensor


class Tile(NamedTuple):
    """What the network sees at a time."""

    y: Span
    x: Span

    @property
    def box(self) -> Box:
        return self.x.start, self.y.start, self.x.stop, self.y.stop

    @property
    def here(self) -> tuple[EllipsisType, slice, slice]:
        return ..., slice(self.y.start, self.y.stop), slice(self.x.start, self.x.stop)

    @property
    def weight(self) -> Tensor:
        """How much it counts, (height, width)."""
        return self.y.weight[:, None] * self.x.weight


def split(side: int, tile: int, overlap: int, grid: int = GRID) -> list[Span]:
    """Cut an axis into as few spans of at most `tile` as overlap by at least `overlap`.

    Spans are about equally long, start on multiples of `grid`, and their weights (ramps across
    the overlaps) sum to 1 at every pixel.

    Raises:
        ValueError: if tile or overlap is not a multiple of `grid`, or overlap exceeds half a tile.
    """
    if tile % grid or overlap % grid or not 0 <= 2 * overlap <= tile or tile <= 0:
        raise ValueError(
            f"tile and overlap must be multiples of {grid} and overlap at most half a tile, "
            f"got {tile} and {overlap}"
        )
    if side <= tile:
        return [Span(0, side, torch.ones(side))]
    count = -(-(side - overlap) // (tile - overlap))
    length = _up_to(grid, -(-(side + (count - 1) * overlap) // count))
    starts = [_up_to(grid, -(-i * (side - length) // (count - 1))) for i in range(count)]
    ranges = [(start, min(start + length, side)) for start in starts]

    ramps = [_ramp(start, stop, side, overlap) for start, stop in ranges]
    total = torch.zeros(side)
    for (start, stop), ramp in zip(ranges, ramps, strict=True):
        total[start:stop] += ramp
    return [
        Span(start, stop, ramp / total[start:stop])
        for (start, stop), ramp in zip(ranges, ramps, strict=True)
    ]


def _up_to(grid: int, n: int) -> int:
    return -(-n // grid) * grid


def _ramp(start: int, stop: int, side: int, overlap: int) -> Tensor:
    """1 inside, 0 at the tile's edge, linear across the middle half of the overlap.

    The outermost quarter only gives context: next to its edge a tile is at its worst. At the
    picture's own border there is no other tile to hand over to, and no ramp.
    """
    position = torch.arange(start, stop) + 0.5
    ramp = torch.ones(stop - start)
    if overlap and start > 0:
        ramp = torch.minimum(ramp, 2 * (position - start) / overlap - 0.5)
    if overlap and stop < side:
        ramp = torch.minimum(ramp, 2 * (stop - position) / overlap - 0.5)
    return ramp.clamp(min=0)


def overlap_for(sigma: float, tile: int) -> int:
    """How far tiles should overlap, at most half a tile: the more noise, the farther it looks.

    RMS difference of the shipped prior from the untiled answer, 768 pixels, of 255: overlap 48
    leaves 0.04 at noise 25, 0.10 at 75 and 0.40 at 255; overlap 128 leaves 0.12 at 255.
    """
    return min(48 if sigma <= 0.6 else 128, tile // 2 // GRID * GRID)


def _as_it_is(x: Tensor) -> Tensor:
    return x


class TiledDenoiser:
    """A Denoiser that calls another one tile by tile.

    The whole picture stays where x_t is (keep it on the CPU); the network sees one tile at
    a time, and moves it to its own device. A picture that fits into one tile is run directly.

    Args:
        denoiser: continues tiles beyond their border by itself (see `run_padded`).
        tile: longest side of a tile in pixels, a multiple of 16.
        overlap: least overlap of neighbours, a multiple of 16; None takes `overlap_for` the noise.
        on_tile: told (done, total, box, x0_tile) after each tile; what it raises stops the run.
        wanted: (H, W), true where the answer matters. The network is asked only around there, in
            tiles so large that it sees least; what it did not see is answered by x_t as it is.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        tile: int = 512,
        overlap: int | None = None,
        on_tile: OnTile | None = None,
        wanted: Tensor | None = None,
    ) -> None:
        split(1, tile, overlap or 0)  # refuse bad sizes now, not at the first picture
        self.denoiser = denoiser
        self.tile = tile
        self.overlap = overlap
        self.on_tile = on_tile
        self.wanted = wanted
        self._chosen: dict[int, list[Tile]] = {}

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        height, width = x_t.shape[-2:]
        tiles = self._tiles(height, width, sigma)
        if len(tiles) == 1 and tiles[0].box == (0, 0, width, height):
            x0 = self.denoiser(x_t, sigma)
            self._report(1, 1, tiles[0].box, x0)
            return x0

        a = vp_scales(sigma)[0]
        x0 = nothing_like(x_t) if self.wanted is None else x_t / a
        for tile, x0_tile in self.each(x_t, sigma):
            if self.wanted is not None:
                x0_tile = x0_tile - x_t[tile.here] / a
            x0[tile.here] += x0_tile * tile.weight.to(x0)
        return x0

    def each(
        self, x_t: Tensor, sigma: float, turned: Callable[[Tensor], Tensor] = _as_it_is
    ) -> Iterator[tuple[Tile, Tensor]]:
        """Every tile with the denoiser's answer; how they add up is left to who asks.

        Args:
            x_t, sigma: as for a Denoiser.
            turned: what is made of the part of x_t in a tile before the denoiser sees it.
        """
        height, width = x_t.shape[-2:]
        tiles = self._tiles(height, width, sigma)
        known = answers.current()
        known.begin_round()
        for done, tile in enumerate(tiles, 1):
            ask = partial(self.denoiser, turned(x_t[tile.here]), sigma)
            x0_tile = known.of(done, ask)
            yield tile, x0_tile
            self._report(done, len(tiles), tile.box, x0_tile)
            scratch.release()

    def _tiles(self, height: int, width: int, sigma: float) -> list[Tile]:
        if self.wanted is None:
            return self._grid(height, width, self.tile, sigma)
        overlap = overlap_for(sigma, self.tile) if self.overlap is None else self.overlap
        if overlap not in self._chosen:
            self._chosen[overlap] = min(
                (
                    [t for t in self._grid(height, width, tile, sigma) if self._counts(t)]
                    for tile in (
                        self.tile,
                        *(tile for tile in SMALLER if 2 * overlap <= tile < self.tile),
                    )
                ),
                key=lambda tiles: sum(tile.weight.numel() for tile in tiles),
            )
        return self._chosen[overlap]

    def _counts(self, tile: Tile) -> bool:
        assert self.wanted is not None
        return bool((self.wanted[tile.here] & (tile.weight > 0)).any())

    def _grid(self, height: int, width: int, tile: int, sigma: float) -> list[Tile]:
        overlap = overlap_for(sigma, tile) if self.overlap is None else self.overlap
        rows, columns = (split(side, tile, overlap) for side in (height, width))
        return [Tile(y, x) for y in rows for x in columns]

    def _report(self, done: int, total: int, box: Box, x0_tile: Tensor) -> None:
        if self.on_tile is not None:
            self.on_tile(done, total, box, x0_tile.detach())
