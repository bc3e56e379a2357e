from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from restorer.degradation.camera import LEVELS, SQUARE, features, likely_levels, quantile
from restorer.training.camera import CameraNetwork, _at, _chances
from restorer.training.camera_noise import Camera, as_file, photograph, random_camera

PLAIN = Camera(
    contrast=0.0,
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


def test_numpy_and_torch_agree() -> None:
    torch.manual_seed(0)
    squares = np.random.default_rng(0).random((4, SQUARE, SQUARE, 3)).astype(np.float32)
    seen = torch.from_numpy(features(squares))
    network = CameraNetwork(seen.mean(dim=0), seen.std(dim=0) + 1).eval()
    with torch.inference_mode():
        theirs = network(seen[None])[0].softmax(dim=1).numpy()
    assert likely_levels(squares, network.weights()) == pytest.approx(theirs, abs=1e-4)


def test_twice_the_noise_is_one_step_in_every_feature() -> None:
    noise = np.random.default_rng(0).standard_normal((2, SQUARE, SQUARE, 3)).astype(np.float32)
    once, twice = features(0.5 + 0.1 * noise), features(0.5 + 0.2 * noise)
    assert (twice - once)[:, :-3] == pytest.approx(np.log(4), abs=0.01)


def test_the_best_level_is_where_the_error_is_least() -> None:
    errors = np.array([[4.0, 3.0, 2.0, 1.0, 2.0, 4.0], [0.1, 1.0, 2.0, 3.0, 4.0, 5.0]]).T
    chances = _chances(errors)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert quantile(chances[0].astype(float), 0.5) == pytest.approx(12, rel=0.1)
    assert quantile(chances[1].astype(float), 0.5) == 0


@pytest.mark.parametrize("level", [3.0, 10.0, 25.0])
def test_white_noise_is_told_as_it_is(level: float) -> None:
    chances = _at(level).astype(float)
    assert chances.sum() == pytest.approx(1)
    assert np.exp(chances[1:] @ np.log(LEVELS[1:])) == pytest.approx(level, rel=0.02)
    assert quantile(chances, 0.5) == pytest.approx(level, rel=0.15)
