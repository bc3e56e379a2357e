"""Blur is read from the edges, and never where there is none."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.blur import blur_width
from restorer.degradation.softness import widest_blur
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, as_jpeg

SAMPLES = ["cat.png", "church.webp", "panda.webp", "portrait.png", "rocket.jpg"]


@cache
def sample(name: str) -> Pixels:
    """The middle of a bundled photograph."""
    pixels = read_picture(resource_path("samples", name)).pixels
    top, left = (max(0, side - 320) // 2 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top:, left:][:320, :320])


def blurred(picture: Pixels, width: float, noise: float = 0) -> Pixels:
    return as_file(gaussian_filter(picture, (width, width, 0)), noise)


def squares(side: int = 256) -> Pixels:
    """(H, W, 3) random flat tiles of 32 pixels: every edge is a step."""
    tiles = np.random.default_rng(0).random((side // 32, side // 32, 1), np.float32)
    return np.repeat(np.kron(tiles, np.ones((32, 32, 1), np.float32)), 3, axis=2)


@pytest.mark.parametrize("name", SAMPLES)
def test_sharp_photographs_are_sharp(name: str) -> None:
    assert blur_width(sample(name), 0) is None
    assert blur_width(as_file(sample(name), 5), 5) is None


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [1.6, 2.5])
def test_width_of_blurred_photographs(name: str, width: float) -> None:
    assert blur_width(blurred(sample(name), width, noise=2), 2) == pytest.approx(width, rel=0.3)


@pytest.mark.parametrize("width", [1.2, 1.6, 2.5, 4.0])
def test_steps_give_the_width_itself(width: float) -> None:
    assert blur_width(blurred(squares(), width), 0) == pytest.approx(width, rel=0.1)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [1.6, 2.5])
def test_the_spectrum_tells_it_of_soft_subjects_too(name: str, width: float) -> None:
    for noise in (0, 2):
        read = widest_blur(blurred(sample(name), width, noise=noise))
        assert read is not None
        assert 0.75 * width < read < 1.25 * width
    sharp = widest_blur(sample(name))
    assert sharp is not None and sharp < 0.7


@pytest.mark.parametrize("name", SAMPLES)
def test_noise_beneath_a_jpeg_does_not_hide_a_blur_from_the_spectrum(name: str) -> None:
    """Its steps leave the finest frequencies empty, as if there were no noise to tell apart."""
    blurry = as_jpeg(blurred(sample(name), 2, 7), 75)
    blind, read = widest_blur(blurry), widest_blur(blurry, 7)
    assert blind is not None and blind < 0.55
    assert read is not None and 1.4 < read < 2.8
    sharp = widest_blur(as_jpeg(as_file(sample(name), 7), 75), 7)
    assert sharp is None or sharp < 1


def test_a_spectrum_without_anything_tells_nothing() -> None:
    assert widest_blur(np.full((100, 100, 3), 0.5, np.float32)) is None
    assert widest_blur(as_file(np.full((100, 100, 3), 0.5, np.float32), 8)) is None
    assert widest_blur(sample("cat.png")[:20, :20]) is None


@pytest.mark.parametrize("noise", [8, 10])
@pytest.mark.parametrize("width", [1.6, 2.5, 4.0])
def test_noise_does_not_hide_how_wide_a_blur_is(width: float, noise: float) -> None:
    """Its own steep places look like sharp edges: what is read gets smaller, by a third at most."""
    read = blur_width(blurred(squares(), width, noise), noise)
    assert read is not None
    assert 0.66 * width < read < 1.1 * width


def test_a_large_picture_is_read_where_its_edges_are() -> None:
    large = np.full((950, 1150, 3), 0.5, np.float32)
    large[600:856, 800:1056] = squares()
    assert blur_width(large, 0) is None
    assert blur_width(gaussian_filter(large, (2, 2, 0)), 0) == pytest.approx(2, rel=0.05)


def test_nothing_to_tell_from() -> None:
    assert blur_width(blurred(squares(), 2, noise=20), 20) is None
    assert blur_width(np.full((100, 100, 3), 0.5, np.float32), 0) is None
    assert blur_width(as_file(np.full((300, 300, 3), 0.5, np.float32), 8), 8) is None
    for size in [(1, 1), (5, 300), (40, 33)]:
        assert blur_width(np.zeros((*size, 3), np.float32), 0) is None
