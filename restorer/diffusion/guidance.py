"""Classifier guidance: guides the reverse process towards the label y.

Dhariwal & Nichol (2021), "Diffusion Models Beat GANs on Image Synthesis", algorithm 2, written
for a predicted x_0 instead of eps, so that every sampler can be guided without knowing it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from restorer.diffusion.denoiser import Denoiser
from restorer.diffusion.scales import vp_scales

#: (x_t (B, 3, H, W), sigma) to log p(y | x_t), (B,), differentiable.
LogProbability = Callable[[Tensor, float], Tensor]

#: x_0 (B, 3, H, W) in [-1, 1] to log p(y | x_0), (B,), differentiable, up to a constant.
Likelihood = Callable[[Tensor], Tensor]


class Guided:
    """A Denoiser for p(x_0 | y): E[x_0 | x_t, y] = E[x_0 | x_t] + b^2 / a grad log p(y | x_t).

    Bayes' rule for the score, and Tweedie's formula. At scale 1 this is exact; above 1 it draws
    from where p(y | x_t)^scale is large, more typical of y than most pictures of y.

    Args:
        denoiser: E[x_0 | x_t].
        log_probability: of the y that is wanted.
        scale: how hard to push, 0 not at all.
    """

    def __init__(
        self, denoiser: Denoiser, log_probability: LogProbability, scale: float = 1.0
    ) -> None:
        self.denoiser = denoiser
        self.log_probability = log_probability
        self.scale = scale

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        a, b = vp_scales(sigma)
        with torch.enable_grad():
            x = x_t.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.log_probability(x, sigma).sum(), x)
        return self.denoiser(x_t, sigma) + self.scale * b * b / a * gradient


class GuidedByResult:
    """As `Guided`, for a classifier of clean pictures, such as CLIP.

    log p(y | x_t) is taken as log p(y | E[x_0 | x_t]) (Chung et al., 2023; Bansal et al., 2023,
    "Universal Guidance for Diffusion Models"), so the gradient goes through the network too. It is
    exact where the prior is Gaussian and the judge linear.

    Args:
        denoiser: E[x_0 | x_t], differentiable.
        likelihood: of the y that is wanted.
        scale: how hard to push, 0 not at all.
    """

    def __init__(self, denoiser: Denoiser, likelihood: Likelihood, scale: float = 1.0) -> None:
        self.denoiser = denoiser
        self.likelihood = likelihood
        self.scale = scale

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        if self.scale == 0:
            return self.denoiser(x_t, sigma)
        a, b = vp_scales(sigma)
        with torch.enable_grad():
            x = x_t.detach().requires_grad_()
            x0 = self.denoiser(x, sigma)
            (gradient,) = torch.autograd.grad(self.likelihood(x0).sum(), x)
        return x0.detach() + self.scale * b * b / a * gradient
