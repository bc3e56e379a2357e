"""Networks of every kind as D(x_t, sigma), at every size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import UNet2DModel
from torch import Tensor, nn

from restorer.diffusion.denoiser import PriorDenoiser, RotatedDenoiser, TimestepDenoiser, run_padded
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.samplers import dpmpp_2m
from restorer.diffusion.scales import PredictionType, eps_from_x0, vp_scales, x0_from_prediction
from restorer.diffusion.schedule import LINEAR
from restorer.engine.models import find_model
from restorer.engine.networks import load_prior
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

SCHEDULE = LINEAR
SIZES = [(1, 1), (1, 300), (5, 3), (16, 17), (17, 16), (40, 72)]


def small_prior() -> PriorUNet:
    torch.manual_seed(0)
    return PriorUNet(channels=(8, 16, 24), blocks=1, mid_blocks=1)


@pytest.mark.parametrize("sigma", [0.01, 0.4, 150.0])
@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_every_prediction_says_the_same_x0(kind: PredictionType, sigma: float) -> None:
    x_0, eps = torch.randn(2, 2, 3, 4, 4, dtype=torch.float64)
    a, b = vp_scales(sigma)
    assert a**2 + b**2 == pytest.approx(1)
    assert b / a == pytest.approx(sigma)
    prediction = {"epsilon": eps, "v_prediction": a * eps - b * x_0, "sample": x_0}[kind]
    x_t = a * x_0 + b * eps
    torch.testing.assert_close(x0_from_prediction(prediction, kind, x_t, sigma), x_0)
    torch.testing.assert_close(eps_from_x0(x_t, x_0, sigma), eps)


def test_unknown_prediction_type() -> None:
    unknown: Any = "flow"
    with pytest.raises(ValueError, match="flow"):
        x0_from_prediction(torch.zeros(1), unknown, torch.zeros(1), 0.1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("margin", [0, 16, 20])
def test_padding_is_enough_keeps_the_grid_and_is_cropped(
    size: tuple[int, int], margin: int
) -> None:
    x = torch.randn(1, 3, *size)
    padded: list[Tensor] = []

    def network(y: Tensor) -> Tensor:
        padded.append(y)
        return y + 1

    torch.testing.assert_close(run_padded(network, x, margin=margin, multiple=8), x + 1)
    height, width = padded[0].shape[-2:]
    assert height % 8 == width % 8 == 0
    assert height >= size[0] + 2 * margin
    assert width >= size[1] + 2 * margin
    before = -(-margin // 8) * 8
    torch.testing.assert_close(
        padded[0][..., before : before + size[0], before : before + size[1]], x
    )


def test_padding_reflects_where_it_can() -> None:
    x = torch.arange(30.0).expand(1, 1, 2, 30)
    padded: list[Tensor] = []
    run_padded(lambda y: padded.append(y) or y, x, margin=16, multiple=8)
    assert padded[0][0, 0, 0, 14:18].tolist() == [2, 1, 0, 1]


@pytest.mark.parametrize("size", SIZES)
def test_prior_at_any_size(size: tuple[int, int]) -> None:
    x_t = torch.randn(2, 3, *size)
    x0 = PriorDenoiser(small_prior())(x_t, 0.3)
    assert x0.shape == x_t.shape
    assert x0.dtype == torch.float32
    assert x0.isfinite().all()


def church() -> Tensor:
    clean = 2 * read_picture(resource_path("samples", "church.webp")).pixels[:192, :192] - 1
    return torch.from_numpy(np.ascontiguousarray(clean)).permute(2, 0, 1)[None]


@pytest.mark.prior
def test_a_reverse_run_from_t_400_keeps_the_colour_and_has_texture() -> None:
    """Mean colour within 1 of 255 of the posterior mean's, no grid, more detail than it has."""
    x0, t = church(), 400.0
    a, b = vp_scales(float(SCHEDULE.sigma(t)))
    x_t = a * x0 + b * torch.randn(x0.shape, generator=torch.Generator().manual_seed(3))
    denoiser = PriorDenoiser(load_prior(find_model("builtin")))
    mean, *_, run = (step.x0 for step in dpmpp_2m(denoiser, x_t, SCHEDULE.spaced(t, 12), SCHEDULE))
    assert 127.5 * (run - mean).mean(dim=(0, 2, 3)).abs().max() < 1
    assert _between_neighbours(run) > 1.3 * _between_neighbours(mean)
    assert _grid(run) < 1.5 * _grid(x0)


def _between_neighbours(x: Tensor) -> Tensor:
    return x.diff(dim=-1).std() + x.diff(dim=-2).std()


def _grid(x: Tensor) -> Tensor:
    """How much the places of the network's 8 x 8 grid differ, without slow changes."""
    rough = x - torch.nn.functional.avg_pool2d(x, 3, 1, 1)
    return rough[..., 8:-8, 8:-8].unfold(2, 8, 8).unfold(3, 8, 8).mean(dim=(2, 3)).std()


@pytest.mark.prior
def test_at_high_noise_the_border_is_not_mirrored() -> None:
    """Mirrored noise is taken for structure: the border would come back worse."""
    x0, sigma = church(), 1.0
    a, b = vp_scales(sigma)
    x_t = a * x0 + b * torch.randn(x0.shape, generator=torch.Generator().manual_seed(7))
    network = load_prior(find_model("builtin"))
    errors = []
    for margin in (None, 16):
        error = (PriorDenoiser(network, margin=margin)(x_t, sigma) - x0).square()
        error[..., 8:-8, 8:-8] = 0
        errors.append(error.sum().item())
    assert errors[0] < 0.97 * errors[1]


def test_prior_without_margin_is_the_network() -> None:
    x_t, sigma = torch.randn(2, 3, 32, 40), 0.3
    expected = small_prior()(x_t, torch.full((2,), sigma)).x0
    for channels_last in (False, True):
        denoiser = PriorDenoiser(small_prior(), margin=0, channels_last=channels_last)
        torch.testing.assert_close(denoiser(x_t, sigma), expected, atol=1e-5, rtol=1e-4)


def test_autocast_changes_little() -> None:
    x_t = torch.randn(1, 3, 32, 32)
    exact = PriorDenoiser(small_prior())(x_t, 0.3)
    rough = PriorDenoiser(small_prior(), autocast=torch.bfloat16)(x_t, 0.3)
    assert rough.dtype == torch.float32
    assert 0 < (rough - exact).abs().max() < 0.05


def test_a_graph_is_built_only_when_asked_for() -> None:
    denoiser = PriorDenoiser(small_prior())
    x_t = torch.randn(1, 3, 16, 16)
    assert not denoiser(x_t, 0.3).requires_grad
    (gradient,) = torch.autograd.grad(denoiser(x_t.requires_grad_(), 0.3).sum(), x_t)
    assert gradient.abs().min() > 0


class PerfectNetwork(nn.Module):
    """Knows the noise; remembers the t it was asked about."""

    def __init__(self, eps: Tensor) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))
        self.eps = eps
        self.t = math.nan

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        assert t.shape == (len(x),)
        self.t = t[0].item()
        return self.eps


def test_timestep_network() -> None:
    x_0, eps = torch.randn(2, 1, 3, 16, 24)
    network = PerfectNetwork(eps)
    denoiser = TimestepDenoiser(network, SCHEDULE, margin=0)
    sigma = float(SCHEDULE.sigma(56.2))
    a, b = vp_scales(sigma)
    torch.testing.assert_close(denoiser(a * x_0 + b * eps, sigma), x_0, atol=1e-5, rtol=1e-5)
    assert network.t == pytest.approx(56.2, abs=1e-4)


def test_diffusers_unet() -> None:
    network = UNet2DModel(
        block_out_channels=(16, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        add_attention=False,
    )
    x_t = torch.randn(1, 3, 19, 33)
    for kind in ("epsilon", "v_prediction", "sample"):
        x0 = TimestepDenoiser(network, SCHEDULE, kind)(x_t, 0.4)
        assert x0.shape == x_t.shape
        assert x0.isfinite().all()


@pytest.mark.parametrize("side", RotatedDenoiser.SIDES)
def test_turned_comes_back(side: int) -> None:
    seen: list[Tensor] = []
    x_t = torch.randn(1, 3, 5, 8)
    assert torch.equal(RotatedDenoiser(lambda x, s: seen.append(x) or x, side)(x_t, 0.1), x_t)
    assert torch.equal(seen[0], x_t) == (side == 0)


def test_the_eight_sides_differ() -> None:
    seen: list[bytes] = []
    x_t = torch.randn(1, 3, 6, 6)
    for side in RotatedDenoiser.SIDES:
        RotatedDenoiser(lambda x, s: seen.append(x.contiguous().numpy().tobytes()) or x, side)(
            x_t, 0.1
        )
    assert len(set(seen)) == 8
