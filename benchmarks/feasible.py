"""Can an enlarged picture, made smaller again, be the input? python benchmarks/feasible.py

Enlarges the bundled samples twice, and their corners four times, and prints how far the worst value
is from the input (0-255 scale) and the share of pixels that miss by more than 1. Where some do, a
linear programme around the worst one finds how near any picture between black and white could come
to the 19 x 19 values there: a bound from below, before rounding to 8 bits.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from restoration import Case, in_file, ours, through
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, vstack

from restorer.degradation.operators import Downsample
from restorer.engine.damage import Damage
from restorer.engine.engine import Engine
from restorer.imaging.picture import Pixels
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

_NEAR, _SEEN = 9, 13  # pixels around the worst one that are to agree, and that are looked at
_CORNER = 256
_SUFFIXES = {".jpg", ".png", ".webp"}


def least_miss(small: Pixels, scale: int, at: tuple[int, ...]) -> float:
    """The least largest miss, 0-255 scale, of the values around a place (row, column, channel)."""
    row, column, channel = at
    seen = small[max(0, row - _SEEN) : row + _SEEN + 1, max(0, column - _SEEN) : column + _SEEN + 1]
    top, left = min(row, _SEEN) - min(row, _NEAR), min(column, _SEEN) - min(column, _NEAR)
    high = min(row, _NEAR) + _NEAR + 1
    wide = min(column, _NEAR) + _NEAR + 1
    near = np.zeros(seen.shape[:2], bool)
    near[top : top + high, left : left + wide] = True
    asked = torch.eye(near.size).reshape(-1, 1, *near.shape)[torch.from_numpy(near.ravel())]
    weights = csr_matrix(Downsample(scale).adjoint(asked).flatten(1).numpy())
    y = seen[..., channel][near].astype(float)
    slack = csr_matrix(np.ones((len(y), 1)))
    bounds: list[tuple[float, float | None]] = [(0, 1)] * weights.shape[1] + [(0, None)]
    cost: NDArray[np.float64] = np.append(np.zeros(weights.shape[1]), 1)
    within = vstack([hstack([weights, -slack]), hstack([-weights, -slack])])
    found = linprog(cost, within, np.append(y, -y), bounds=bounds, method="highs")
    return 255 * float(found.fun)


def main() -> None:
    """Print one line a sample and scale."""
    torch.set_num_threads(1)
    engine = Engine()
    engine.load("builtin", "cpu")
    samples = (p for p in sorted(resource_path("samples").iterdir()) if p.suffix in _SUFFIXES)
    for path in samples:
        for scale in (2, 4):
            small = read_picture(path).pixels
            small = small if scale == 2 else np.ascontiguousarray(small[:_CORNER, :_CORNER])
            case = Case(small, Damage("upscale", scale=scale), None, {})
            result, _ = ours(engine, case, steps=2)
            off = 255 * np.abs(through(Downsample(scale), in_file(result)) - small)
            line = f"{path.name:20} x{scale} {off.max():6.2f} {(off.max(axis=2) > 1).mean():9.4%}"
            if off.max() > 1:
                at = tuple(int(i) for i in np.unravel_index(off.argmax(), off.shape))
                line += f"  at least {least_miss(small, scale, at):.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
