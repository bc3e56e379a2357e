"""A prior that is known exactly: every pixel independently N(mean, deviation^2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from restorer.diffusion.scales import vp_scales


@dataclass(frozen=True)
class GaussianDenoiser:
    """E[x_0 | x_t] in closed form; a perfect network for this prior."""

    mean: float = 0.3
    deviation: float = 0.5

    def _gain(self, sigma: float) -> float:
        return self.deviation**2 / (self.deviation**2 + sigma**2)

    def __call__(self, x_t: Tensor, sigma: float, /) -> Tensor:
        a, _ = vp_scales(sigma)
        return self.mean + self._gain(sigma) * (x_t / a - self.mean)

    def posterior_std(self, sigma: float) -> float:
        """The deviation of x_0 given x_t."""
        return self.deviation * math.sqrt(1 - self._gain(sigma))
