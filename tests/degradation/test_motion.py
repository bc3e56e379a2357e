"""How far and where to a camera moved, and that nothing else is taken for it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from restorer.degradation.estimate import estimate
from restorer.degradation.motion import likeliest, read_motion
from restorer.degradation.operators import Blur, disc, motion
from restorer.engine.proposal import propose
from restorer.engine.sharpening import proposed_blur
from restorer.imaging.read import read_picture
from restorer.resources import resource_path
from tests.degradation.pictures import Pixels, as_file, as_jpeg

SAMPLES = ["cat.png", "church.webp", "portrait.png", "rocket.jpg"]


def sample(name: str) -> Pixels:
    return np.ascontiguousarray(read_picture(resource_path("samples", name)).pixels[:256, :256])


def through(picture: Pixels, kernel: torch.Tensor) -> Pixels:
    x = torch.from_numpy(picture).permute(2, 0, 1)[None]
    return Blur(kernel).forward(x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(("length", "angle"), [(6, 20), (9, 75), (13, 140)])
def test_length_and_direction_are_read(length: float, angle: float) -> None:
    moved = through(sample("church.webp"), motion(length, angle))
    for file in (as_file(moved, 1), as_jpeg(as_file(moved, 2), 90)):
        found = read_motion(file)
        assert found is not None
        assert found.length == pytest.approx(length, rel=0.08)
        assert abs(found.angle - angle) < 4


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_else_is_a_motion(name: str) -> None:
    sharp = sample(name)
    files = sharp, as_jpeg(sharp, 60), gaussian_filter(sharp, (2, 2, 0)), through(sharp, disc(4))
    agreements = [likeliest(file).agreement for file in files]
    assert max(agreements) < 0.55  # it counts from 0.62


def test_too_small_a_picture_tells_nothing() -> None:
    assert likeliest(sample("cat.png")[:100]) is None
    assert read_motion(np.full((130, 130, 3), 0.5, np.float32)) is None


def test_a_motion_is_told_and_undone_as_one() -> None:
    found = estimate(as_file(through(sample("church.webp"), motion(9, 75)), 2))
    proposal = propose(found, None)
    assert proposal.headline == "Motion blur of 9 pixels"
    assert "deblur" in proposal.steps
    name, _, numbers = proposed_blur(found).partition(":")
    length, angle = map(float, numbers.split(","))
    assert name == "motion" and length == pytest.approx(9, rel=0.08) and abs(angle - 75) < 4
    assert found.blur is not None and found.blur.noise == pytest.approx(found.noise_in_file)
