"""Noise that coarse JPEG steps have left in the lower frequencies only."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.coded_noise import read_coded_noise
from restorer.degradation.estimate import estimate
from tests.degradation.pictures import Pixels, as_file, as_jpeg, grey, scene, three


@pytest.mark.parametrize(
    ("level", "quality"),
    [(4, 90), (5, 95), (8, 85), (10, 75), (10, 85), (15, 95), (15, 80), (25, 75), (40, 85)],
)
def test_noise_is_read_through_the_steps(level: float, quality: int) -> None:
    file = as_jpeg(as_file(scene(), level), quality)
    read = read_coded_noise(file)
    assert read.coded and read.std == pytest.approx(level, rel=0.1)
    found = estimate(file)
    assert not found.clean and found.noise == pytest.approx(level, rel=0.1)


@pytest.mark.parametrize(("level", "quality"), [(5, 90), (7, 85), (10, 75), (25, 80)])
def test_noise_of_a_grey_file_is_read(level: float, quality: int) -> None:
    found = estimate(as_jpeg(three(as_file(grey(scene()), level)), quality))
    assert found.grey and not found.clean
    assert found.noise == pytest.approx(level, rel=0.15)
    assert estimate(as_jpeg(three(as_file(grey(scene()), 0)), quality)).clean


@pytest.mark.parametrize("quality", [50, 75, 85, 95])
def test_a_clean_file_has_none(quality: int) -> None:
    assert read_coded_noise(as_jpeg(as_file(scene(), 0), quality)).std == 0


def texture(smooth: float, coloured: bool) -> Pixels:
    """Rough all over, deviation 20."""
    rng = np.random.default_rng(5)
    rough = gaussian_filter(
        rng.standard_normal((240, 320, 3 if coloured else 1)), (smooth, smooth, 0)
    )
    return np.clip(0.5 + 20 / 255 * rough / rough.std() + np.zeros(3), 0, 1).astype(np.float32)


def test_texture_is_no_noise() -> None:
    """It is smoother than noise, rougher, or grey."""
    assert read_coded_noise(as_jpeg(texture(0, coloured=True), 85)).std > 15
    assert read_coded_noise(as_jpeg(texture(0.7, coloured=True), 85)).std == 0
    assert read_coded_noise(as_jpeg(texture(0, coloured=False), 85)).std == 0
    sharp = texture(0, coloured=True) - 0.9 * texture(1.0, coloured=True) + 0.45
    assert read_coded_noise(as_jpeg(sharp, 95)).std == 0


def test_little_noise_and_little_picture_say_nothing() -> None:
    assert read_coded_noise(as_jpeg(as_file(scene(), 4), 75)).std == 0
    assert read_coded_noise(as_file(scene(), 20)[:40, :40]).std == 0
    assert read_coded_noise(np.zeros((5, 7, 3), np.float32)).std == 0
    assert read_coded_noise(three(as_file(grey(scene()), 20))).std == 0
