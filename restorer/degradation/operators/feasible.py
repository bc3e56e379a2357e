"""Projects a picture onto those in range that shrink exactly to a given picture."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from restorer.degradation.operators.resampling import Downsample
from restorer.diffusion.rows import by_rows

#: Side of what is solved at a time, in pixels.
_TILE = 128
#: How far a pixel of the small picture sees, in its own pixels.
_REACH = 3
#: Steps between two looks, and looks; there is hardly any progress where nothing fits.
_STEPS, _LOOKS, _PROGRESS = 20, 10, 0.95
#: What is aimed at lies a little further in than what is asked for.
_AIM = 0.8
#: Tiles lie elsewhere in every round: their borders hold still.
_ROUNDS = ((0.0, 0.0), (0.5, 0.5), (0.0, 0.5), (0.5, 0.0))


def nearest_feasible(operator: Downsample, x: Tensor, y: Tensor, within: float) -> Tensor:
    """A picture close to x, within -1..1, that shrinks to y wherever that is possible.

    Where there is none, what comes nearest to y. Works only around what does not agree.

    Args:
        x: (1, 3, H, W), agreeing in most places.
        y: (1, 3, h, w).
        within: how far from y it may stay.
    """
    x = by_rows(lambda rows: rows.clamp(-1, 1), x)
    hopeless = torch.zeros(y.shape[-2:], dtype=torch.bool)
    for shift in _ROUNDS:
        off = by_rows(_apart, operator.forward(x), y).amax((0, 1)) > within
        off &= ~hopeless
        if not off.any():
            break
        tile = _TILE // operator.scale
        rows, columns = (_cuts(n, tile, s) for n, s in zip(y.shape[-2:], shift, strict=True))
        for core in product(rows, columns):
            if off[core].any() and not _solve(operator, x, y, core, within):
                top, left = (_grown(side, -2 * _REACH, side.stop) for side in core)
                hopeless[top, left] = True
    return x


def _apart(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).abs()


def _solve(
    operator: Downsample, x: Tensor, y: Tensor, core: tuple[slice, slice], within: float
) -> bool:
    """Project the part of x for this part of y in place; false if that does not converge.

    Least squares of what lies beyond `within`, by projected gradients, accelerated (Beck &
    Teboulle, "FISTA", 2009) and begun anew where that overshoots (O'Donoghue & Candes, 2015).
    """
    bounded = [_grown(c, _REACH, n) for c, n in zip(core, y.shape[-2:], strict=True)]
    seen = [_grown(c, _REACH, n) for c, n in zip(bounded, y.shape[-2:], strict=True)]
    down, across = (slice(c.start * operator.scale, c.stop * operator.scale) for c in seen)
    part, goal = x[..., down, across], y[..., seen[0], seen[1]]
    rows = _within(bounded, seen, 1).to(x)
    free = _within(core, seen, operator.scale)
    longest = operator.largest(goal)
    now = ahead = part
    speed, before = 1.0, torch.inf
    for _ in range(_LOOKS):
        for _ in range(_STEPS):
            rest = rows * (goal - operator.forward(ahead))
            beyond = rest - rest.clamp(-_AIM * within, _AIM * within)
            step = operator.adjoint(beyond) / longest
            new = torch.where(free, (ahead + step).clamp(-1, 1), part)
            if float(((ahead - new) * (new - now)).sum()) > 0:
                speed = 1.0
            faster = (1 + (1 + 4 * speed**2) ** 0.5) / 2
            ahead = new + (speed - 1) / faster * (new - now)
            now, speed = new, faster
        off = float((rows * (goal - operator.forward(now))).abs().max())
        if off <= within or off > _PROGRESS * before:
            break
        before = off
    x[..., down, across] = now
    return off <= within


def _cuts(length: int, tile: int, shift: float) -> list[slice]:
    edges = sorted({0, length, *range(round(shift * tile), length, tile)})
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def _grown(side: slice, by: int, length: int) -> slice:
    return slice(max(0, side.start - by), max(0, min(length, side.stop + by)))


def _within(inner: list[slice] | tuple[slice, slice], outer: list[slice], scale: int) -> Tensor:
    """A mask of the inner box within the outer one, `scale` times larger."""
    tall, wide = (scale * (side.stop - side.start) for side in outer)
    inside = torch.zeros(tall, wide, dtype=torch.bool)
    top, left = (scale * (i.start - o.start) for i, o in zip(inner, outer, strict=True))
    height, width = (scale * (i.stop - i.start) for i in inner)
    inside[top : top + height, left : left + width] = True
    return inside
