"""One damage after another."""

from __future__ import annotations

from torch import Tensor

from restorer.degradation.operators.linear import LinearOperator


class Composite(LinearOperator):
    """y = A_n ... A_2 A_1 x + noise, such as a blur and then a smaller picture.

    The pseudo-inverse of a product is not the product of the pseudo-inverses; both it and the
    data step are solved by conjugate gradients.

    Args:
        parts: linear operators, the first to act first; their own noise is not used.
    """

    least = 1e-4

    def __init__(self, *parts: LinearOperator, noise: float = 0.0) -> None:
        super().__init__(noise)
        if not parts:
            raise ValueError("nothing to compose")
        self.parts = parts

    def forward(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part.forward(x)
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part.adjoint(y)
        return y
