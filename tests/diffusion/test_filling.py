"""The network that fills begins as the prior it came from, and sees what is missing."""

import pytest
import torch

from restorer.diffusion.denoiser import PriorDenoiser, RotatedDenoiser
from restorer.diffusion.filling import FillingUNet, from_prior, refine
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tiling import TiledDenoiser

SIGMA = torch.tensor([0.25])


def tiny_prior() -> PriorUNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PriorUNet(channels=(8, 8), blocks=1, mid_blocks=1, embedding_dim=16)


@pytest.fixture
def trained() -> FillingUNet:
    """As if it had been: the hole counts."""
    network = from_prior(tiny_prior())
    with torch.random.fork_rng():
        torch.manual_seed(1)
        torch.nn.init.normal_(network.hole_conv.weight, std=0.3)
    return network


def shown(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(2)
    x_t = torch.rand(1, 3, height, width, generator=chance) * 2 - 1
    return x_t, (torch.rand(1, 1, height, width, generator=chance) < 0.3).float()


def test_untrained_it_is_the_prior() -> None:
    prior, (x_t, hole) = tiny_prior(), shown(24, 32)
    network = from_prior(prior)
    expected = prior(x_t, SIGMA)
    for found in (network(torch.cat([x_t, hole], dim=1), SIGMA), network(x_t, SIGMA)):
        assert torch.equal(found.x0, expected.x0)
        assert torch.equal(found.eps, expected.eps)


def test_the_hole_counts_and_only_near_it(trained: FillingUNet) -> None:
    x_t, hole = shown(96, 96)
    hole[:] = 0
    plain = trained(torch.cat([x_t, hole], dim=1), SIGMA).x0
    assert torch.equal(plain, trained(x_t, SIGMA).x0)
    hole[..., 4:8, 4:8] = 1
    changed = (trained(torch.cat([x_t, hole], dim=1), SIGMA).x0 - plain).abs().amax(dim=1)
    assert changed[..., 4:8, 4:8].max() > 0.01
    assert changed[..., 60:, 60:].max() == 0


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("side", [0, 5])
def test_every_tile_sees_its_own_holes(trained: FillingUNet, wanted: bool, side: int) -> None:
    x_t, hole = shown(160, 144)
    hole[..., 40:] = 0
    denoiser = RotatedDenoiser(PriorDenoiser(trained), side)
    whole = denoiser(torch.cat([x_t, hole], dim=1), 0.25)
    where = hole[0, 0] > 0
    tiled = TiledDenoiser(
        denoiser, tile=96, overlap=48, region=where if wanted else None, conditioning=hole
    )
    found = tiled(x_t, 0.25)
    assert found.shape == x_t.shape
    there = where.expand(3, -1, -1) if wanted else torch.ones_like(whole[0], dtype=torch.bool)
    assert torch.allclose(found[0][there], whole[0][there], atol=1e-3)


def test_the_answer_is_looked_at_again_from_other_sides() -> None:
    """And is the mean of all but the first; what is known holds."""
    guess = torch.zeros(1, 3, 4, 4)
    known = torch.zeros(1, 3, 4, 4, dtype=torch.bool)
    known[..., 0] = True
    asked: list[tuple[str, float, float]] = []

    def view(name: str, says: float):  # type: ignore[no-untyped-def]
        def ask(x_t: torch.Tensor, sigma: float, /) -> torch.Tensor:
            asked.append((name, sigma, float(x_t[0, 0, 0, 1]) * (1 + sigma**2) ** 0.5))
            return torch.full_like(x_t, says)

        return ask

    views = [view("a", 0.2), view("b", 0.4), view("c", 3.0)]
    held = lambda x0: torch.where(known, guess, x0)  # noqa: E731
    steps = list(refine(views, guess, held, lambda x0, sigma: x0, [0.25, 0.12, 0.1, 0.09], LINEAR))
    assert [name for name, *_ in asked] == ["a", "b", "c", "a"]
    assert [sigma for _, sigma, _ in asked] == [0.25, 0.12, 0.1, 0.09]
    assert [round(seen, 4) for *_, seen in asked] == [0, 0.2, 0.4, 1.0]  # 1.7 is no picture
    assert [round(float(step.x0[0, 0, 0, 1]), 4) for step in steps] == [0.2, 0.4, 1.7, 1.2]
    assert all((step.x0[known] == 0).all() for step in steps)
    times = [step.t for step in steps]
    assert times == sorted(times, reverse=True) and len(set(times)) == 4
