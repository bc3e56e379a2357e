"""Rows and columns of a sensor: found, measured, taken off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.stripes import read_stripes, without
from restorer.diffusion.metrics import psnr
from restorer.imaging.read import read_picture
from restorer.resources import resource_path

SAMPLES = sorted(
    path for path in resource_path("samples").iterdir() if path.suffix in {".png", ".jpg", ".webp"}
)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    pixels = read_picture(resource_path("samples", "cat.png")).pixels
    return np.ascontiguousarray(pixels[40:280, 40:300])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("level", "noise", "gain"), [(4, 0, 5), (6, 0, 6), (6, 10, 0.8)])
def test_stripes_are_measured_and_taken_off(
    photo: np.ndarray, axis: int, level: float, noise: float, gain: float
) -> None:
    rng = np.random.default_rng(2)
    offsets = level / 255 * rng.standard_normal(photo.shape[axis])
    y = photo + np.expand_dims(offsets, (1 - axis, 2))
    y = np.clip(y + noise / 255 * rng.standard_normal(photo.shape), 0, 1).astype(np.float32)
    stripes = read_stripes(y)
    assert stripes.levels[axis] == pytest.approx(level, rel=0.25)
    assert stripes.levels[1 - axis] == 0
    assert psnr(without(y, stripes), photo) > psnr(y, photo) + gain


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_photographs_have_none(path) -> None:
    assert not read_stripes(read_picture(path).pixels).any


def test_neither_noise_nor_flat_nor_tiny_pictures_have_any() -> None:
    rng = np.random.default_rng(0)
    noise = np.clip(0.5 + 0.1 * rng.standard_normal((90, 80, 3)), 0, 1).astype(np.float32)
    for pixels in (noise, np.full((64, 64, 3), 0.3, np.float32), noise[:3], noise[:, :1]):
        assert not read_stripes(pixels).any


def test_an_edge_across_the_picture_is_no_stripe(photo: np.ndarray) -> None:
    y = photo.copy()
    y[100:] *= 0.5
    assert not read_stripes(y).any


def test_an_edge_across_the_picture_stays_when_stripes_go(photo: np.ndarray) -> None:
    clean = photo.copy()
    clean[100:] *= 0.5
    clean[170:172] = 0.9  # a bar
    offsets = 4 / 255 * np.random.default_rng(3).standard_normal((240, 1, 1))
    y = np.clip(clean + offsets, 0, 1).astype(np.float32)
    taken = y - without(y, read_stripes(y))
    assert psnr(y - taken, clean) > psnr(y, clean) + 5
    for row in (99, 100, 170, 171):
        assert np.abs(np.median(taken[row]) - offsets[row]).max() < 6 / 255


def test_rows_are_read_beneath_strong_texture() -> None:
    rng = np.random.default_rng(3)
    texture = gaussian_filter(rng.standard_normal((240, 320, 1)), (0.7, 0.7, 0))
    texture = np.repeat(0.5 + 0.1 * texture / texture.std(), 3, axis=2)
    offsets = 5 / 255 * rng.standard_normal((240, 1, 1))
    found = read_stripes(np.clip(texture + offsets, 0, 1).astype(np.float32))
    assert found.levels[0] == pytest.approx(5, rel=0.15) and found.levels[1] == 0
    assert not read_stripes(np.clip(texture, 0, 1).astype(np.float32)).any


def test_the_courses_of_a_wall_are_no_stripes() -> None:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:240, :300]
    course = y // 12
    bricks = rng.uniform(0.35, 0.6, (21, 14))[course, (x + 10 * (course % 2)) // 24]
    joints = (y % 12 < 2) | ((x + 10 * (course % 2)) % 24 < 2)
    wall = np.where(joints, 0.75, bricks) + 0.03 * rng.standard_normal((240, 300))
    picture = np.repeat(wall.clip(0, 1)[..., None], 3, axis=2).astype(np.float32)
    assert not read_stripes(picture).any


@pytest.mark.parametrize("cell", [3, 7])
def test_the_threads_of_a_weave_are_no_stripes(cell: int) -> None:
    y, x = np.mgrid[:200, :210]
    over = (x // cell + y // cell) % 2 == 0
    weave = np.where(over, np.abs(np.sin(np.pi * x / cell)), np.abs(np.sin(np.pi * y / cell)))
    picture = (0.2 + 0.6 * weave)[..., None] * np.array([1, 0.8, 0.6])
    assert read_stripes(picture.astype(np.float32)).levels == (0, 0)
