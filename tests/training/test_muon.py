"""Muon's steps against linear algebra."""

from __future__ import annotations

import math

import pytest
import torch

from restorer.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (16, 16)])
def test_the_orthogonal_step_is_near_the_polar_factor(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(shape, generator=generator)
    u, _, vh = torch.linalg.svd(matrix, full_matrices=False)
    step = orthogonal(matrix)
    values = torch.linalg.svdvals(step)
    assert values.min() > 0.6
    assert values.max() < 1.3
    assert (step * (u @ vh)).sum() > 0.97 * step.norm() * (u @ vh).norm()


def test_it_does_not_depend_on_the_size_of_the_gradient() -> None:
    matrix = torch.randn(8, 20, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(orthogonal(1e-3 * matrix), orthogonal(matrix), rtol=0, atol=1e-3)


def test_kernels_of_one_shape_go_together_and_each_on_its_own() -> None:
    """In whatever order they lie in memory."""
    generator = torch.Generator().manual_seed(5)
    start = [torch.randn(4, 3, 3, 3, generator=generator) for _ in range(3)]
    start.append(torch.randn(6, 4, 2, 2, generator=generator))
    gradients = [torch.randn(k.shape, generator=generator) for k in start]
    for last in (torch.contiguous_format, torch.channels_last):
        kernels = [torch.nn.Parameter(k.clone(memory_format=last)) for k in start]
        for kernel, gradient in zip(kernels, gradients, strict=True):
            kernel.grad = gradient.clone(memory_format=last)
        Muon(kernels, lr=0.1, weight_decay=0.1).step()
        for kernel, before, gradient in zip(kernels, start, gradients, strict=True):
            ahead = gradient * (1 - 0.95**2)  # Nesterov's, after the first step
            rows = len(before)
            scale = 0.02 * math.sqrt(max(rows, before[0].numel()))
            step = scale * orthogonal(ahead.reshape(rows, -1)).view(before.shape)
            torch.testing.assert_close(kernel.detach(), 0.99 * before - step, rtol=0, atol=1e-5)


def test_ill_conditioned_kernels_are_learnt_in_all_directions() -> None:
    """Least squares with directions whose gradients differ by 400: the small are learnt too."""
    wanted = torch.randn(4, 4, 1, 1, generator=torch.Generator().manual_seed(6))
    slopes = torch.tensor([1.0, 0.3, 0.1, 0.05])
    kernel = torch.zeros(4, 4, 1, 1, requires_grad=True)
    optimizer = Muon([kernel], lr=0.2, weight_decay=0.0)
    for step in range(300):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 300)
        optimizer.zero_grad()
        error = (kernel - wanted).flatten(1) * slopes[:, None]
        error.square().sum().backward()
        optimizer.step()
    worst = (kernel - wanted).detach().flatten(1).norm(dim=1).max()
    assert worst < 0.25 * wanted.flatten(1).norm(dim=1).max()
