"""Guidance against a mixture of Gaussians whose guided distribution is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from restorer.diffusion.classifier import WINDOW, NoiseClassifier
from restorer.diffusion.guidance import Guided
from restorer.diffusion.samplers import ddpm, dpmpp_2m
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR

SCHEDULE = LINEAR
#: Two classes of pixels, as likely as their weights: N(mean, deviation^2).
MEANS, DEVIATIONS, WEIGHTS = (-0.6, 0.5), (0.2, 0.3), (0.7, 0.3)


class Mixture:
    """Every value by itself from the mixture; all in closed form."""

    def log_joint(self, x_t: Tensor, sigma: float) -> Tensor:
        """log p(y, x_t) of both classes, (2, *x_t.shape), up to a constant."""
        a, b = vp_scales(sigma)
        terms = []
        for mean, deviation, weight in zip(MEANS, DEVIATIONS, WEIGHTS, strict=True):
            variance = (a * deviation) ** 2 + b**2
            away = (x_t - a * mean) ** 2 / variance
            terms.append(math.log(weight) - 0.5 * (away + math.log(variance)))
        return torch.stack(terms)

    def posterior_means(self, x_t: Tensor, sigma: float) -> Tensor:
        a, _ = vp_scales(sigma)
        gains = [deviation**2 / (deviation**2 + sigma**2) for deviation in DEVIATIONS]
        pairs = zip(MEANS, gains, strict=True)
        return torch.stack([mean + gain * (x_t / a - mean) for mean, gain in pairs])

    def denoise(self, x_t: Tensor, sigma: float) -> Tensor:
        """E[x_0 | x_t]."""
        return (self.log_joint(x_t, sigma).softmax(0) * self.posterior_means(x_t, sigma)).sum(0)

    def log_probability(self, x_t: Tensor, sigma: float) -> Tensor:
        """log p(second class at every pixel | x_t)."""
        return self.log_joint(x_t, sigma).log_softmax(0)[1].flatten(1).sum(1)


MIXTURE = Mixture()


@pytest.mark.parametrize("sigma", [0.05, 0.5, 3.0])
def test_at_scale_1_it_is_the_denoiser_of_the_class(sigma: float) -> None:
    """Bayes: E[x_0 | x_t, y] is the posterior mean of one Gaussian."""
    x_t = torch.linspace(-2, 2, 192).double().reshape(1, 3, 8, 8)
    guided = Guided(MIXTURE.denoise, MIXTURE.log_probability)(x_t, sigma)
    torch.testing.assert_close(guided, MIXTURE.posterior_means(x_t, sigma)[1], rtol=0, atol=1e-9)


def test_guided_runs_draw_the_class() -> None:
    """From pure noise: mean and deviation of the second class; 24,000 values, 1000 steps."""
    generator = torch.Generator().manual_seed(2)
    x_t = torch.randn(1, 3, 90, 90, generator=generator)
    guided = Guided(MIXTURE.denoise, MIXTURE.log_probability)
    times = SCHEDULE.spaced(999, 1000)
    *_, last = ddpm(guided, x_t, times, SCHEDULE, generator=generator)
    assert last.x0.mean().item() == pytest.approx(MEANS[1], abs=0.01)
    assert last.x0.std().item() == pytest.approx(DEVIATIONS[1], rel=0.02)


def test_unguided_runs_draw_the_mixture_and_harder_pushes_go_further() -> None:
    generator = torch.Generator().manual_seed(5)
    x_t = torch.randn(1, 3, 80, 80, generator=generator)
    means = []
    for scale in (0.0, 1.0, 3.0):
        guided = Guided(MIXTURE.denoise, MIXTURE.log_probability, scale)
        *_, last = dpmpp_2m(guided, x_t, SCHEDULE.spaced(999, 80), SCHEDULE)
        means.append(last.x0.mean().item())
    assert means[0] == pytest.approx(0.7 * MEANS[0] + 0.3 * MEANS[1], abs=0.03)
    assert means[0] < means[1] < means[2]


@pytest.mark.parametrize("size", [(16, 16), (64, 64), (70, 90), (5, 200)])
def test_the_classifier_judges_any_size_and_has_a_slope(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = NoiseClassifier(("a", "b"), (8, 8, 8), 1, 1, 16).eval()
    x = torch.randn(2, 3, *size, requires_grad=True)
    judged = [network.log_probability(x, 0.3, label) for label in (0, 1)]
    assert all((value < 0).all() for value in judged)
    (slope,) = torch.autograd.grad(judged[0].sum(), x)
    assert slope.abs().sum() > 0
    if max(size) <= WINDOW:  # one window: probabilities
        torch.testing.assert_close(judged[0].exp() + judged[1].exp(), torch.ones(2))


def test_a_larger_picture_weighs_more_by_its_area() -> None:
    torch.manual_seed(0)
    network = NoiseClassifier(("a", "b"), (8, 8, 8), 1, 1, 16).eval()
    flat = [network.log_probability(torch.zeros(1, 3, side, side), 0.3, 0) for side in (256, 512)]
    assert flat[1].item() / flat[0].item() == pytest.approx(4, rel=0.2)
