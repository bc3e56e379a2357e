"""Stripes, from what was measured to the result, by the way that nobody has to ask for."""

from __future__ import annotations

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.diffusion.metrics import psnr
from restorer.engine.consistency import check
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job, Source, plan
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.request import Request
from restorer.errors import BadInput
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture
from restorer.resources import resource_path


@pytest.fixture(scope="module")
def photo() -> Pixels:
    pixels = read_picture(resource_path("samples", "cat.png")).pixels
    return np.ascontiguousarray(pixels[40:232, 40:260])


def striped(photo: Pixels, noise: float = 0, axis: int = 0) -> Picture:
    """With stripes of 6 of 255 and noise, in 8 bits."""
    rng = np.random.default_rng(2)
    offsets = 6 / 255 * np.expand_dims(rng.standard_normal(photo.shape[axis]), (1 - axis, 2))
    y = photo + offsets + noise / 255 * rng.standard_normal(photo.shape)
    return Picture((np.rint(y.clip(0, 1) * 255) / 255).astype(np.float32))


def begun(picture: Picture, request: Request) -> Job:
    return plan(request, Source(picture, estimate(picture.pixels)))


@pytest.mark.parametrize("task", ["auto", "denoise"])
@pytest.mark.parametrize(("noise", "steps"), [(0, ["destripe"]), (15, ["destripe", "denoise"])])
def test_stripes_go_before_noise_is_taken_off(
    photo: Pixels, task: str, noise: float, steps: list[str]
) -> None:
    job = begun(striped(photo, noise), Request(task=task))
    assert [job.request.task, *(step.task for step in job.rest)] == steps


def test_hit_pixels_are_filled_before_stripes_are_read(photo: Pixels) -> None:
    picture = striped(photo)
    hit = np.random.default_rng(0).random(photo.shape[:2]) < 0.03
    picture.pixels[hit] = 1
    job = begun(picture, Request())
    assert [job.request.task, *(step.task for step in job.rest)] == ["inpaint", "destripe"]


def test_they_are_only_told_where_blocks_are_to_be_undone(photo: Pixels) -> None:
    found = estimate(striped(photo).pixels)
    proposal = Source(striped(photo), found, tables_of_quality(30)).proposal
    assert "destripe" not in proposal.steps and proposal.first == ()
    assert any("stripes of 6/255" in words for words in proposal.findings)
    assert Source(striped(photo), found).proposal.headline == "Stripes of 6 of 255"


@pytest.mark.parametrize(("amount", "gain"), [(1.0, 4.0), (0.5, 1.5)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_result_is_nearer_to_the_truth_and_explains_the_picture(
    photo: Pixels, axis: int, amount: float, gain: float
) -> None:
    picture, told = striped(photo, axis=axis), list[Progress]()
    job = begun(picture, Request(amount=amount, steps=4))
    (frame,) = Engine().run(job.task, job.inputs, CancelToken(), told.append, device="cpu")
    assert frame.picture is not None and told[-1].tile == told[-1].tiles
    assert psnr(frame.picture, photo) > psnr(picture.pixels, photo) + gain
    checked = check(job.task, job.inputs, frame.picture)
    assert not checked.alarm and checked.sentence.startswith("Striped again, ")
    wrong = frame.picture.copy()
    wrong[20:100, 20:100] *= 0.9
    assert check(job.task, job.inputs, wrong).alarm


def test_a_picture_without_stripes_is_left_alone_and_no_method_is_taken(photo: Pixels) -> None:
    assert begun(Picture(photo), Request(task="destripe")).task.start is None
    with pytest.raises(BadInput, match="no method is needed"):
        begun(striped(photo), Request(task="destripe", method="ddnm"))


def test_a_map_of_strength_says_where(photo: Pixels) -> None:
    picture = striped(photo)
    strength = np.zeros(photo.shape[:2], np.float32)
    strength[:, 100:] = 1
    source = Source(picture, estimate(picture.pixels), strength=strength)
    job = plan(Request(), source)
    (frame,) = Engine().run(job.task, Inputs(picture, None, strength), CancelToken(), device="cpu")
    assert frame.picture is not None
    np.testing.assert_array_equal(frame.picture[:, :100], picture.pixels[:, :100])
    assert not check(job.task, job.inputs, frame.picture).alarm
    assert np.abs(frame.picture - picture.pixels)[:, 100:].mean() > 2 / 255
