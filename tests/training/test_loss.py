import math

import numpy as np
import pytest
import torch

from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.schedule import LINEAR
from restorer.training.loss import BINS, Balance, add_noise, bins_of, v_errors
from restorer.training.state import ExponentialAverage


def example(sigma: float, count: int = 3):
    rng = torch.Generator().manual_seed(0)
    x0 = torch.rand(count, 3, 8, 8, generator=rng) * 2 - 1
    eps = torch.randn(count, 3, 8, 8, generator=rng)
    return x0, torch.full((count,), sigma), eps


@pytest.mark.parametrize("sigma", [0.01, 0.3, 2.0, 150.0])
def test_error_of_v_is_that_of_eps_over_a_squared(sigma):
    """|eps - eps_theta|^2 = a^2 |v - v_theta|^2 for what the prior itself makes of its v."""
    x0, sigmas, eps = example(sigma)
    x_t = add_noise(x0, sigmas, eps)
    network = PriorUNet(channels=(8, 8, 8), blocks=1, mid_blocks=1, embedding_dim=16)
    with torch.no_grad():
        predicted = network(x_t, sigmas).eps
        errors = v_errors(network.trunk(x_t, sigmas), x0, sigmas, eps)
    expected = (eps - predicted).square().mean((1, 2, 3)) * (1 + sigma**2)
    assert torch.allclose(errors, expected, rtol=2e-3)


def test_noised_is_the_forward_process():
    t = 300
    schedule = LINEAR
    x0, sigma, eps = example(float(schedule.sigmas[t]))
    abar = schedule.alphas_cumprod[t]
    expected = math.sqrt(abar) * x0 + math.sqrt(1 - abar) * eps
    assert torch.allclose(add_noise(x0, sigma, eps), expected, atol=1e-6)


def test_the_true_v_has_no_error():
    x0, sigma, eps = example(0.7)
    a, b = 1 / math.sqrt(1 + 0.49), 0.7 / math.sqrt(1 + 0.49)
    assert float(v_errors(a * eps - b * x0, x0, sigma, eps).max()) < 1e-12


def test_balanced_every_level_weighs_the_same():
    """Errors that differ a thousandfold between levels: weighted, their mean is 1 in each."""
    rng = np.random.default_rng(0)
    balance = Balance(decay=0.98)
    by_bin: dict[int, list[float]] = {}
    for step in range(3000):
        u = torch.from_numpy(rng.random(32))
        sigma = (math.log(0.009) + u * math.log(160 / 0.009)).exp()
        errors = sigma.pow(0.7) * torch.from_numpy(rng.uniform(0.5, 1.5, 32))
        balance.update(bins_of(sigma), errors)
        if step >= 1000:
            weighted = balance.weights(bins_of(sigma)) * errors
            for place, value in zip(
                (u * BINS.count).long().tolist(), weighted.tolist(), strict=True
            ):
                by_bin.setdefault(place, []).append(value)
    means = [np.mean(by_bin[place]) for place in range(BINS.count)]
    assert np.allclose(means, 1, atol=0.05)


def test_the_running_mean_is_the_recursion():
    balance = Balance(decay=0.9)
    sigma = torch.tensor([0.5, 0.5, 30.0])
    balance.update(bins_of(sigma), torch.tensor([1.0, 3.0, 7.0]))
    balance.update(bins_of(sigma[:2]), torch.tensor([4.0, 6.0]))
    near, far = balance.errors[~balance.errors.isnan()].tolist()
    assert near == pytest.approx(0.81 * 2 + 0.19 * 5)
    assert far == pytest.approx(7)
    assert balance.level() == pytest.approx(math.sqrt(near * far))


def test_order_and_split_of_a_batch_do_not_matter():
    rng = torch.Generator().manual_seed(1)
    sigma = torch.rand(64, generator=rng) * 3 + 0.01
    errors = torch.rand(64, generator=rng)
    one, other = Balance(0.98), Balance(0.98)
    turned = torch.randperm(64, generator=rng)
    one.update(bins_of(sigma), errors)
    other.update(bins_of(sigma[turned]), errors[turned])
    assert torch.allclose(one.errors, other.errors, equal_nan=True)


def test_the_moving_average_is_its_recursion():
    network = torch.nn.Linear(3, 2)
    average = ExponentialAverage(network, decay=0.6)
    expected = None
    for n in range(8):
        with torch.no_grad():
            network.weight.copy_(torch.full((2, 3), float(n * n)))
        average.update()
        decay = min(0.6, (1 + n) / (10 + n))
        expected = n * n if expected is None else decay * expected + (1 - decay) * n * n
        assert torch.allclose(average.network.weight, torch.tensor(float(expected)))
