"""Tiles: they cover the picture, their weights add up, and nobody sees where they were."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from restorer.diffusion.denoiser import PriorDenoiser
from restorer.diffusion.prior import PriorUNet
from restorer.diffusion.samplers import ddpm
from restorer.diffusion.scales import vp_scales
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tiling import Box, TiledDenoiser, split


def blur(x_t: Tensor, sigma: float, /) -> Tensor:
    """A denoiser that looks three pixels far."""
    return F.avg_pool2d(F.pad(x_t, (3, 3, 3, 3), "reflect"), 7, stride=1) / (1 + sigma)


@pytest.mark.parametrize(("tile", "overlap"), [(512, 48), (64, 32), (64, 0), (256, 48), (32, 16)])
def test_split(tile: int, overlap: int) -> None:
    for side in (1, 7, tile - 1, tile, tile + 1, tile + 9, 1000, 1024, 5000, 20_003):
        spans = split(side, tile, overlap)
        total = np.zeros(side)
        for span in spans:
            assert span.start % 16 == 0
            assert 0 < span.stop - span.start <= tile
            assert len(span.weight) == span.stop - span.start
            assert span.weight.min() >= 0
            total[span.start : span.stop] += span.weight.numpy()
        np.testing.assert_allclose(total, 1, atol=1e-6)
        assert (spans[0].start, spans[-1].stop) == (0, side)
        for a, b in pairwise(spans):
            assert a.stop - b.start >= overlap
        least = 1 if side <= tile else -(-(side - overlap) // (tile - overlap))
        assert len(spans) == least, "no tile more than needed"


@given(st.integers(1, 30_000), st.integers(2, 50), st.data())
def test_tiles_cover_a_side_of_any_length(side: int, cells: int, data: st.DataObject) -> None:
    overlap = 16 * data.draw(st.integers(0, cells // 2))
    spans = split(side, 16 * cells, overlap)
    total = np.zeros(side)
    for span in spans:
        assert span.start % 16 == 0
        assert 0 < span.stop - span.start == len(span.weight) <= 16 * cells
        total[span.start : span.stop] += span.weight.numpy()
    np.testing.assert_allclose(total, 1, atol=1e-5)
    assert all(a.stop - b.start >= overlap for a, b in pairwise(spans))


@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from([0, 16, 32]))
def test_a_denoiser_that_looks_at_one_pixel_sees_no_tiles(
    height: int, width: int, overlap: int
) -> None:
    x_t = torch.randn(1, 1, height, width, generator=torch.Generator().manual_seed(height))
    tiled = TiledDenoiser(lambda x, sigma: torch.sin(x) + sigma, 64, overlap)(x_t, 0.3)
    torch.testing.assert_close(tiled, torch.sin(x_t) + 0.3, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("tile", "overlap"), [(0, 0), (104, 16), (64, 24), (64, 48), (64, -16)])
def test_bad_sizes_are_refused_at_once(tile: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        TiledDenoiser(blur, tile, overlap)


@pytest.mark.parametrize(("height", "width"), [(200, 333), (64, 333), (333, 50), (65, 65)])
def test_tiled_equals_whole_where_the_overlap_covers_the_view(height: int, width: int) -> None:
    x_t = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    tiled = TiledDenoiser(blur, tile=64, overlap=16)(x_t, 0.3)
    torch.testing.assert_close(tiled, blur(x_t, 0.3), atol=1e-6, rtol=0)


def test_tile_size_does_not_change_a_sample() -> None:
    """Noise belongs to the canvas, not to the tile."""
    schedule = LINEAR
    x_t = torch.randn(1, 3, 150, 170, generator=torch.Generator().manual_seed(0))
    whole, small, large = (
        list(
            ddpm(
                denoiser,
                x_t,
                schedule.spaced(300, 4),
                schedule,
                generator=torch.Generator().manual_seed(5),
            )
        )[-1].x0
        for denoiser in (blur, TiledDenoiser(blur, 64, 16), TiledDenoiser(blur, 128, 32))
    )
    torch.testing.assert_close(small, whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(large, whole, atol=1e-5, rtol=0)


def test_each_tile_is_told_and_none_is_larger_than_asked() -> None:
    seen: list[tuple[int, int]] = []
    told: list[tuple[int, int, Box]] = []
    x_t = torch.randn(1, 3, 150, 170)

    def watching(x: Tensor, sigma: float, /) -> Tensor:
        seen.append((x.shape[-2], x.shape[-1]))
        return x * 2

    def on_tile(done: int, total: int, box: Box, x0_tile: Tensor) -> None:
        told.append((done, total, box))
        left, top, right, bottom = box
        torch.testing.assert_close(x0_tile, 2 * x_t[..., top:bottom, left:right])

    tiled = TiledDenoiser(watching, 64, 16, on_tile)
    torch.testing.assert_close(tiled(x_t, 0.1), 2 * x_t)
    boxes = [box for _, _, box in told]
    assert [(done, total) for done, total, _ in told] == [(i + 1, 12) for i in range(12)]
    assert len(set(boxes)) == 12
    assert seen == [(b - t, r - le) for le, t, r, b in boxes]
    assert max(max(size) for size in seen) <= 64


def test_what_fits_is_run_directly() -> None:
    told: list[tuple[int, int, Box]] = []
    x_t = torch.randn(1, 3, 64, 40)
    tiled = TiledDenoiser(lambda x, s: x, 64, 16, lambda *a: told.append(a[:3]))
    assert tiled(x_t, 0.1) is x_t
    assert told == [(1, 1, (0, 0, 40, 64))]


def test_raising_in_on_tile_stops_before_the_next_call() -> None:
    calls = 0

    class Enough(Exception):
        pass

    def counting(x: Tensor, sigma: float, /) -> Tensor:
        nonlocal calls
        calls += 1
        return x

    def stop_at_two(done: int, total: int, box: Box, x0_tile: Tensor) -> None:
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        TiledDenoiser(counting, 64, 16, stop_at_two)(torch.zeros(1, 3, 300, 300), 0.1)
    assert calls == 2


@pytest.fixture(scope="module")
def prior() -> PriorDenoiser:
    return PriorDenoiser(PriorUNet.from_pretrained("resources/models/builtin"))


@pytest.mark.prior
@pytest.mark.parametrize("noise", [5, 25])
def test_no_seams_on_flat_grey(prior: PriorDenoiser, noise: float) -> None:
    """Tiles change a flat picture by less than 1/255 anywhere."""
    grey = torch.zeros(1, 3, 320, 320)
    tiled = TiledDenoiser(prior, tile=192)(grey, noise / 127.5)
    assert (tiled - prior(grey, noise / 127.5)).abs().max() * 127.5 < 1


@pytest.mark.prior
@pytest.mark.parametrize("noise", [1.275, 5, 25, 50])
def test_flat_grey_stays_flat(prior: PriorDenoiser, noise: float) -> None:
    """No pixel moves by 1/255, even when the prior is told noise that is not there."""
    x0 = TiledDenoiser(prior, tile=192)(torch.zeros(1, 3, 320, 320), noise / 127.5)
    assert x0.abs().max() * 127.5 < 1


@pytest.mark.prior
@pytest.mark.parametrize("noise", [75, 255])
def test_tiled_looks_like_whole(prior: PriorDenoiser, noise: float) -> None:
    """640 x 640, overlap as by default (less noise, less difference): under 0.03/255 RMS."""
    sigma = noise / 127.5
    y, x = np.mgrid[0:640, 0:640] / 640
    waves = np.sin(60 * x**2 + 20 * y) * np.sin(90 * y * x)
    edges = np.sign(np.sin(25 * (x - y))) * (y > 0.5)
    clean = np.stack([waves, 0.5 * waves + 0.4 * edges, x - y], axis=0) * 0.8
    a, b = vp_scales(sigma)
    noise_field = torch.randn(1, 3, 640, 640, generator=torch.Generator().manual_seed(0))
    x_t = a * torch.from_numpy(clean).float()[None] + b * noise_field
    difference = TiledDenoiser(prior, tile=480)(x_t, sigma) - prior(x_t, sigma)
    assert difference.square().mean().sqrt() * 127.5 < 0.03


def test_only_what_is_wanted_is_looked_at() -> None:
    """The same answer there, from a fraction of the pixels; elsewhere x_t as it stands."""
    x_t = torch.rand(1, 3, 600, 720, generator=torch.Generator().manual_seed(0))
    region = torch.zeros(600, 720, dtype=torch.bool)
    region[70:75, 20:60] = region[500, 40] = True
    seen = 0

    def counting(x: Tensor, sigma: float) -> Tensor:
        nonlocal seen
        seen += x.shape[-1] * x.shape[-2]
        return blur(x, sigma)

    for tile in (512, 1024):
        seen = 0
        found = TiledDenoiser(counting, tile, region=region)(x_t, 0.3)
        whole = blur(x_t, 0.3)
        torch.testing.assert_close(found[..., region], whole[..., region])
        assert seen <= 2 * 192**2
        as_it_is = x_t * (1 + 0.3**2) ** 0.5
        torch.testing.assert_close(found[..., 300:, 300:], as_it_is[..., 300:, 300:])
