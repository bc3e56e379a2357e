"""The loss of DDPM (Ho et al., 2020), with equal weight for every noise level.

The network predicts v = a eps - b x_0 (Salimans & Ho, 2022), whose squared error is that of eps
divided by a^2 = 1 / (1 + sigma^2). Within a narrow bin of sigma both differ by a constant factor.
Each error is divided by its running mean in its bin, which cancels this factor, so the balanced
loss of v equals that of eps. Its gradient is that of the sum over levels of
log E|eps - eps_theta|^2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Bins:
    """The bins of a balance.

    Attributes:
        count: number of bins.
        least: mean errors below this do not raise the weight of a bin further.
    """

    count: int
    least: float = 1e-5


#: Bins of log sigma, over all that the linear schedule has.
BINS = Bins(40)
_LOWEST, _HIGHEST = math.log(0.009), math.log(160)


def scales(sigma: Tensor) -> tuple[Tensor, Tensor]:
    """a = sqrt(abar) and b = sqrt(1 - abar) of sigma (B,), each (B, 1, 1, 1)."""
    a = (1 + sigma.square()).rsqrt()[:, None, None, None]
    return a, sigma[:, None, None, None] * a


def add_noise(x0: Tensor, sigma: Tensor, eps: Tensor) -> Tensor:
    """x_t = a x_0 + b eps, for x0 and eps (B, 3, H, W) and sigma (B,)."""
    a, b = scales(sigma)
    return a * x0 + b * eps


def v_errors(v: Tensor, x0: Tensor, sigma: Tensor, eps: Tensor) -> Tensor:
    """Mean squared error of a predicted v (B, 3, H, W) in each example, (B,)."""
    a, b = scales(sigma)
    return (v.float() - (a * eps - b * x0)).square().mean(dim=(1, 2, 3))


class Balance:
    """Running mean of the error in every bin, such as those of log sigma (`bins_of`).

    Attributes:
        errors: (bins,), NaN for bins without an example so far.
    """

    def __init__(self, decay: float, device: torch.device | str = "cpu", bins: Bins = BINS) -> None:
        self.decay = decay
        self._least = bins.least
        self.errors = torch.full((bins.count,), math.nan, device=device)

    @torch.no_grad()
    def update(self, bins: Tensor, errors: Tensor) -> None:
        """Add the errors (B,) of a step in their bins (B,); n errors in a bin count n times."""
        counts, sums = torch.zeros_like(self.errors), torch.zeros_like(self.errors)
        counts.index_add_(0, bins, torch.ones_like(errors, dtype=counts.dtype))  # waits for nothing
        sums.index_add_(0, bins, errors.detach().float())
        means = sums / counts.clamp_min(1)
        kept = self.decay**counts
        blended = kept * self.errors + (1 - kept) * means
        first = self.errors.isnan() & (counts > 0)
        self.errors = torch.where(first, means, torch.where(counts > 0, blended, self.errors))

    def weights(self, bins: Tensor) -> Tensor:
        """(B,), weights of errors in these bins (B,): one over the running mean."""
        return 1 / self.errors[bins].clamp_min(self._least)

    def level(self) -> float:
        """The geometric mean of the errors over the bins, which the training minimizes."""
        seen = self.errors[~self.errors.isnan()]
        return float(seen.clamp_min(self._least).log().mean().exp()) if len(seen) else math.nan


def bins_of(sigma: Tensor) -> Tensor:
    """(B,), the bins of sigma (B,): `BINS` equal parts of log sigma."""
    place = (sigma.log() - _LOWEST) / (_HIGHEST - _LOWEST) * BINS.count
    return place.long().clamp(0, BINS.count - 1)
