"""Rows and columns of a sensor: found, measured, taken off."""

from __future__ import annotations

import numpy as np
import pytest

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
@pytest.mark.parametrize(("level", "noise", "gain"), [(3, 0, 2.5), (6, 0, 4), (6, 10, 0.6)])
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
