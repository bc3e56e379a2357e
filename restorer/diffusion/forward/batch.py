"""The forward process for batches, in PyTorch: every picture at its own t, on its device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from restorer.diffusion.schedule import Floats, Schedule


def one_step(x: Tensor, eps: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """q(x_t | x_{t-1}): x_t = sqrt(1 - beta_t) x_{t-1} + sqrt(beta_t) eps. As `add_noise`."""
    beta = schedule.betas[t.cpu().numpy()]
    return _per_picture(np.sqrt(1 - beta), x) * x + _per_picture(np.sqrt(beta), x) * eps


def add_noise(x_0: Tensor, eps: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """q(x_t | x_0): x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps.

    Args:
        x_0: (B, ...), values in [-1, 1].
        eps: the same shape, standard normal noise.
        t: (B,) whole steps 0 ... T - 1, one for each picture.
        schedule: where beta and abar come from; roots are taken in double precision.
    """
    abar = schedule.alphas_cumprod[t.cpu().numpy()]
    return _per_picture(np.sqrt(abar), x_0) * x_0 + _per_picture(np.sqrt(1 - abar), x_0) * eps


def _per_picture(factors: Floats, x: Tensor) -> Tensor:
    """(B,) factors as something that multiplies a batch x, in its precision, on its device."""
    return torch.as_tensor(factors).to(x.dtype).to(x.device).reshape(-1, *[1] * (x.ndim - 1))
