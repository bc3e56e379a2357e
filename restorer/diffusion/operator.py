"""The interface of a damage for posterior samplers: y = A(x_0) + noise.

The operators themselves are in `restorer.degradation.operators`.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Operator(Protocol):
    """A damage A. Pictures x are (B, 3, H, W) in [-1, 1]; what y looks like is A's own affair.

    Attributes:
        noise: standard deviation of the noise in y, in [-1, 1] units (2 * noise255 / 255).
        gain: the one singular value of a linear A that has only one besides 0; else None.
    """

    @property
    def noise(self) -> float: ...

    @property
    def gain(self) -> float | None: ...

    def forward(self, x: Tensor) -> Tensor:
        """A(x), without the noise."""
        ...

    def pinv(self, y: Tensor) -> Tensor:
        """The least picture that explains y, where there is one: A(pinv(y)) = y."""
        ...

    def prox(self, x0: Tensor, y: Tensor, rho: float) -> Tensor:
        """argmin_z ||y - A(z)||^2 + rho ||z - x0||^2; rho = 0 is the z nearest to x0."""
        ...
