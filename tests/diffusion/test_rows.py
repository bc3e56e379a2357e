"""Whole states a few rows at a time are, bit for bit, what they are in one go."""

from __future__ import annotations

import pytest
import torch

from restorer.degradation.operators import Grayscale
from restorer.diffusion import posterior, posterior_mean, rows, samplers
from restorer.diffusion.denoiser import one_by_one
from restorer.diffusion.schedule import LINEAR
from restorer.imaging import bands, scratch

SHAPE = (1, 3, 700, 801)
STEPS = 4


@pytest.mark.parametrize("shape", [SHAPE, (2, 3, 701, 999), (1, 1, 1025, 1024)])
def test_noise_is_drawn_as_in_one_go(shape: tuple[int, ...]) -> None:
    one, other = (torch.Generator().manual_seed(3) for _ in range(2))
    whole = torch.empty(shape).normal_(generator=one)
    assert torch.equal(rows.noise_like(torch.empty(shape), other), whole)
    assert torch.equal(torch.rand(5, generator=one), torch.rand(5, generator=other))


@pytest.mark.parametrize("name", ["ddpm", "ddpm-quiet", "ddim", "dpmpp", "mean", "mirrored"])
def test_every_sampler_is_the_same_in_rows_and_in_files(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    x_t = torch.empty(SHAPE).normal_(generator=torch.Generator().manual_seed(1))
    times = LINEAR.spaced(300.0, STEPS)

    def denoiser(x: torch.Tensor, sigma: float) -> torch.Tensor:
        return torch.tanh(x * 0.9)

    def made() -> list[torch.Tensor]:
        generator = torch.Generator().manual_seed(2)
        if name == "mirrored":
            problem = posterior.Problem(Grayscale(noise=0.1), x_t[:, :1])
            state = posterior.initial_state(x_t, 300.0, LINEAR, generator, mirrored=True)
            chain = posterior.diffpir(
                one_by_one(denoiser), problem, state, times, LINEAR,
                generator=generator, mirrored=True,
            )  # fmt: skip
            return [tensor for step in chain for tensor in (step.x_t, step.x0)]
        if name == "mean":
            views = [lambda x, s, i=i: denoiser(x, s) * (1 - 0.1 * i) for i in range(3)]
            steps = posterior_mean.posterior_mean(views, x_t, times, LINEAR)
        else:
            eta = 0.5 if name == "ddim" else 0.0
            sampler = samplers.SAMPLERS[name]
            steps = sampler.reverse(denoiser, x_t, times, LINEAR, eta, generator)
            steps = posterior_mean.blend_towards_mean(steps, lambda: 0.3)
        return [tensor for step in steps for tensor in (step.x_t, step.x0)]

    assert SHAPE[-1] * SHAPE[-2] > bands.PIXELS
    monkeypatch.setattr(scratch, "BUDGET", 0)
    in_rows = made()
    monkeypatch.setattr(bands, "PIXELS", 1 << 30)
    in_one_go = made()
    assert len(in_rows) == 2 * STEPS
    assert all(map(torch.equal, in_rows, in_one_go))


def test_a_picture_is_mirrored_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(1, 3, 37, 23, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(bands, "PIXELS", 100)
    for axes in ((-1,), (-2,), (-2, -1)):
        assert torch.equal(rows.flipped(x, axes), x.flip(axes))
