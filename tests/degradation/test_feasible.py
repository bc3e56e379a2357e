"""An enlarged picture agrees with the small one wherever a picture between 0 and 1 can."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from restorer.degradation.operators import Downsample
from restorer.degradation.operators.feasible import _within, nearest_feasible
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

WITHIN = 0.25 / 127.5


def off(operator: Downsample, x: Tensor, y: Tensor) -> Tensor:
    """How far a file of x, made smaller, is from y, 0-255 scale."""
    as_file = torch.round((x + 1) * 127.5) / 127.5 - 1
    return (operator.forward(as_file) - y).abs() * 127.5


def in_file(y: Tensor) -> Tensor:
    return torch.round((y.clamp(-1, 1) + 1) * 127.5) / 127.5 - 1


def grains(scale: int, filter: str = "bicubic") -> tuple[Tensor, Tensor]:
    """A small picture of black and white grains, second, and what was made of it, first."""
    rng = torch.Generator().manual_seed(scale)
    fine = torch.randint(0, 2, (1, 3, 50, 44), generator=rng).repeat_interleave(scale, -1)
    truth = fine.repeat_interleave(scale, -2).roll((1, 1), (-2, -1)) * 2.0 - 1
    operator = Downsample(scale, filter)
    y = operator.forward(truth).clamp(-1, 1)
    return operator.pinv(y).clamp(-1, 1), y


@pytest.mark.parametrize(("scale", "filter"), [(2, "bicubic"), (3, "bicubic"), (4, "box")])
def test_what_black_and_white_can_make_is_met(scale: int, filter: str) -> None:
    """Small pictures of black and white grains: hardly a pixel of x is free to be anything."""
    operator, (x, y) = Downsample(scale, filter), grains(scale, filter)
    if filter == "bicubic":
        assert float(off(operator, x, y).max()) > 5
    found = nearest_feasible(operator, x, y, WITHIN)
    assert -1 <= float(found.min()) <= float(found.max()) <= 1
    assert float((operator.forward(found) - y).abs().max()) <= 1.01 * WITHIN
    assert float(off(operator, found, y).max()) <= 1


def test_of_a_piece_that_is_looked_at_only_the_middle_may_change() -> None:
    """(rows, columns) 4:6, 3:7 of what was seen from row 2 and column 1 on, three times larger."""
    inside = _within([slice(4, 6), slice(3, 7)], [slice(2, 9), slice(1, 9)], 3)
    expected = torch.zeros(21, 24, dtype=torch.bool)
    expected[6:12, 6:18] = True
    assert torch.equal(inside, expected)


def test_it_is_found_soon() -> None:
    """A little further in than asked for is reached in fewer steps than the very edge."""

    class Counting(Downsample):
        asked = 0

        def forward(self, x: Tensor) -> Tensor:
            self.asked += 1
            return super().forward(x)

    operator, (x, y) = Counting(2), grains(2)
    nearest_feasible(operator, x, y, WITHIN)
    assert operator.asked < 55


@pytest.mark.parametrize("scale", [2, 4])
def test_samples_are_met(scale: int) -> None:
    pixels = read_picture(resource_path("samples", "church.webp")).pixels[:240, 100:340]
    operator = Downsample(scale)
    y = in_file(operator.forward(torch.from_numpy(2 * pixels - 1).permute(2, 0, 1)[None]))
    x = operator.pinv(y).clamp(-1, 1)
    assert float(off(operator, x, y).max()) > 1
    found = nearest_feasible(operator, x, y, WITHIN)
    assert float(off(operator, found, y).max()) <= 1
    assert float((found - x).abs().mean()) < 0.01  # no more was changed than had to be


def test_where_nothing_fits_it_is_nearer_than_cutting_off() -> None:
    """No picture within the range gives a checkerboard of single pixels; the rest still agrees."""
    board = np.indices((40, 90)).sum(axis=0) % 2 * 2.0 - 1
    board[:, 30:] = 0.2
    y = torch.from_numpy(board.astype(np.float32)).expand(1, 3, 40, 90).contiguous()
    operator = Downsample(2)
    x = operator.pinv(y).clamp(-1, 1)
    found = nearest_feasible(operator, x, y, WITHIN)
    errors = [float(((operator.forward(z) - y) ** 2).mean()) for z in (x, found)]
    assert errors[1] < errors[0]
    assert float(off(operator, found, y)[..., 40:].max()) <= 1
