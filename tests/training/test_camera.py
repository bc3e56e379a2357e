from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.training.camera_noise import Camera, as_file, photograph, random_camera
from restorer.training.camera_prior import PhotoBatches
from restorer.training.pictures import Pictures
from restorer.training.recipe import Recipe
from tests.training.conftest import textured

PLAIN = Camera(
    contrast=0.0,
    colour_wide=0.0,
    noise=0.02,
    shot=0.5,
    gains=(1.8, 1.0, 1.5),
    matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    lens=0.5,
    mosaic="bilinear",
    shift=(0, 1),
    blur=0.0,
    colour_blur=0.0,
    sharpen=0.0,
    size=1.0,
    quality=None,
    subsampling=2,
)


@pytest.mark.parametrize("mosaic", ["bilinear", "gradient", None])
@pytest.mark.parametrize("shift", [(0, 0), (0, 1), (1, 0)])
def test_an_even_wall_stays_an_even_wall(mosaic: str | None, shift: tuple[int, int]) -> None:
    wall = np.full((32, 40, 3), (0.6, 0.5, 0.3), np.float32)
    camera = replace(PLAIN, mosaic=mosaic, shift=shift)
    assert photograph(wall, camera, None) == pytest.approx(wall, abs=1e-4)


def test_noise_is_shared_by_neighbours_and_grows_with_the_light() -> None:
    light = np.full((256, 256, 3), 0.5, np.float32)
    linear = replace(PLAIN, shot=1.0)
    noise = photograph(light, linear, np.random.default_rng(0)) - light
    together = (noise[:, 1:] * noise[:, :-1]).mean() / (noise**2).mean()
    assert 0.3 < together < 0.8
    # in sRGB the shadows' noise is stretched: about as strong in dim places as in bright ones
    dim = photograph(light / 4, linear, np.random.default_rng(0)) - light / 4
    white = replace(linear, shot=0.0)
    dim_read = photograph(light / 4, white, np.random.default_rng(0)) - light / 4
    assert dim_read.std() > 1.5 * dim.std()


def test_any_camera_makes_a_file() -> None:
    scene = np.random.default_rng(0).random((96, 100, 3)).astype(np.float32)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        camera = random_camera(rng)
        file = as_file(photograph(scene, camera, rng), camera)
        assert file.shape == as_file(photograph(scene, camera, None), camera).shape
        assert file.min() >= 0 and file.max() <= 1
        assert np.sum(camera.matrix, axis=1) == pytest.approx(1)


def test_the_camera_prior_sees_the_file_and_is_told_its_noise(photographs: list[Path]) -> None:
    recipe = Recipe((str(photographs[0].parent),), steps=1, batch=24, crop=64, seed=1)
    shots = PhotoBatches(Pictures(photographs, 120, 1 << 24, 0), recipe)
    x0, sigma, eps, _ = (part.numpy() for part in shots.batch(0))
    assert x0.shape == eps.shape == (24, 3, 64, 64)
    assert abs(x0).max() <= 1
    told = eps.std(axis=(1, 2, 3))  # 1 where it is told exactly
    assert np.log(told).std() < 0.35 and np.median(told) == pytest.approx(1, rel=0.2)
    file = 255 * (x0 + sigma[:, None, None, None] * eps + 1) / 2
    of_eight_bits = abs(file - np.rint(file)).max(axis=(1, 2, 3)) < 0.01
    assert 10 <= of_eight_bits.sum() < 24  # the others have white noise
    assert all((a.numpy() == b).all() for a, b in zip(shots.batch(0)[:3], (x0, sigma, eps)))  # noqa: B905


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    """Two textured pictures large enough for a camera."""
    for seed in range(2):
        write_picture(Picture(textured(seed, 240, 250)), tmp_path / f"{seed}.png")
    return sorted(tmp_path.iterdir())
