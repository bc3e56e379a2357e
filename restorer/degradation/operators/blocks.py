"""Large pictures block by block, each with so much around it that nobody sees where they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

import torch
from scipy.fft import next_fast_len
from torch import Tensor

from restorer.diffusion.rows import empty_like
from restorer.imaging import scratch
from restorer.imaging.bands import raise_if_stopped


class Span(NamedTuple):
    """A part of an axis: from start to stop it is worked on, from first to last it is kept."""

    start: int
    stop: int
    first: int
    last: int

    @property
    def inner(self) -> slice:
        """What is kept of what was worked on."""
        return slice(self.first - self.start, self.last - self.start)


def spans(side: int, core: int, margin: int) -> list[Span]:
    """Parts of an axis that are all equally long, so that one spectrum does for all of them.

    Args:
        side: of the picture.
        core: at most about so much of a part is kept.
        margin: so much at least lies around that, but at the border of the picture.
    """
    if side <= core + 2 * margin:
        return [Span(0, side, 0, side)]
    count = -(-(side - 2 * margin) // core)
    length = min(side, next_fast_len(-(-(side - 2 * margin) // count) + 2 * margin, real=True))
    starts = [number * (side - length) // (count - 1) for number in range(count)]
    meet = [0, *((after + before + length) // 2 for before, after in pairwise(starts)), side]
    return [
        Span(start, start + length, first, last)
        for start, (first, last) in zip(starts, pairwise(meet), strict=True)
    ]


def by_blocks(
    made: Callable[..., Tensor], wholes: Sequence[Tensor], core: int, margin: int
) -> Tensor:
    """`made(*wholes)`, which look alike, (B, C, H, W), where it depends on what is near alone."""
    parts = list(blocks((wholes[0].shape[-2], wholes[0].shape[-1]), core, margin))
    if len(parts) == 1:
        return made(*wholes)
    out = empty_like(wholes[0])
    for rows, columns in parts:
        raise_if_stopped()
        here = ..., slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        block = made(*(whole[here] for whole in wholes))[..., rows.inner, columns.inner]
        out[..., rows.first : rows.last, columns.first : columns.last] = block
        scratch.release()
    return out


def blocks(size: tuple[int, int], core: int, margin: int) -> Iterator[tuple[Span, Span]]:
    """Rows and columns of the blocks of a picture of this (height, width)."""
    yield from product(*(spans(side, core, margin) for side in size))


def mirrored(x: Tensor, rows: range, columns: range) -> Tensor:
    """A part of (B, C, H, W) that may reach beyond its border, by at most a side.

    There it is the mirror image, the border pixel twice.
    """
    across, down = (
        _into(part, side) for part, side in ((columns, x.shape[-1]), (rows, x.shape[-2]))
    )
    left, top = int(across.min()), int(down.min())
    near = x[..., top : int(down.max()) + 1, left : int(across.max()) + 1]
    near = near.index_select(-2, (down - top).to(x.device))
    return near.index_select(-1, (across - left).to(x.device))


def _into(part: range, side: int) -> Tensor:
    """What is seen of an axis where a mirror stands at both of its ends."""
    at = torch.arange(part.start, part.stop)
    return torch.where(at < 0, -1 - at, torch.where(at >= side, 2 * side - 1 - at, at))
