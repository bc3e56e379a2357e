"""The shipped network is what its specification says, and travels through files unchanged."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from restorer.diffusion.denoiser import PriorDenoiser
from restorer.diffusion.prior import PriorUNet

BUILTIN = "resources/models/builtin"


@pytest.fixture(scope="module")
def network() -> PriorUNet:
    return PriorUNet.from_pretrained(BUILTIN).eval()


def specified_v(weights: dict[str, Tensor], x_t: Tensor, sigma: Tensor) -> Tensor:
    """The trunk written again from the model's description, on the bare weights."""

    def conv(name: str, x: Tensor, **how: int) -> Tensor:
        return F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], **how)

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def up(name: str, x: Tensor) -> Tensor:
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return F.conv_transpose2d(x, weight, bias, stride=2)

    def block(name: str, x: Tensor) -> Tensor:
        s, m = linear(f"{name}.film", e)[:, :, None, None].chunk(2, 1)
        h = F.silu(conv(f"{name}.conv1", x, padding=1) * (1 + s) + m)
        return x + conv(f"{name}.conv2", h, padding=1)

    f = torch.tensor([0.25 * 32 ** (k / 15) for k in range(16)])  # 0.25 ... 8
    angle = sigma.log()[:, None] * f / 2
    e = linear("time_mlp.0", torch.cat([angle.sin(), angle.cos()], 1))
    e = F.silu(linear("time_mlp.2", F.silu(e)))

    h = conv("in_conv", F.pixel_unshuffle(x_t, 2), padding=1)
    skips = []
    for level, blocks in enumerate((2, 3, 3)):
        for i in range(blocks):
            h = block(f"down_blocks.{level}.resnets.{i}", h)
        skips.append(h)
        h = conv(f"down_blocks.{level}.downsample", h, stride=2)
    for i in range(2):
        h = block(f"mid_block.resnets.{i}", h)
    for level, blocks in enumerate((3, 3, 2)):
        h = up(f"up_blocks.{level}.upsample", h) + skips.pop()
        for i in range(blocks):
            h = block(f"up_blocks.{level}.resnets.{i}", h)
    return F.pixel_shuffle(conv("out_conv", h, padding=1), 2)


def example(height: int = 48, width: int = 64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(3, 3, height, width, generator=generator), torch.tensor([0.02, 0.4, 20.0])


@torch.no_grad()
def test_equals_its_specification(network: PriorUNet) -> None:
    x_t, sigma = example()
    v = specified_v(dict(network.state_dict()), x_t, sigma)
    torch.testing.assert_close(network.trunk(x_t, sigma), v, atol=1e-4, rtol=0)
    a = 1 / torch.sqrt(1 + sigma**2)[:, None, None, None]
    b = sigma[:, None, None, None] * a
    prediction = network(x_t, sigma)
    torch.testing.assert_close(prediction.eps, a * v + b * x_t, atol=1e-4, rtol=0)
    torch.testing.assert_close(prediction.x0, a * x_t - b * v, atol=1e-4, rtol=0)
    torch.testing.assert_close(a * prediction.x0 + b * prediction.eps, x_t, atol=1e-5, rtol=0)


def test_size_of_the_shipped_network(network: PriorUNet) -> None:
    assert round(network.num_parameters() / 1e6, 2) == 7.88


@torch.no_grad()
def test_files_round_trip_exactly(network: PriorUNet, tmp_path: Path) -> None:
    network.save_pretrained(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"config.json", "diffusion_pytorch_model.safetensors"}
    again = PriorUNet.from_pretrained(tmp_path).eval()
    where = {"_name_or_path": None}  # the folder it came from, the one thing that differs
    assert {**again.config, **where} == {**network.config, **where}
    x_t, sigma = example()
    assert torch.equal(again.trunk(x_t, sigma), network.trunk(x_t, sigma))


@torch.no_grad()
def test_another_shape_round_trips_too(tmp_path: Path) -> None:
    small = PriorUNet(channels=(8, 16), blocks=1, mid_blocks=2, embedding_dim=24, frequencies=6)
    small.save_pretrained(tmp_path)
    x_t, sigma = example(16, 24)
    assert torch.equal(
        PriorUNet.from_pretrained(tmp_path).eval().trunk(x_t, sigma), small.trunk(x_t, sigma)
    )


def test_gradients_reach_every_weight_and_the_input() -> None:
    torch.manual_seed(0)
    small = PriorUNet(channels=(8, 16, 24), blocks=1, mid_blocks=1)
    x_t, sigma = example(16, 16)
    x_t.requires_grad_()
    small(x_t, sigma).x0.square().mean().backward()
    assert x_t.grad is not None
    assert x_t.grad.abs().sum() > 0
    for name, parameter in small.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("size", [(40, 64), (48, 56), (8, 8)])
def test_odd_sides_are_refused(network: PriorUNet, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.zeros(1, 3, *size), torch.tensor([0.1]))


@torch.no_grad()
def test_it_removes_noise(network: PriorUNet) -> None:
    """A soft gradient under noise 25: one evaluation takes away most of the error."""
    ramp = torch.linspace(-0.8, 0.8, 64).expand(1, 3, 64, 64)
    sigma = 25 / 127.5
    y = ramp + sigma * torch.randn(ramp.shape, generator=torch.Generator().manual_seed(0))
    x0 = network(y / (1 + sigma**2) ** 0.5, torch.tensor([sigma])).x0
    assert (x0 - ramp).square().mean() < 0.05 * (y - ramp).square().mean()


@pytest.mark.parametrize("sigma", [0.01, 0.2, 30.0])
def test_film_folds_into_the_convolutions(network: PriorUNet, sigma: float) -> None:
    """At one noise level it is the same function, as every run takes it."""
    eps = torch.randn(1, 3, 32, 48, generator=torch.Generator().manual_seed(1))
    x_t = (torch.linspace(-1, 1, 48) + sigma * eps) / math.hypot(1, sigma)
    level = torch.tensor([sigma])
    with torch.no_grad():
        folded = network(x_t, level, folds=network.fold(network.embed(level)))
        torch.testing.assert_close(folded.x0, network(x_t, level).x0, atol=1e-5, rtol=0)
        double = copy.deepcopy(network).double()
        exact = double.trunk(x_t.double(), level, double.fold(double.embed(level)))
        torch.testing.assert_close(exact, double.trunk(x_t.double(), level), atol=1e-9, rtol=0)


def test_a_denoiser_folds_once_for_all_tiles_of_a_step(
    network: PriorUNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    fold = PriorUNet.fold
    monkeypatch.setattr(PriorUNet, "fold", lambda *a: made.append(1) or fold(*a))
    denoiser = PriorDenoiser(network)
    with torch.inference_mode():
        for sigma in (0.5, 0.5, 0.2):
            denoiser(torch.zeros(1, 3, 16, 16), sigma)
    assert len(made) == 2
    x_t = torch.zeros(1, 3, 16, 16, requires_grad=True)
    denoiser(x_t, 0.2).sum().backward()  # guidance needs a gradient through what is kept
    assert x_t.grad is not None
    assert len(made) == 2
