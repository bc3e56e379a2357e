"""The forward process: three levels that agree, and steps that add up to the closed form."""

import doctest
import math
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from restorer.diffusion.forward import batch, picture, pixel
from restorer.diffusion.schedule import LINEAR

SCHEDULE = LINEAR


def test_the_worked_example() -> None:
    assert doctest.testmod(pixel) == (0, 2)
    assert pixel.add_noise(0.5, 0.1, abar=0.64) == pytest.approx(0.46)
    assert pixel.one_step(0.5, 0.0, beta=0.36) == pytest.approx(0.4)


def test_three_levels_agree() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (4, 5, 6, 3))
    eps = rng.standard_normal(x.shape)
    t = np.array([0, 1, 500, 999])
    for name, factor in (("add_noise", SCHEDULE.alphas_cumprod), ("one_step", SCHEDULE.betas)):
        batches = getattr(batch, name)(
            torch.from_numpy(x), torch.from_numpy(eps), torch.from_numpy(t), SCHEDULE
        )
        for i, step in enumerate(t):
            value = float(factor[step])
            whole = getattr(picture, name)(x[i], eps[i], value)
            one = getattr(pixel, name)
            singles = [one(*pair, value) for pair in zip(x[i].flat, eps[i].flat, strict=True)]
            np.testing.assert_allclose(whole.ravel(), singles, rtol=1e-14)
            np.testing.assert_allclose(batches[i].numpy(), whole, rtol=1e-14)


def test_float32_stays_float32() -> None:
    x = torch.zeros(2, 3, 4, 4)
    assert batch.add_noise(x, x, torch.tensor([3, 9]), SCHEDULE).dtype == torch.float32
    assert picture.add_noise(x.numpy(), x.numpy(), 0.5).dtype == np.float32


def test_alpha_bar_of_a_pixel_is_the_schedules() -> None:
    for t in (0, 10, 999):
        assert pixel.alpha_bar(SCHEDULE.betas[: t + 1]) == pytest.approx(
            SCHEDULE.alphas_cumprod[t], rel=1e-12
        )


@pytest.mark.parametrize("t", [0, 1, 100, 999])
def test_steps_compose_to_the_closed_form_exactly(t: int) -> None:
    """Push (mean, variance) of a chain that started at x_0 = 0.5 through t + 1 kernels."""
    mean, variance = 0.5, 0.0
    for beta in SCHEDULE.betas[: t + 1]:
        mean = pixel.one_step(mean, 0.0, beta)
        variance = pixel.one_step(math.sqrt(variance), 0.0, beta) ** 2 + (
            pixel.one_step(0.0, 1.0, beta) ** 2
        )
    abar = float(SCHEDULE.alphas_cumprod[t])
    assert mean == pytest.approx(pixel.add_noise(0.5, 0.0, abar), rel=1e-10)
    assert variance == pytest.approx(pixel.add_noise(0.0, 1.0, abar) ** 2, rel=1e-10)


def test_steps_compose_to_the_closed_form_with_real_noise() -> None:
    """20,000 chains of 150 steps; tolerances are four standard errors."""
    rng = np.random.default_rng(1)
    chains, last = 20_000, 149
    x = np.full(chains, 0.5)
    for beta in SCHEDULE.betas[: last + 1]:
        x = picture.one_step(x, rng.standard_normal(chains), beta)
    abar = SCHEDULE.alphas_cumprod[last]
    std = math.sqrt(1 - abar)
    assert x.mean() == pytest.approx(0.5 * math.sqrt(abar), abs=4 * std / math.sqrt(chains))
    assert x.var() == pytest.approx(1 - abar, rel=4 * math.sqrt(2 / chains))


@pytest.mark.parametrize("target", ["x", "eps", "new"])
def test_out_may_be_an_input(target: str) -> None:
    rng = np.random.default_rng(2)
    x, eps = rng.standard_normal((2, 300, 211, 3)).astype(np.float32)
    expected = picture.add_noise(x, eps, 0.3)
    out = {"x": x, "eps": eps, "new": np.empty_like(x)}[target]
    assert picture.add_noise(x, eps, 0.3, out=out) is out
    np.testing.assert_array_equal(out, expected)


def test_any_memory_layout() -> None:
    rng = np.random.default_rng(3)
    x, eps = rng.standard_normal((2, 50, 40, 3))
    turned = picture.add_noise(x.transpose(1, 0, 2)[::-1], eps.transpose(1, 0, 2)[::-1], 0.3)
    np.testing.assert_array_equal(turned[::-1].transpose(1, 0, 2), picture.add_noise(x, eps, 0.3))


def test_fast_enough_for_a_slider() -> None:
    """1.5 megapixels in under 10 ms of this thread, best of twenty: others may be running."""
    rng = np.random.default_rng(4)
    x, eps = rng.standard_normal((2, 1000, 1500, 3), dtype=np.float32)
    out = np.empty_like(x)

    def seconds() -> float:
        begun = time.thread_time()
        picture.add_noise(x, eps, 0.5, out=out)
        return time.thread_time() - begun

    assert min(seconds() for _ in range(20)) < 0.010


def test_the_timeline_needs_no_torch() -> None:
    code = "import sys, restorer.diffusion.forward.picture; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
