"""Blur seen through a window: what lies beyond the border is not known."""

from __future__ import annotations

import pytest
import torch

from restorer.degradation.operators import (
    Blur,
    ExtendedBlur,
    blocks,
    extended_blur,
    gaussian,
    motion,
)
from restorer.imaging import bands

KERNELS = {"gaussian": gaussian(1.6), "motion": motion(9, 30)}


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 3, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_it_is_the_middle_of_a_larger_blurred_picture(kernel):
    blur = ExtendedBlur(Blur(kernel), (41, 53))
    x = blur.extend(random(41, 53))
    torch.testing.assert_close(blur.crop(x), random(41, 53))
    larger = Blur(kernel).forward(x)  # another border, too far away to be seen
    torch.testing.assert_close(blur.forward(x), blur.crop(larger), atol=1e-5, rtol=0)
    assert x.shape[-2] < 41 + 3 * kernel.shape[0]


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_adjoint_and_prox_are_what_they_say(kernel):
    blur = ExtendedBlur(Blur(kernel), (40, 52))
    x, y = blur.extend(random(40, 52)), random(40, 52, seed=1)
    assert float((blur.forward(x) * y).sum()) == pytest.approx(
        float((x * blur.adjoint(y)).sum()), rel=1e-4
    )
    z = blur.prox(x, y, 0.05)
    slope = blur.adjoint(blur.forward(z) - y) + 0.05 * (z - x)
    assert slope.abs().max() < 0.01 * blur.adjoint(blur.forward(x) - y).abs().max()


def test_large_pictures_are_worked_on_in_parts_and_come_out_the_same(monkeypatch):
    blur = ExtendedBlur(Blur(KERNELS["motion"]), (40, 52))
    x, y = blur.extend(random(40, 52)), random(40, 52, seed=1)
    pair = torch.cat([x, x.flip(-1)])
    whole = blur.prox(pair, y, 0.05)
    monkeypatch.setattr(bands, "PIXELS", 500)
    torch.testing.assert_close(blur.prox(pair, y, 0.05), whole, atol=1e-4, rtol=0)


def test_a_true_border_is_no_misfit():
    """What a mirrored border blows up stays small, even without a network."""
    kernel = gaussian(1.6)
    line = torch.linspace(-1, 1, 80)
    clean = (line[:, None] * line).expand(1, 3, 80, 80).contiguous()
    y = Blur(kernel).forward(clean)[..., 20:-20, 20:-20].contiguous()
    beyond = ExtendedBlur(Blur(kernel), (40, 40))
    restored = beyond.crop(beyond.prox(beyond.extend(y), y, 1e-4))
    mirrored = Blur(kernel).prox(y, y, 1e-4)
    truth = clean[..., 20:-20, 20:-20]
    assert (restored - truth).abs().max() < 0.5 * (mirrored - truth).abs().max()


def test_a_picture_smaller_than_the_kernel_is_no_error():
    blur = ExtendedBlur(Blur(gaussian(4.0)), (3, 5))
    x = blur.extend(random(3, 5))
    assert blur.prox(x, random(3, 5), 0.01).isfinite().all()


def test_larger_pictures_are_solved_in_blocks_that_nobody_sees(monkeypatch):
    blur = Blur(gaussian(1.6), 0.02)
    beyond = ExtendedBlur(blur, (150, 190))
    x, y = beyond.extend(random(150, 190)), random(150, 190, seed=1)
    pair = torch.cat([x, x.flip(-1)])
    whole = beyond.prox(pair, y, 0.02), blur.forward(y)
    monkeypatch.setattr(extended_blur, "_CORE", 48)
    monkeypatch.setattr(extended_blur, "_MARGIN", 24)
    monkeypatch.setattr("restorer.degradation.operators.blur._CORE", 48)
    solved, blurred = beyond.prox(pair, y, 0.02), blur.forward(y)
    torch.testing.assert_close(blurred, whole[1], atol=1e-5, rtol=0)
    off = beyond.crop(solved - whole[0]).abs()
    assert float(off.max()) < 0.05 < 1.5 < float(whole[0].abs().max())
    assert float(off[..., 20:-20, 20:-20].max()) < 0.01


@pytest.mark.parametrize(("side", "core", "margin"), [(100, 40, 8), (97, 13, 30), (300, 64, 0)])
def test_blocks_cover_a_side_and_are_alike(side, core, margin):
    parts = blocks.spans(side, core, margin)
    kept = [at for part in parts for at in range(part.first, part.last)]
    assert kept == [*range(side)]
    assert len({part.stop - part.start for part in parts}) == 1
    for part in parts:
        assert part.start == 0 or part.first - part.start >= margin
        assert part.stop == side or part.stop - part.last >= margin
    assert blocks.spans(side, side, 0) == [(0, side, 0, side)]
