"""What a request comes to, where that is more than one step."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.engine.job import Source, plan
from restorer.engine.request import Request
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.resources import resource_path


def salted(noise: float) -> Picture:
    rng = np.random.default_rng(0)
    pixels = read_picture(resource_path("samples", "church.webp")).pixels[:160, :200]
    pixels = np.clip(pixels + noise / 255 * rng.standard_normal(pixels.shape), 0, 1)
    hit = rng.random(pixels.shape[:2]) < 0.04
    pixels[hit] = rng.integers(0, 2, (hit.sum(), 1))
    return Picture((np.rint(pixels * 255) / 255).astype(np.float32))


@pytest.mark.parametrize(("noise", "steps"), [(0, ["inpaint"]), (15, ["inpaint", "denoise"])])
def test_hit_pixels_are_filled_before_noise_is_taken_off(noise: float, steps: list[str]) -> None:
    picture = salted(noise)
    source = Source(picture, estimate(picture.pixels))
    assert source.found.noise == pytest.approx(noise, abs=2.5)
    job = plan(Request(), source)
    assert [job.request.task, *(step.task for step in job.rest)] == steps
    assert job.inputs.hole is not None
    assert 0.03 < job.inputs.hole.mean() < 0.05


def test_who_says_the_noise_has_it_taken_off_and_nothing_else() -> None:
    picture = salted(15)
    job = plan(Request(noise=15), Source(picture, estimate(picture.pixels)))
    assert (job.request.task, job.rest, job.inputs.hole) == ("denoise", (), None)
