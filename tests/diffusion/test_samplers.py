"""Samplers against diffusers' schedulers and against the closed form of a Gaussian prior."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from restorer.diffusion import posterior_mean, samplers
from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.samplers import Step
from restorer.diffusion.scales import eps_from_x0, vp_scales
from restorer.diffusion.schedule import LINEAR

from .gaussian import GaussianDenoiser

SCHEDULE = LINEAR
PRIOR = GaussianDenoiser()

Sampler = Callable[..., Iterator[Step]]
ALL: dict[str, tuple[Sampler, dict[str, Any]]] = {
    "ddpm": (samplers.ddpm, {}),
    "ddpm-quiet": (samplers.ddpm_quiet, {}),
    "ddim": (samplers.ddim, {"eta": 0.0}),
    "ddim, eta 0.85": (samplers.ddim, {"eta": 0.85}),
    "dpmpp_2m": (samplers.dpmpp_2m, {}),
}
every_sampler = pytest.mark.parametrize("name", ALL)
steps_1_2_5 = pytest.mark.parametrize("count", [1, 2, 5])


def run(name: str, denoiser: Denoiser, x_t: Tensor, times: Any, seed: int = 0) -> list[Step]:
    sampler, options = ALL[name]
    if "generator" in inspect.signature(sampler).parameters:
        options = {**options, "generator": torch.Generator().manual_seed(seed)}
    return list(sampler(denoiser, x_t, times, SCHEDULE, **options))


def wavy(x_t: Tensor, sigma: float, /) -> Tensor:
    """Not a posterior mean of anything: brings errors of a sampler to light."""
    return torch.tanh(1.3 * x_t + 0.2 * torch.roll(x_t, 1, -1)) * math.exp(-0.1 * sigma)


def picture(seed: int = 7, side: int = 8) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))


# ----- against diffusers -----


def theirs(scheduler: Any, x_t: Tensor, times: list[int], **options: Any) -> Tensor:
    """diffusers' own loop with our x0-function put in as an eps-network.

    Its table is put in double precision, as ours is (`test_schedule` compares them): in float32,
    1 - abar at t = 0 has three good digits, too few to tell a right sampler from a wrong one.
    """
    scheduler.alphas_cumprod = torch.from_numpy(SCHEDULE.alphas_cumprod)
    for t in times:
        sigma = float(SCHEDULE.sigma(t))
        eps = eps_from_x0(x_t, wavy(x_t, sigma), sigma)
        x_t = scheduler.step(eps, t, x_t, **options).prev_sample
    return x_t


@pytest.mark.parametrize("count", [1, 2, 4, 10, 20])
def test_ddpm_equals_diffusers(count: int) -> None:
    scheduler = DDPMScheduler(clip_sample=False)
    scheduler.set_timesteps(count)
    times = scheduler.timesteps.tolist()
    expected = theirs(scheduler, picture(), times, generator=torch.Generator().manual_seed(0))
    ours = run("ddpm", wavy, picture(), times)[-1].x0
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("eta", [0.0, 0.85, 1.0])
@pytest.mark.parametrize("count", [1, 2, 4, 10, 20])
def test_ddim_equals_diffusers(count: int, eta: float) -> None:
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(count)
    times = scheduler.timesteps.tolist()
    seeded = [torch.Generator().manual_seed(0) for _ in range(2)]
    expected = theirs(scheduler, picture(), times, eta=eta, generator=seeded[0])
    ours = samplers.ddim(wavy, picture(), times, SCHEDULE, eta=eta, generator=seeded[1])
    torch.testing.assert_close(list(ours)[-1].x0, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 20])
def test_dpmpp_equals_diffusers(count: int) -> None:
    scheduler = DPMSolverMultistepScheduler(
        algorithm_type="dpmsolver++",
        solver_order=2,
        final_sigmas_type="zero",
    )
    times = [round(t) for t in SCHEDULE.spaced(700, count)]
    scheduler.set_timesteps(timesteps=times)
    assert scheduler.timesteps.tolist() == times
    expected = theirs(scheduler, picture(), times)
    ours = run("dpmpp_2m", wavy, picture(), times)[-1].x0
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-5)


# ----- against the closed form -----


def noisy_and_truth(sigma: float, pixels: int) -> tuple[Tensor, Tensor]:
    """x_t with its x_0 drawn from the prior, (1, 3, 1, pixels) each."""
    generator = torch.Generator().manual_seed(11)
    x_0 = PRIOR.mean + PRIOR.deviation * torch.randn(1, 3, 1, pixels, generator=generator)
    a, b = vp_scales(sigma)
    return a * x_0 + b * torch.randn(x_0.shape, generator=generator), x_0


@pytest.mark.parametrize(("name", "tolerance"), [("ddim", 3e-3), ("dpmpp_2m", 3e-3)])
def test_deterministic_samplers_follow_the_flow(name: str, tolerance: float) -> None:
    """Where the probability-flow ODE ends for a Gaussian.

    Deviations from the mean shrink with the marginal: from sqrt(s^2 + sigma^2) (VE scale) to s.
    """
    t = 300.3
    sigma = float(SCHEDULE.sigma(t))
    x_t, _ = noisy_and_truth(sigma, 200)
    a, _ = vp_scales(sigma)
    shrink = PRIOR.deviation / math.hypot(PRIOR.deviation, sigma)
    exact = PRIOR.mean + shrink * (x_t / a - PRIOR.mean)

    def error(count: int) -> float:
        last = run(name, PRIOR, x_t, SCHEDULE.spaced(t, count))[-1].x0
        return (last - exact).abs().max().item()

    assert error(300) < tolerance * (4 if name == "ddim" else 1)
    assert error(40) < error(10) < error(1), "more steps, less error"


def test_second_order_pays() -> None:
    t = 300.3
    sigma = float(SCHEDULE.sigma(t))
    x_t, _ = noisy_and_truth(sigma, 200)
    a, _ = vp_scales(sigma)
    shrink = PRIOR.deviation / math.hypot(PRIOR.deviation, sigma)
    exact = PRIOR.mean + shrink * (x_t / a - PRIOR.mean)
    times = SCHEDULE.spaced(t, 20)
    errors = {
        name: (run(name, PRIOR, x_t, times)[-1].x0 - exact).abs().max().item()
        for name in ("ddim", "dpmpp_2m")
    }
    assert errors["dpmpp_2m"] < errors["ddim"] / 2


@pytest.mark.parametrize("count", [1, 2, 5])
def test_without_its_noise_ddpm_ends_at_the_posterior_mean(count: int) -> None:
    """Each state is the mean given the one before: with an exact prior, in any number of steps."""
    x_t, _ = noisy_and_truth(float(SCHEDULE.sigma(300.3)), 200)
    last = run("ddpm-quiet", PRIOR, x_t, SCHEDULE.spaced(300.3, count))[-1].x0
    torch.testing.assert_close(last, PRIOR(x_t, float(SCHEDULE.sigma(300.3))))


def ancestral_moments(t: float, times: Any) -> tuple[float, float, float]:
    """Exact (gain, offset, variance) of the final x0 of `ddpm` given x_t, step by step.

    Every step is linear with Gaussian noise, so the result is N(gain x_t + offset, variance).
    """
    gain, offset, variance = 1.0, 0.0, 0.0
    for now, then in zip(times, [*times[1:], None], strict=True):
        sigma = float(SCHEDULE.sigma(now))
        on_x = (PRIOR(torch.ones(1), sigma) - PRIOR(torch.zeros(1), sigma)).item()
        constant = PRIOR(torch.zeros(1), sigma).item()
        if then is None:
            return gain * on_x, offset * on_x + constant, variance * on_x**2
        q = samplers.posterior(float(SCHEDULE.alpha_bar(now)), float(SCHEDULE.alpha_bar(then)))
        slope = q.on_x0 * on_x + q.on_x_t
        gain, offset = gain * slope, offset * slope + q.on_x0 * constant
        variance = variance * slope**2 + q.std**2
    raise AssertionError("no times")


@pytest.mark.parametrize("name", ["ddpm", "ddim, eta 1"])
def test_ancestral_samples_have_the_right_mean_and_variance(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """60,000 samples of one x_t in 12 steps; four standard errors of mean and variance."""
    monkeypatch.setitem(ALL, "ddim, eta 1", (samplers.ddim, {"eta": 1.0}))
    t, value, samples = 300.3, 0.9, 60_000
    times = SCHEDULE.spaced(t, 12)
    gain, offset, variance = ancestral_moments(t, times)
    x = run(name, PRIOR, torch.full((1, 3, 1, samples // 3), value), times)[-1].x0.double()
    standard_error = math.sqrt(variance / samples)
    assert x.mean().item() == pytest.approx(gain * value + offset, abs=4 * standard_error)
    assert x.var().item() == pytest.approx(variance, rel=4 * math.sqrt(2 / samples))


def test_ancestral_sampling_converges_to_the_posterior() -> None:
    """Mean exact at once (tower property); deviation first order in the step, here within 1%."""
    t = 300.3
    sigma = float(SCHEDULE.sigma(t))
    x_t = torch.full((1,), 0.9)
    deviations = []
    for count in (10, 100, 1000):
        gain, offset, variance = ancestral_moments(t, SCHEDULE.spaced(t, count))
        assert gain * 0.9 + offset == pytest.approx(PRIOR(x_t, sigma).item(), abs=1e-6)
        deviations.append(abs(math.sqrt(variance) / PRIOR.posterior_std(sigma) - 1))
    assert deviations[0] > deviations[1] > deviations[2]
    assert deviations[2] < 0.01


def test_error_of_samples_and_their_means() -> None:
    """A posterior sample has twice the least error, the mean of K samples 1 + 1/K times it.

    60,000 pixels: relative standard error of a mean square is sqrt(2 / 60,000) = 0.6%; 4% allows
    for four of them in numerator and denominator and for 200 steps instead of infinitely many.
    """
    t = 300.3
    sigma = float(SCHEDULE.sigma(t))
    x_t, x_0 = noisy_and_truth(sigma, 20_000)
    times = SCHEDULE.spaced(t, 200)
    least = (PRIOR(x_t, sigma) - x_0).square().mean().item()
    assert least == pytest.approx(PRIOR.posterior_std(sigma) ** 2, rel=0.03)
    draws = [run("ddpm", PRIOR, x_t, times, seed)[-1].x0 for seed in range(4)]
    for k in (1, 2, 4):
        error = (torch.stack(draws[:k]).mean(0) - x_0).square().mean().item()
        assert error / least == pytest.approx(1 + 1 / k, rel=0.04)


# ----- what every sampler promises -----


@every_sampler
@steps_1_2_5
def test_steps_are_what_they_say(name: str, count: int) -> None:
    times = SCHEDULE.spaced(413.7, count)
    x_t = picture()
    steps = run(name, wavy, x_t, times)
    assert [s.index for s in steps] == list(range(count))
    np.testing.assert_allclose([s.t for s in steps], times)
    torch.testing.assert_close(steps[0].x_t, picture(), msg="the start is not written to")
    for step in steps:
        assert step.x_t.dtype == step.x0.dtype == torch.float32
        assert step.sigma == pytest.approx(float(SCHEDULE.sigma(step.t)))
        torch.testing.assert_close(step.x0, wavy(step.x_t, step.sigma))
        a, b = vp_scales(step.sigma)
        torch.testing.assert_close(a * step.x0 + b * step.eps, step.x_t)


@every_sampler
def test_one_step_is_one_evaluation(name: str) -> None:
    x_t = picture()
    (step,) = run(name, wavy, x_t, [56.2])
    torch.testing.assert_close(step.x0, wavy(x_t, float(SCHEDULE.sigma(56.2))))


@every_sampler
def test_one_evaluation_a_step_and_none_ahead(name: str) -> None:
    calls: list[float] = []

    def counting(x_t: Tensor, sigma: float, /) -> Tensor:
        calls.append(sigma)
        return x_t

    sampler, options = ALL[name]
    if "generator" in inspect.signature(sampler).parameters:
        options = {**options, "generator": torch.Generator().manual_seed(0)}
    for step in sampler(counting, picture(), SCHEDULE.spaced(200, 4), SCHEDULE, **options):
        assert len(calls) == step.index + 1


@every_sampler
@pytest.mark.parametrize("times", [[], [5.0, 5.0], [5.0, 9.0]])
def test_times_must_fall(name: str, times: list[float]) -> None:
    with pytest.raises(ValueError, match="time"):
        run(name, wavy, picture(), times)


@pytest.mark.parametrize("name", ["ddpm", "ddim, eta 0.85"])
def test_the_seed_decides(name: str) -> None:
    times = SCHEDULE.spaced(413.7, 3)
    first, again, other = (run(name, wavy, picture(), times, seed)[-1].x0 for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other), "seed 0 is a seed"


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    run("ddpm", wavy, picture(), SCHEDULE.spaced(413.7, 3))
    assert torch.equal(torch.get_rng_state(), state)


def test_ddim_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="generator"):
        list(samplers.ddim(wavy, picture(), [9.0, 3.0], SCHEDULE, eta=0.5))
    with pytest.raises(ValueError, match="eta"):
        list(samplers.ddim(wavy, picture(), [9.0], SCHEDULE, eta=1.5))


# ----- several views, and the blend of mean and sample -----


def test_posterior_mean_is_the_mean_of_the_views() -> None:
    views: list[Denoiser] = [lambda x, s, k=k: k * x for k in (1.0, 2.0, 6.0)]
    x_t = picture()
    steps = list(posterior_mean.posterior_mean(views, x_t, SCHEDULE.spaced(90, 4), SCHEDULE))
    for step, factor in zip(steps, (1.0, 1.5, 3.0, 2.5), strict=True):
        torch.testing.assert_close(step.x0, factor * x_t)
    torch.testing.assert_close(steps[0].x_t, x_t)


def test_blend_goes_from_sample_to_mean() -> None:
    times = SCHEDULE.spaced(300, 5)
    plain = run("ddpm", PRIOR, picture(), times)
    for faithfulness in (0.0, 0.3, 1.0):
        steps = list(posterior_mean.blend_towards_mean(iter(plain), partial(float, faithfulness)))
        expected = faithfulness * plain[0].x0 + (1 - faithfulness) * plain[-1].x0
        torch.testing.assert_close(steps[-1].x0, expected)
        assert all(torch.equal(a.x_t, b.x_t) for a, b in zip(steps, plain, strict=True))
