"""Posterior samplers against the closed form: a Gaussian prior and a linear operator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from restorer.degradation.operators import (
    Blur,
    Downsample,
    Grayscale,
    LinearOperator,
    Mask,
    gaussian,
)
from restorer.diffusion import posterior
from restorer.diffusion.posterior import Problem, initial_state
from restorer.diffusion.samplers import Step
from restorer.diffusion.schedule import LINEAR

from .gaussian import GaussianDenoiser

SCHEDULE = LINEAR
#: Every pixel by itself, of unit variance: where DiffPIR's data step is exact.
PRIOR = GaussianDenoiser(mean=0.3, deviation=1.0)
CHAINS, SIDE, NOISE = 64, 16, 0.4

Method = Callable[..., Iterator[Step]]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def operators(noise: float) -> dict[str, LinearOperator]:
    keep = torch.rand(SIDE, SIDE, generator=seeded(3)) > 0.5
    return {
        "mask": Mask(keep, noise),
        "blur": Blur(gaussian(1.0), noise),
        "downsample": Downsample(2, "bicubic", noise),
        "grey": Grayscale(noise=noise),
    }


def problem(name: str, noise: float) -> Problem:
    """One truth from the prior, measured once."""
    operator = operators(noise)[name]
    truth = PRIOR.mean + torch.randn(1, 3, SIDE, SIDE, generator=seeded(1))
    y = operator.forward(truth)
    return Problem(operator, y + noise * torch.randn(y.shape, generator=seeded(2)))


def known_mean(asked: Problem) -> Tensor:
    """E[x_0 | y] = m + A^T (A A^T + sigma_y^2)^-1 (y - A m), which is prox at rho = sigma_y^2."""
    prior_mean = torch.full((1, 3, SIDE, SIDE), PRIOR.mean)
    return asked.operator.prox(prior_mean, asked.y, asked.operator.noise**2)


def chains(method: Method, asked: Problem, steps: int, **options: Any) -> list[Step]:
    """Many chains at once, from nothing."""
    many = Problem(asked.operator, asked.y.expand(CHAINS, -1, -1, -1), asked.trust)
    times = SCHEDULE.spaced(float(SCHEDULE.t_from_sigma(40.0)), steps)
    start = initial_state(torch.zeros(CHAINS, 3, SIDE, SIDE), float(times[0]), SCHEDULE, seeded(4))
    return list(method(PRIOR, many, start, times, SCHEDULE, generator=seeded(5), **options))


def rms(a: Tensor) -> float:
    return float(a.square().mean().sqrt())


@pytest.mark.parametrize("zeta", [0.5, 1.0, None])
@pytest.mark.parametrize("name", ["mask", "blur", "downsample", "grey"])
def test_diffpir_has_the_posterior_mean(name: str, zeta: float | None) -> None:
    """The chains' mean is the posterior's: only Monte-Carlo error, at most 1 / sqrt(chains)."""
    asked = problem(name, NOISE)
    found = chains(posterior.diffpir, asked, 40, zeta=zeta)[-1].x0.mean(0, keepdim=True)
    assert rms(found - known_mean(asked)) < 1.3 / math.sqrt(CHAINS)
    # and what the prior alone, or the measurement alone, would have said is far from it
    assert rms(PRIOR.mean - known_mean(asked)) > 2 / math.sqrt(CHAINS)


@pytest.mark.parametrize(
    ("name", "noise"),
    [("mask", 0.0), ("downsample", 0.0), ("mask", NOISE), ("blur", NOISE), ("downsample", NOISE)],
)
def test_without_noise_put_back_one_chain_has_the_posterior_mean(name: str, noise: float) -> None:
    """No Monte-Carlo error, so 0.01 will do where the prior's deviation is 1."""
    asked = problem(name, noise)
    times = SCHEDULE.geometric(float(SCHEDULE.t_from_sigma(40.0)), 80)
    start = initial_state(torch.zeros(1, 3, SIDE, SIDE), float(times[0]), SCHEDULE, None)
    *_, last = posterior.diffpir(PRIOR, asked, start, times, SCHEDULE, generator=None)
    assert rms(last.x0 - known_mean(asked)) < 0.01


@pytest.mark.parametrize("name", ["mask", "blur", "downsample", "grey"])
def test_noise_and_its_negative_have_the_posterior_mean_between_them(name: str) -> None:
    """Here the denoiser is linear: two chains do what the 64 above do, without their error."""
    asked = problem(name, NOISE)
    times = SCHEDULE.geometric(float(SCHEDULE.t_from_sigma(40.0)), 80)
    guess = torch.zeros(1, 3, SIDE, SIDE)
    start = initial_state(guess, float(times[0]), SCHEDULE, seeded(4), mirrored=True)
    *_, last = posterior.diffpir(
        PRIOR, asked, start, times, SCHEDULE, generator=seeded(5), mirrored=True
    )
    assert last.x0.shape == (2, 3, SIDE, SIDE)
    assert rms(last.x0.mean(0, keepdim=True) - known_mean(asked)) < 0.01
    assert rms(last.x0[:1] - known_mean(asked)) > 0.02


@pytest.mark.parametrize("name", ["mask", "grey"])
def test_ddnm_has_the_posterior_mean_without_noise(name: str) -> None:
    asked = problem(name, 0.0)
    found = chains(posterior.ddnm, asked, 40, zeta=None)[-1].x0.mean(0, keepdim=True)
    assert rms(found - known_mean(asked)) < 1.3 / math.sqrt(CHAINS)


def test_diffpir_in_many_steps_samples_the_posterior() -> None:
    """Variances 1 in the hole and s^2 / (1 + s^2) elsewhere; 400 steps leave under 7%.

    The standard deviation of one of some 24000 values is known to 0.5%.
    """
    asked = problem("mask", NOISE)
    assert isinstance(asked.operator, Mask)
    last = chains(posterior.diffpir, asked, 400, zeta=None)[-1].x0
    deviation = last - known_mean(asked)
    keep = asked.operator.keep.expand_as(deviation)
    inside = NOISE / math.sqrt(1 + NOISE**2)
    assert float(deviation[~keep].std()) == pytest.approx(1.0, rel=0.07)
    assert float(deviation[keep].std()) == pytest.approx(inside, rel=0.07)


def test_noise_put_back_in_full_keeps_nearer_to_the_mean() -> None:
    asked = problem("mask", NOISE)
    full, ancestral = (
        rms(chains(posterior.diffpir, asked, 80, zeta=zeta)[-1].x0 - known_mean(asked))
        for zeta in (1.0, None)
    )
    assert full < 0.8 * ancestral


@pytest.mark.parametrize("name", ["mask", "downsample", "grey"])
def test_ddnm_agrees_with_y_at_every_step(name: str) -> None:
    asked = problem(name, 0.0)
    for step in chains(posterior.ddnm, asked, 5):
        torch.testing.assert_close(
            asked.operator.forward(step.x0), asked.y.expand(CHAINS, -1, -1, -1), atol=1e-3, rtol=0
        )


def test_ddnm_plus_leaves_noise_in_y_to_the_prior() -> None:
    """An approximation: known values come nearer to E[x_0 | y], not all the way."""
    asked = problem("mask", 1.0)
    assert isinstance(asked.operator, Mask)
    keep = asked.operator.keep.expand_as(asked.y)
    found = chains(posterior.ddnm, asked, 80)[-1].x0.mean(0, keepdim=True)
    before, after = (rms((x - known_mean(asked))[keep]) for x in (asked.y, found))
    assert after < 0.75 * before


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0])
def test_noise_of_y_counts_as_noise_of_the_next_state(noise: float) -> None:
    """So much less is put back: a state has as much noise as the network is told, everywhere."""
    operator = operators(noise)["mask"]
    assert isinstance(operator, Mask)
    y = operator.forward(noise * torch.randn(CHAINS, 3, SIDE, SIDE, generator=seeded(1)))
    times = SCHEDULE.spaced(float(SCHEDULE.t_from_sigma(2.0)), 5)
    start = initial_state(torch.zeros(CHAINS, 3, SIDE, SIDE), float(times[0]), SCHEDULE, seeded(4))
    chain = posterior.ddnm(
        lambda x_t, sigma: torch.zeros_like(x_t),  # knows the truth
        Problem(operator, y),
        start,
        times,
        SCHEDULE,
        generator=seeded(5),
    )
    known = operator.keep.expand(CHAINS, 3, SIDE, SIDE)
    for step in chain:
        noisy = step.x_t * (1 + step.sigma**2) ** 0.5
        assert float(noisy[~known].std()) == pytest.approx(step.sigma, rel=0.03)
        assert float(noisy[known].std()) == pytest.approx(step.sigma, rel=0.03)


def test_ddnm_refuses_what_it_cannot_do() -> None:
    asked = problem("blur", NOISE)
    with pytest.raises(ValueError, match="DiffPIR"):
        chains(posterior.ddnm, asked, 2)


@pytest.mark.parametrize("visits", [1, 3])
def test_repaint_keeps_the_known_and_fills_the_rest_as_the_prior(visits: int) -> None:
    """With independent pixels the hole is the prior itself: mean 0.3, deviation 1."""
    asked = problem("mask", 0.0)
    assert isinstance(asked.operator, Mask)
    steps = chains(posterior.repaint, asked, 100, visits=visits)
    assert len(steps) == 99 * visits + 1
    assert [step.index for step in steps] == list(range(len(steps)))
    last = steps[-1].x0
    torch.testing.assert_close(asked.operator.forward(last), asked.y.expand_as(last))
    hole = last[~asked.operator.keep.expand_as(last)]
    assert float(hole.mean()) == pytest.approx(PRIOR.mean, abs=0.05)
    assert float(hole.std()) == pytest.approx(1.0, rel=0.12)


def test_dps_goes_towards_what_was_measured() -> None:
    """An approximation: nearer to the posterior mean than the prior, no more is promised."""
    asked = problem("blur", 0.1)
    truth = known_mean(asked)
    with_y, without = (
        chains(posterior.dps, asked, 200, scale=scale)[-1].x0.mean(0, keepdim=True)
        for scale in (30.0, 0.0)
    )
    assert rms(with_y - truth) < 0.7 * rms(without - truth)
    assert not with_y.requires_grad


@pytest.mark.parametrize("name", ["ddnm", "diffpir", "repaint", "dps"])
def test_a_seed_decides_all(name: str) -> None:
    method = getattr(posterior, name)
    asked = problem("mask", 0.0 if name == "repaint" else 0.1)
    one, two = (chains(method, asked, 6)[-1].x0 for _ in range(2))
    torch.testing.assert_close(one, two, atol=0, rtol=0)


def test_wrong_arguments_are_refused() -> None:
    asked = problem("mask", 0.0)
    x = torch.zeros(1, 3, SIDE, SIDE)
    for times, zeta in (([], 1.0), ([1.0, 2.0], 1.0), ([1.0], 2.0)):
        with pytest.raises(ValueError, match=r"time|zeta"):
            list(posterior.diffpir(PRIOR, asked, x, times, SCHEDULE, generator=seeded(), zeta=zeta))
