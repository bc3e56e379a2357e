"""Operators by their mathematics, at sizes nobody chose."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from restorer.degradation.operators import (
    Blur,
    Downsample,
    Grayscale,
    Identity,
    Jpeg,
    LinearOperator,
    Mask,
    disc,
    gaussian,
    motion,
)
from restorer.degradation.operators.guess import fill_holes
from restorer.imaging import bands
from restorer.imaging.exif import turn as orientation

LINEAR = (
    "identity",
    "mask",
    "grayscale",
    "box 2",
    "box 3",
    "bicubic 2",
    "bicubic 3",
    "bicubic 4",
    "gaussian",
    "gaussian circular",
    "disc",
    "motion",
    "motion circular",
)
#: Whose every y is the image of some x, and well away from not being so.
ONTO = ("identity", "grayscale", "box 2", "box 3", "bicubic 2", "bicubic 3", "bicubic 4")


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def case(name: str, seed: int, most: int = 30) -> tuple[LinearOperator, Tensor]:
    """An operator and a picture of a random size it can take."""
    rng = np.random.default_rng([seed, *name.encode()])
    height, width = (int(side) for side in rng.integers(5, most, 2))
    kind, _, option = name.partition(" ")
    if kind in ("box", "bicubic"):
        scale = int(option)
        height, width = (scale * -(-side // scale) for side in (height, width))
        return Downsample(scale, kind), random(1, 3, height, width, seed=seed)
    x = random(1, 3, height, width, seed=seed)
    boundary = "circular" if option == "circular" else "reflect"
    match kind:
        case "identity":
            return Identity(), x
        case "mask":
            return Mask(random(height, width, seed=seed + 1) > 0.3), x
        case "grayscale":
            return Grayscale(), x
        case "gaussian":
            return Blur(gaussian(1.2), boundary=boundary), x
        case "disc":
            return Blur(disc(2.3), boundary=boundary), x
    return Blur(motion(7, 30), boundary=boundary), x


@given(st.sampled_from(LINEAR), st.integers(0, 2**16))
def test_at_any_size_they_are_linear_and_their_adjoints_are(name: str, seed: int) -> None:
    operator, x = case(name, seed, most=24)
    other, image = random(*x.shape, seed=seed + 1), operator.forward(x)
    y = random(*image.shape, seed=seed + 2)
    torch.testing.assert_close(
        operator.forward(2 * x - 3 * other),
        2 * image - 3 * operator.forward(other),
        atol=1e-4,
        rtol=0,
    )
    ours, theirs = (image * y).sum(), (x * operator.adjoint(y)).sum()
    size = float(image.norm() * y.norm())
    assert float(ours) == pytest.approx(float(theirs), abs=1e-5 * size)


@given(
    st.sampled_from(["bicubic", "box"]),
    st.integers(2, 4),
    st.tuples(st.integers(2, 12), st.integers(2, 12)),
)
def test_whatever_was_made_smaller_can_be_met(
    filter: str, scale: int, size: tuple[int, int]
) -> None:
    operator, y = Downsample(scale, filter), random(1, 3, *size, seed=sum(size))
    torch.testing.assert_close(operator.forward(operator.pinv(y)), y, atol=2e-3, rtol=0)


def dense(operator: LinearOperator, x: Tensor) -> Tensor:
    """A as a matrix in double precision, (len y, len x)."""
    impulses = torch.eye(x.numel()).reshape(-1, *x.shape[1:])
    return operator.forward(impulses).flatten(1).T.double()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", LINEAR)
def test_the_adjoint_is_one(name: str, seed: int) -> None:
    operator, x = case(name, seed)
    forward = operator.forward(x)
    y = random(*forward.shape, seed=99)
    left, right = (forward.double() * y).sum(), (x.double() * operator.adjoint(y)).sum()
    assert float(left) == pytest.approx(float(right), abs=2e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ONTO)
def test_the_pseudo_inverse_explains_any_y(name: str, seed: int) -> None:
    operator, x = case(name, seed)
    y = random(*operator.forward(x).shape, seed=98)
    torch.testing.assert_close(operator.forward(operator.pinv(y)), y, atol=1e-4, rtol=0)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [*ONTO, "mask"])
def test_the_pseudo_inverse_is_the_least_one(name: str, seed: int) -> None:
    operator, x = case(name, seed, most=12)
    matrix = dense(operator, x)
    y = operator.forward(x)
    expected = (torch.linalg.pinv(matrix) @ y.flatten().double()).reshape(x.shape).float()
    torch.testing.assert_close(operator.pinv(y), expected, atol=1e-4, rtol=0)


def test_a_blur_is_inverted_where_something_is_left_of_it() -> None:
    """What A^+ returns is explained exactly by y's own strong part: A A^+ A A^+ = A A^+."""
    operator, x = case("gaussian", 3)
    assert isinstance(operator, Blur)
    once = operator.pinv(operator.forward(x))
    twice = operator.pinv(operator.forward(once))
    torch.testing.assert_close(once, twice, atol=1e-3, rtol=0)
    assert once.norm() < x.norm()


def test_a_blur_keeps_the_frequencies_that_stay_above_the_noise() -> None:
    """A Gaussian's gain is exp(-2 pi^2 s^2 f^2): a disc of frequencies, whose area is known."""
    deviation, noise = 2.0, 0.02
    area = -np.log(noise) / (2 * np.pi * deviation**2)
    assert Blur(gaussian(deviation), noise).passband_share == pytest.approx(area, rel=0.05)
    assert Blur(torch.ones(1, 1), noise).passband_share == 1


@pytest.mark.parametrize("rho", [0.02, 0.5, 8.0])
@pytest.mark.parametrize("name", LINEAR)
def test_prox_against_a_dense_solve(name: str, rho: float) -> None:
    operator, x0 = case(name, 1, most=12)
    matrix = dense(operator, x0)
    y = random(*operator.forward(x0).shape, seed=97)
    left = matrix.T @ matrix + rho * torch.eye(x0.numel())
    right = matrix.T @ y.flatten().double() + rho * x0.flatten().double()
    expected = torch.linalg.solve(left, right).reshape(x0.shape).float()
    torch.testing.assert_close(operator.prox(x0, y, rho), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("name", ["mask", *ONTO])
def test_prox_without_a_pull_is_the_nearest_that_agrees(name: str) -> None:
    operator, x0 = case(name, 2)
    y = operator.forward(random(*x0.shape, seed=96))
    z = operator.prox(x0, y, 0.0)
    torch.testing.assert_close(operator.forward(z), y, atol=1e-4, rtol=0)
    torch.testing.assert_close(operator.prox(z, y, 0.0), z, atol=1e-4, rtol=0)


def test_bicubic_is_pillows() -> None:
    values = np.random.default_rng(0).random((24, 36), np.float32)
    theirs = np.asarray(Image.fromarray(values).resize((12, 8), Image.Resampling.BICUBIC))
    # a whole factor each way: 2 and 3 are tried one at a time
    for scale in (2, 3):
        ours = Downsample(scale).forward(torch.from_numpy(values)[None, None].repeat(1, 3, 1, 1))
        theirs = Image.fromarray(values).resize(
            (36 // scale, 24 // scale), Image.Resampling.BICUBIC
        )
        np.testing.assert_allclose(ours[0, 0].numpy(), np.asarray(theirs), atol=1e-5)


def test_reflect_is_the_mirror_image_of_scipy() -> None:
    from scipy.ndimage import convolve

    x = random(1, 3, 17, 23)
    for kernel in (gaussian(1.0), motion(5, 70)):
        ours = Blur(kernel).forward(x)[0, 0].numpy()
        np.testing.assert_allclose(
            ours, convolve(x[0, 0].numpy(), kernel.numpy(), mode="reflect"), atol=1e-5
        )


@pytest.mark.parametrize("kernel", [gaussian(1.5), motion(9, 45), disc(3)])
def test_kernels_sum_to_one_around_their_middle(kernel: Tensor) -> None:
    assert float(kernel.sum()) == pytest.approx(1)
    for axis in (0, 1):
        place = torch.arange(kernel.shape[axis]).double() - kernel.shape[axis] // 2
        assert float((kernel.sum(1 - axis) * place).sum()) == pytest.approx(0, abs=1e-9)


# ----- JPEG -----


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width] / 32
    waves = [np.sin(3 * x + k) * np.cos(2 * y - k) for k in range(3)]
    noise = np.random.default_rng(0).standard_normal((height, width, 3)) * 8
    return np.clip(128 + 70 * np.stack(waves, 2) + noise, 0, 255).round().astype(np.uint8)


def saved(pixels: np.ndarray, quality: int, subsampling: str) -> tuple[Tensor, Jpeg]:
    """As Pillow writes and opens it, and the operator with the tables of the file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    opened = Image.open(buffer)
    tables = [torch.tensor(table) for table in opened.quantization.values()]
    return as_x(np.asarray(opened)), Jpeg(tables[0], tables[-1], subsampling)


def as_x(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1


@pytest.mark.parametrize("quality", [10, 50, 90])
def test_jpeg_is_pillows(quality: int) -> None:
    """Up to integers inside libjpeg, which now and then put a coefficient in the next cell."""
    pixels = smooth(64, 80)
    opened, operator = saved(pixels, quality, "4:4:4")
    ours = operator.forward(as_x(pixels)).clamp(-1, 1)
    assert float(((ours - opened).abs() * 127.5).median()) < 1.2
    lost, ours_lost = (float((y - as_x(pixels)).std()) for y in (opened, ours))
    assert ours_lost == pytest.approx(lost, rel=0.01)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("seed", range(3))
def test_jpeg_projection_lands_in_the_cells(subsampling: str, seed: int) -> None:
    height, width = (16 * int(n) for n in np.random.default_rng(seed).integers(1, 5, 2))
    y, operator = saved(smooth(height, width), 20, subsampling)
    y = operator.forward(y)
    x0 = random(*y.shape, seed=seed) * 0.3
    z = operator.prox(x0, y, 0.1)
    # a projection: once is enough, and what it leaves compresses to the same file
    torch.testing.assert_close(operator.prox(z, y, 0.1), z, atol=1e-5, rtol=0)
    inside = z + 1e-3 * (y - z)  # off the walls, which rounding may put on either side
    torch.testing.assert_close(operator.forward(inside), operator.forward(y), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("turned", "cut"), [(1, None), (6, (3, 5)), (7, (8, 0))])
def test_a_large_jpeg_is_worked_on_in_bands_and_comes_out_the_same(
    turned: int, cut: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = saved(smooth(64, 80), 20, "4:2:0")
    jpeg = Jpeg(one.luma, one.chroma, "4:2:0", turned=turned, cut=cut)
    x, y = (0.3 * random(1, 3, 83, 70, seed=seed) for seed in (1, 2))
    whole = jpeg.prox(x, y, 0.0), jpeg.forward(x), jpeg.error_std(y)
    monkeypatch.setattr("restorer.degradation.operators.jpeg.PIXELS", 32 * 80)
    for parts, usual in zip((jpeg.prox(x, y, 0.0), jpeg.forward(x)), whole, strict=False):
        torch.testing.assert_close(parts, usual, atol=1e-4, rtol=0)
    assert jpeg.error_std(y) == pytest.approx(whole[2])


def test_the_truth_lies_in_the_cells_of_its_file() -> None:
    """So that the projection leaves it alone, but for the rounding of the opened file."""
    pixels = smooth(64, 64)
    opened, operator = saved(pixels, 30, "4:4:4")
    moved = operator.prox(as_x(pixels), opened, 0.0) - as_x(pixels)
    assert float(moved.abs().mean()) * 127.5 < 0.5
    x = as_x(pixels)  # and wholly alone, where nothing was rounded
    torch.testing.assert_close(operator.prox(x, operator.forward(x), 0.0), x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(16, 16), (13, 16), (16, 17), (15, 9)])
def test_a_hole_is_filled_from_all_sides_alike(size: tuple[int, int]) -> None:
    """A mirrored picture is filled as the mirrored one, where its sides are halved to the end."""
    keep = torch.ones(1, 1, *size, dtype=torch.bool)
    keep[..., 4:-4, 3:-3] = False
    y = random(1, 3, *size) * keep
    filled_ = fill_holes(y, keep)
    torch.testing.assert_close(filled_[:, :, keep[0, 0]], y[:, :, keep[0, 0]])
    assert float(y.min()) <= float(filled_.min()) <= float(filled_.max()) <= float(y.max())
    for axis, side in ((-2, size[0]), (-1, size[1])):
        if side == 16:
            torch.testing.assert_close(fill_holes(y.flip(axis), keep).flip(axis), filled_)


def test_jpeg_knows_roughly_how_far_it_is_from_the_truth() -> None:
    pixels = smooth(128, 128)
    read = []
    for quality in (10, 30, 60):
        opened, operator = saved(pixels, quality, "4:2:0")
        read.append(operator.error_std(opened))
        assert 0.5 < read[-1][0] / float((opened - as_x(pixels)).std()) < 2.5
    light, colour = zip(*read, strict=True)
    assert list(light) == sorted(light, reverse=True)
    assert list(colour) == sorted(colour, reverse=True)


def test_jpeg_that_averages_colours_is_farther_from_them() -> None:
    pixels = smooth(128, 128)
    whole, halved = (saved(pixels, 30, subsampling) for subsampling in ("4:4:4", "4:2:0"))
    whole, halved = (operator.error_std(opened) for opened, operator in (whole, halved))
    assert halved[0] == pytest.approx(whole[0], rel=0.1)
    assert halved[1] > 1.3 * whole[1]


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_a_turned_jpeg_is_the_upright_one_turned(turned: int, subsampling: str) -> None:
    """Also where blocks are not whole: they begin at the corner of the picture as it is stored."""
    _, plain = saved(smooth(32, 32), 30, subsampling)
    operator = Jpeg(plain.luma, plain.chroma, subsampling, turned=turned)

    def upright(stored: Tensor) -> Tensor:
        seen = orientation(stored[0].permute(1, 2, 0).numpy(), turned)
        return torch.from_numpy(seen.copy()).permute(2, 0, 1)[None]

    x, y = as_x(smooth(37, 29)), plain.forward(as_x(smooth(37, 29)))
    x0 = x + 0.1 * random(*x.shape)
    torch.testing.assert_close(operator.forward(upright(x)), upright(y), atol=1e-6, rtol=0)
    found = operator.prox(upright(x0), upright(y), 0.0)
    torch.testing.assert_close(found, upright(plain.prox(x0, y, 0.0)), atol=1e-6, rtol=0)
    assert operator.error_std(upright(y)) == pytest.approx(plain.error_std(y), rel=1e-4)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
def test_what_was_cut_out_of_a_jpeg_keeps_its_whole_blocks(subsampling: str) -> None:
    _, whole = saved(smooth(32, 32), 30, subsampling)
    y = whole.forward(as_x(smooth(80, 64)))
    x0 = y + 0.2 * random(*y.shape)
    part = (..., slice(5, 75), slice(11, 60))
    operator = Jpeg(whole.luma, whole.chroma, subsampling, cut=(5, 11))
    found, expected = operator.prox(x0[part], y[part], 0.0), whole.prox(x0, y, 0.0)[part]
    inner = (..., slice(11, 59), slice(5, 37))  # from 16 to 64 and from 16 to 48 of the whole
    torch.testing.assert_close(found[inner], expected[inner], atol=1e-5, rtol=0)
    torch.testing.assert_close(found[..., :3, :], x0[part][..., :3, :])  # nothing is known of it
    again = operator.forward(y[part])
    torch.testing.assert_close(again[inner], y[part][inner], atol=1e-5, rtol=0)
    light, colour = operator.error_std(y[part])
    assert (light, colour) == pytest.approx(whole.error_std(y), rel=0.5)
    turned = Jpeg(whole.luma, whole.chroma, subsampling, turned=5, cut=(5, 11))
    lying = turned.prox(x0[part].mT, y[part].mT, 0.0)
    torch.testing.assert_close(lying, found.mT, atol=1e-6, rtol=0)


def test_any_size_of_jpeg() -> None:
    x = random(1, 3, 21, 35) * 0.2
    _, operator = saved(smooth(32, 32), 40, "4:2:0")
    assert operator.forward(x).shape == operator.prox(x, x, 0.1).shape == x.shape


def test_holes_are_guessed_alike_in_bands_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(1, 2, 37, 23, generator=generator)
    keep = torch.rand(1, 1, 37, 23, generator=generator) > 0.8
    keep[..., 5:25, 3:20] = False
    at_once = fill_holes(y, keep)
    monkeypatch.setattr(bands, "PIXELS", 100)
    assert torch.equal(fill_holes(y, keep), at_once)
    assert torch.equal(at_once[keep.expand_as(y)], y[keep.expand_as(y)])
    assert 0.3 < float(at_once[..., 10:20, 8:15].mean()) < 0.7
