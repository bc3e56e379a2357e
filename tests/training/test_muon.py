"""Muon's steps against linear algebra, and its AdamW against the library's."""

from __future__ import annotations

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


def test_what_is_no_kernel_goes_as_with_adamw() -> None:
    start = torch.randn(7, generator=torch.Generator().manual_seed(5))
    target = torch.linspace(-1, 1, 7)
    ends = []
    for make in (_muon_of_others, _adamw):
        weight = start.clone().requires_grad_(True)
        optimizer = make(weight)
        for _ in range(20):
            optimizer.zero_grad()
            (weight - target).square().sum().backward()
            optimizer.step()
        ends.append(weight.detach())
    torch.testing.assert_close(ends[0], ends[1], rtol=1e-5, atol=1e-6)


def test_ill_conditioned_kernels_are_learnt_in_all_directions() -> None:
    """Least squares with directions whose gradients differ by 400: the small are learnt too."""
    wanted = torch.randn(4, 4, 1, 1, generator=torch.Generator().manual_seed(6))
    slopes = torch.tensor([1.0, 0.3, 0.1, 0.05])
    kernel = torch.zeros(4, 4, 1, 1, requires_grad=True)
    optimizer = Muon([kernel], [], lr=0.2, betas=(0.9, 0.99), weight_decay=0.0)
    for step in range(300):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 300)
        optimizer.zero_grad()
        error = (kernel - wanted).flatten(1) * slopes[:, None]
        error.square().sum().backward()
        optimizer.step()
    worst = (kernel - wanted).detach().flatten(1).norm(dim=1).max()
    assert worst < 0.25 * wanted.flatten(1).norm(dim=1).max()


def _muon_of_others(weight: torch.Tensor) -> torch.optim.Optimizer:
    return Muon([], [weight], lr=1e-2, betas=(0.9, 0.99), weight_decay=1e-2)


def _adamw(weight: torch.Tensor) -> torch.optim.Optimizer:
    return torch.optim.AdamW([weight], lr=1e-2, betas=(0.9, 0.99), weight_decay=1e-2)
