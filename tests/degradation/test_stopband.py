"""Noise of a blurred picture, read where the blur left nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restorer.degradation.operators import Blur, disc, gaussian, motion
from restorer.degradation.stopband import read_stop_band
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file

KERNELS = {
    "gaussian 0.8": gaussian(0.8),
    "gaussian 1.6": gaussian(1.6),
    "gaussian 3": gaussian(3.0),
    "disc 2.2": disc(2.2),
    "disc 3": disc(3.0),
    "motion": motion(7, 30),
}


def sample(name: str, side: int = 160) -> Pixels:
    """A busy part of a bundled photograph."""
    pixels = read_picture(resource_path("samples", name)).pixels
    return np.ascontiguousarray(pixels[100 : 100 + side, 200 : 200 + side])


def blurred(pixels: Pixels, kernel: torch.Tensor) -> Pixels:
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    return Blur(kernel).forward(x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("name", ["church.webp", "panda.webp"])
@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("noise", [0.0, 0.5, 2.0, 10.0])
def test_half_a_level_is_read_behind_any_blur(name, kernel, noise):
    picture = as_file(blurred(sample(name), kernel), noise)
    read = read_stop_band(picture, kernel.numpy())
    there = np.hypot(noise, 12**-0.5)  # and rounding
    assert 0.87 * there < read.noise < 1.12 * there + 0.05
    assert read.gain < 0.1


def test_a_burnt_sky_does_not_hide_the_noise():
    picture = as_file(blurred(sample("church.webp"), gaussian(1.6)), 3)
    picture[:70] = 1
    assert read_stop_band(picture, gaussian(1.6).numpy()).noise == pytest.approx(3, rel=0.15)


def test_a_blur_that_keeps_everything_says_so_and_a_stamp_tells_nothing():
    kernel = gaussian(0.3).numpy()
    assert read_stop_band(sample("panda.webp"), kernel).gain > 0.5
    row = np.zeros((3, 5))
    row[1] = 0.2  # whole columns of frequencies are left alike
    assert read_stop_band(sample("panda.webp"), row).noise > 0
    assert read_stop_band(np.full((31, 90, 3), 0.5, np.float32), kernel).noise == 0
    assert read_stop_band(np.full((64, 64, 3), 0.5, np.float32), kernel).noise == 0
