"""Large pictures in overlapping tiles, blended without seams.

Only the network call is split: states and noise stay whole, so a sampler does not know. Tiles that
somebody looks at come first (`order`); the result is the same bytes in any order.
Box, everywhere: (left, top, right, bottom) in pixels, right and bottom exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import EllipsisType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from restorer.diffusion import answers, order
from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.rows import by_rows, zeros_like
from restorer.diffusion.scales import vp_scales
from restorer.imaging import scratch

Box = tuple[int, int, int, int]

#: on_tile(done, total, box, x0_tile); may raise to cancel.
OnTile = Callable[[int, int, Box, Tensor], None]

#: Up to these sigmas, how far tiles overlap, in pixels; see `overlap_for`.
OVERLAPS = (0.1, 80), (0.24, 128), (0.6, 192)
WIDEST = 240

#: From one tile to the next in so many pixels: where they differ so little, a short way is enough.
_RAMP = 16

#: Around holes most is known, and what lies far tells little: their tiles overlap less, up to a
#: sigma of 0.6 and beyond.
_AROUND_HOLES = 80, 128

#: Where not all of a picture is wanted, smaller tiles may leave more of it out.
SMALLER = (256, 192)

#: What is added up is so many to one, so that no sum of values up to 8 is rounded.
_GRAINS = 2.0**21

#: Tiles start on multiples of this, so that strided networks keep their grid.
GRID = 16


class Span(NamedTuple):
    """The span of a tile along one axis, with its weights, (stop - start,)."""

    start: int
    stop: int
    weight: Tensor


class Tile(NamedTuple):
    """A tile."""

    y: Span
    x: Span

    @property
    def box(self) -> Box:
        return self.x.start, self.y.start, self.x.stop, self.y.stop

    @property
    def slices(self) -> tuple[EllipsisType, slice, slice]:
        return ..., slice(self.y.start, self.y.stop), slice(self.x.start, self.x.stop)

    @property
    def weight(self) -> Tensor:
        """Its weights, (height, width)."""
        return self.y.weight[:, None] * self.x.weight


def split(
    side: int, tile: int, overlap: int, grid: int = GRID, ramp: int | None = None
) -> list[Span]:
    """Cut an axis into as few spans of at most `tile` as overlap by at least `overlap`.

    Spans are about equally long, start on multiples of `grid`, and their weights (ramps `ramp` long
    in the middle of the overlaps, half of these by default) sum to 1 at every pixel.

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

    long = overlap / 2 if ramp is None else min(ramp, overlap / 2)
    ramps = [_ramp(start, stop, side, overlap, long) for start, stop in ranges]
    total = torch.zeros(side)
    for (start, stop), weight in zip(ranges, ramps, strict=True):
        total[start:stop] += weight
    return [
        Span(start, stop, weight / total[start:stop])
        for (start, stop), weight in zip(ranges, ramps, strict=True)
    ]


def _up_to(grid: int, n: int) -> int:
    return -(-n // grid) * grid


def _ramp(start: int, stop: int, side: int, overlap: int, long: float) -> Tensor:
    """1 inside, 0 at the tile's edge, linear across the middle of the overlap.

    What lies beyond only gives context: next to its edge a tile is at its worst. At the picture's
    own border there is no other tile to hand over to, and no ramp.
    """
    position = torch.arange(start, stop) + 0.5
    ramp = torch.ones(stop - start)
    if overlap and start > 0:
        ramp = torch.minimum(ramp, (position - start - overlap / 2) / long + 0.5)
    if overlap and stop < side:
        ramp = torch.minimum(ramp, (stop - position - overlap / 2) / long + 0.5)
    return ramp.clamp(min=0)


def overlap_for(sigma: float, tile: int) -> int:
    """The overlap of tiles, at most half a tile: more noise needs more context.

    Twice as far as the shipped prior must see so that nothing differs from the untiled answer by
    more than 0.5 of 255: 40 pixels at noise 10, 64 at 25, 96 at 50 and 112 at 150; at 24 there are
    0.7, 1.4, 3.8 and 6.8.
    """
    overlap = next((wide for most, wide in OVERLAPS if sigma <= most), WIDEST)
    return limit_overlap(overlap, tile)


def limit_overlap(overlap: int, tile: int) -> int:
    """The overlap, limited by the size of a tile."""
    return min(overlap, tile // 2 // GRID * GRID)


def addable(x: Tensor) -> Tensor:
    """The same to 6e-5 of 255, so that sums of such are the same in any order."""
    return torch.round(x * _GRAINS).div_(_GRAINS)


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
        region: (H, W), true where the answer matters. The network is asked only around there, in
            tiles so large that it sees least; what it did not see is answered by x_t as it is.
        conditioning: (B, C, H, W), which the denoiser sees as further channels of x_t.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        tile: int = 768,
        overlap: int | None = None,
        on_tile: OnTile | None = None,
        region: Tensor | None = None,
        conditioning: Tensor | None = None,
    ) -> None:
        split(1, tile, overlap or 0)  # refuse bad sizes now, not at the first picture
        self.denoiser = denoiser
        self.tile = tile
        self.overlap = overlap
        self.on_tile = on_tile
        self.region = region
        self.conditioning = conditioning
        self._chosen: dict[int, list[Tile]] = {}

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        height, width = x_t.shape[-2:]
        tiles = self._tiles(height, width, sigma)
        if len(tiles) == 1 and tiles[0].box == (0, 0, width, height):
            known = answers.current()
            known.begin_round()
            whole = known.answer(1, partial(self.denoiser, self._inputs(x_t, ...), sigma))
            self._report(1, 1, tiles[0].box, whole)
            return whole

        a = vp_scales(sigma)[0]
        x0: Tensor | None = None
        if self.region is not None:
            x0 = by_rows(lambda rows: addable(rows / a), x_t)
        for tile, x0_tile in self.each(x_t, sigma):
            if self.region is not None:
                x0_tile = x0_tile - x_t[tile.slices] / a
            if x0 is None:  # only now is it known how many channels an answer has
                x0 = zeros_like(x_t[:, : x0_tile.shape[1]])
            x0[tile.slices] += addable(x0_tile * tile.weight.to(x0))
        assert x0 is not None  # every picture has a tile, or nothing of it is wanted
        return x0

    def _inputs(self, x_t: Tensor, here: Any) -> Tensor:
        """The denoiser's inputs for a part: x_t, and its other inputs."""
        if self.conditioning is None:
            return x_t
        return torch.cat([x_t, self.conditioning[here].to(x_t).expand(len(x_t), -1, -1, -1)], dim=1)

    def each(
        self, x_t: Tensor, sigma: float, turned: Callable[[Tensor], Tensor] = _as_it_is
    ) -> Iterator[tuple[Tile, Tensor]]:
        """Every tile with the denoiser's answer; how they are `addable` is left to who asks.

        Args:
            x_t, sigma: as for a Denoiser.
            turned: what is made of the part of x_t in a tile before the denoiser sees it.
        """
        height, width = x_t.shape[-2:]
        tiles = self._tiles(height, width, sigma)
        known, look = answers.current(), order.current()
        known.begin_round()
        left = {number: tile.box for number, tile in enumerate(tiles, 1)}
        for done in range(1, len(tiles) + 1):
            number = look.first(left, width, height)
            del left[number]
            tile = tiles[number - 1]
            ask = partial(self.denoiser, self._inputs(turned(x_t[tile.slices]), tile.slices), sigma)
            x0_tile = known.answer(number, ask)
            yield tile, x0_tile
            self._report(done, len(tiles), tile.box, x0_tile)
            scratch.release()

    def _tiles(self, height: int, width: int, sigma: float) -> list[Tile]:
        if self.region is None:
            return _grid(height, width, self.tile, self._overlap(sigma, self.tile))
        overlap = min(self._overlap(sigma, self.tile), _AROUND_HOLES[sigma > 0.6])
        if overlap not in self._chosen:
            self._chosen[overlap] = min(
                (
                    [t for t in _grid(height, width, tile, overlap) if self._counts(t)]
                    for tile in (
                        self.tile,
                        *(tile for tile in SMALLER if 2 * overlap <= tile < self.tile),
                    )
                ),
                key=lambda tiles: sum(tile.weight.numel() for tile in tiles),
            )
        return self._chosen[overlap]

    def _counts(self, tile: Tile) -> bool:
        assert self.region is not None
        return bool((self.region[tile.slices] & (tile.weight > 0)).any())

    def _overlap(self, sigma: float, tile: int) -> int:
        return overlap_for(sigma, tile) if self.overlap is None else self.overlap

    def _report(self, done: int, total: int, box: Box, x0_tile: Tensor) -> None:
        if self.on_tile is not None:
            self.on_tile(done, total, box, x0_tile.detach())


def _grid(height: int, width: int, tile: int, overlap: int) -> list[Tile]:
    rows, columns = (split(side, tile, overlap, ramp=_RAMP) for side in (height, width))
    return [Tile(y, x) for y in rows for x in columns]
