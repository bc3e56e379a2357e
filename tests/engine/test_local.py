from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from restorer.diffusion.tiling import TiledDenoiser
from restorer.engine.local import LocalDenoiser, evaluations, factors_of, levels_of, weights_of
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput

GRID = ((0.5, 1.0, 2.0), (1.0, 1.0, 1.5))


def test_as_many_levels_as_needed() -> None:
    assert levels_of(()) == levels_of(((1.0, 1.1),)) == levels_of(((0.0, 1.0),)) == (1.0,)
    assert levels_of(GRID) == pytest.approx((0.5, 1.0, 2.0))
    assert evaluations(((1.0, 1.5),)) == 2


@pytest.mark.parametrize("grid", [GRID, ((0.0, 0.6, 1.4),), ((1.0,), (0.0,)), ((0.0,),)])
def test_shares_sum_to_one(grid: tuple[tuple[float, ...], ...]) -> None:
    weights = weights_of(grid, levels_of(grid), (50, 70))
    assert np.sum(weights, axis=0) == pytest.approx(1, abs=1e-5)
    assert min(weight.min() for weight in weights) >= 0


def test_every_place_has_its_level() -> None:
    """With D(x) = sigma everywhere, the answer is the map of levels itself."""
    asked: list[float] = []

    def denoiser(x_t: torch.Tensor, sigma: float) -> torch.Tensor:
        asked.append(sigma)
        return torch.full_like(x_t, np.log(sigma))

    x0 = LocalDenoiser(TiledDenoiser(denoiser), ((0.5, 2.0),))(torch.zeros(1, 3, 8, 64), 0.1).exp()
    assert asked == pytest.approx([0.05, 0.1, 0.2])
    assert float(x0[0, 0, 0, 0]) == pytest.approx(0.05)
    assert float(x0[0, 0, 0, -1]) == pytest.approx(0.2)
    across = x0[0, 0, 0].numpy()
    assert (np.diff(across) >= -1e-6).all()


def test_what_is_left_alone_stays() -> None:
    picture = torch.randn(1, 3, 16, 64, generator=torch.Generator().manual_seed(0))
    sigma = 0.2
    denoiser = LocalDenoiser(TiledDenoiser(lambda x, _: torch.zeros_like(x)), ((0.0, 1.0),))
    x0 = denoiser(picture / (1 + sigma**2) ** 0.5, sigma)
    assert torch.allclose(x0[..., :16], picture[..., :16], atol=1e-6)
    assert float(x0[..., -16:].abs().max()) < 1e-6


def test_beside_what_is_left_alone_the_noise_is_what_it_is_there() -> None:
    """A burnt-out sky says nothing of the noise, and one dark corner nothing of that at its rim."""
    grid = ((0.0, 1.0, 1.0, 1.0, 4.0),)
    alone, *shares = weights_of(grid, levels_of(grid), (8, 100))
    told = factors_of(grid, (8, 100)) / np.maximum(1 - alone, 1e-6)
    assert shares[0].shape == (8, 100)
    assert told[4, 12:65] == pytest.approx(1.0, abs=0.01)
    assert told[4, 95] == pytest.approx(4.0, abs=0.01)


def test_the_task_carries_the_map() -> None:
    task = RestorationTask(start=30.0, local=GRID)
    assert RestorationTask.from_json(task.to_json()) == task
    old = json.loads(task.to_json())
    del old["local"]
    assert RestorationTask.from_json(json.dumps(old)).local == ()


@pytest.mark.parametrize(
    "grid", [((1.0,), (1.0, 1.0)), ((-1.0,),), ((float("nan"),),), ((1e9,),), ((),), ((1.0,) * 65,)]
)
def test_bad_maps_are_refused(grid: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(BadInput):
        RestorationTask(start=30.0, local=grid)
