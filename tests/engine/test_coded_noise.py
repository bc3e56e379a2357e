"""Noise in what was a JPEG file goes with what that did, by the prior that knows both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from restorer.degradation.estimate import DegradationEstimate
from restorer.degradation.facts import Facts
from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.denoiser import ConditionalDenoiser
from restorer.diffusion.scales import vp_scales
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.calibration import calibration_for
from restorer.engine.damage import Damage
from restorer.engine.inputs import Inputs
from restorer.engine.job import Source
from restorer.engine.plan import plan, start_for
from restorer.engine.progress import CancelToken
from restorer.engine.residual import rows_of
from restorer.engine.runners.coded import CodedDenoiser
from restorer.engine.runners.denoise import DenoiseRunner
from restorer.engine.runners.runner import Network
from restorer.engine.task import BUILTIN_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.verdict import ResidualStatistics, alarm
from restorer.errors import BadInput
from restorer.imaging.jpeg_tables import tables_of_quality
from restorer.imaging.picture import Picture

NOISY = DegradationEstimate(12.0, 12.0, clean=False)
SIZE = 320, 240


def coded(quality: int, halved: bool = True) -> DegradationEstimate:
    return replace(NOISY, jpeg_quality=quality, halved=halved)


@pytest.mark.parametrize(
    ("quality", "halved", "known"),
    [(60, True, True), (95, True, True), (96, True, False), (85, False, True), (86, False, False)],
)
def test_up_to_these_qualities_noise_is_for_the_prior_that_knows_jpeg(quality, halved, known):
    task = plan(coded(quality, halved), SIZE, model=BUILTIN_MODEL)
    assert task.model == (DAMAGE_MODEL if known else BUILTIN_MODEL)
    assert task.start == start_for(12) and task.undo_clipping != known
    if known:
        told = TASKS["denoise"].facts(task.damage)
        assert told == Facts(quality=quality, halved=halved)


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (NOISY, {}),
        (replace(coded(80), grey=True), {}),
        (replace(coded(80), clean=True), {}),
        (coded(80), {"faithfulness": 0.5}),
        (coded(80), {"model": "mine"}),
    ],
)
def test_what_was_not_measured_stays_with_the_prior_of_noise(found, asked):
    task = plan(found, SIZE, **asked)
    assert task.model == asked.get("model", BUILTIN_MODEL) and not task.damage.luma


def test_whoever_tells_the_noise_gets_it_too():
    task = plan(replace(coded(80), clean=True), SIZE, start=start_for(7))
    assert task.model == DAMAGE_MODEL and task.start == start_for(7)


def test_impossible_tables_are_refused():
    with pytest.raises(BadInput):
        Damage(luma=(0,) * 64, chroma=(1,) * 64)


class Asked:
    """Stands for a network: remembers what it was shown and told."""

    def __init__(self, told=None, calls=None) -> None:
        self.told, self.calls = told, [] if calls is None else calls

    def with_facts(self, facts) -> Asked:
        return Asked(facts, self.calls)

    def __call__(self, x_t: Tensor, sigma: float) -> Tensor:
        self.calls.append((x_t, sigma, self.told))
        return x_t


def test_it_is_asked_with_what_jpeg_did_as_noise_besides():
    asked, picture = Asked(), torch.rand(1, 3, 16, 16)
    denoiser = CodedDenoiser(asked, Facts(quality=70, halved=True))  # type: ignore[arg-type]
    for noise in (10, 20):
        sigma = 2 * noise / 255
        denoiser(vp_scales(sigma)[0] * picture, sigma)
        x_t, told, facts = asked.calls[-1]
        expected = Facts(quality=70, halved=True, noise=noise)
        assert told == pytest.approx(np.hypot(sigma, 2 * 30 * 70**-0.36 / 255))
        assert facts == pytest.approx(expected.vector().tolist())
        torch.testing.assert_close(x_t / vp_scales(told)[0], picture)


@pytest.mark.parametrize(("width", "mirrored"), [(48, True), (44, False)])
def test_blocks_that_are_cut_off_are_counted_from_the_top_left(width, mirrored, monkeypatch):
    """Of 48 pixels they lie the same from all sides, of 44 only as they are and transposed."""
    monkeypatch.setattr(CodedDenoiser, "__call__", Asked.__call__)
    monkeypatch.setattr(CodedDenoiser, "calls", calls := [], raising=False)
    monkeypatch.setattr(CodedDenoiser, "told", None, raising=False)
    network = ConditionalDenoiser(ConditionalUNet((8, 8, 8), 1, 1))
    pixels = np.random.default_rng(0).random((48, width, 3), np.float32)
    task = replace(plan(coded(80), (width, 48)), steps=2)
    inputs = Inputs(Picture(pixels))
    runner = DenoiseRunner([Network(network, 64, None)], BranchSegments(task, inputs))
    list(runner.frames(CancelToken(), lambda _: None))
    (first, *_), (second, *_) = calls
    assert torch.equal(second[..., :44, :44], first.transpose(-1, -2)[..., :44, :44]) != mirrored


def test_a_clean_result_of_a_clipped_file_leaves_noise_around_nothing():
    """Noise in a dark place makes it lighter; that is no structure."""
    dark = np.full((64, 64, 3), 3 / 255, np.float32)
    noise = 12 / 255 * np.random.default_rng(0).standard_normal(dark.shape)
    came = Picture(np.clip(dark + noise, 0, 1).astype(np.float32))
    rows, assumed = rows_of(plan(coded(80), (64, 64)), Inputs(came), dark)
    lighter = 255 * float((came.pixels - dark).mean())
    assert abs(255 * rows(0, 64).mean()) < 0.2 < 3 < lighter
    lost = 30 * 80**-0.36
    _, level = rows_of(RestorationTask(start_for(12)), Inputs(came), dark)
    assert assumed == pytest.approx(np.hypot(level, lost)) and level < 12


def test_tables_are_those_of_the_quality():
    damage = plan(coded(80), SIZE).damage
    assert damage.luma == tables_of_quality(80).luma


def test_doubt_knows_what_jpeg_lost():
    """It answers no probe, so it is part of the least."""
    least = [calibration_for(plan(coded(quality), SIZE), "slope").least for quality in (60, 90)]
    assert least == pytest.approx([np.hypot(0.9, 15 * q**-0.36) for q in (60, 90)])
    coded_rule, white = (
        calibration_for(plan(found, SIZE), "slope") for found in (coded(80), NOISY)
    )
    assert (coded_rule.gain, white.gain, white.least) == (1.5, 1.3, 0.9)


@pytest.mark.parametrize(
    ("structure", "pattern", "doubtful"),
    [(0.11, 1.0, False), (0.13, 1.0, True), (0.0, 5.4, False), (0.0, 5.6, True)],
)
def test_blocks_that_go_along_are_no_harm(structure, pattern, doubtful):
    remains = ResidualStatistics(SIZE, 12, 40, 14, structure, (), 1.0, pattern, coded=True)
    assert alarm(plan(coded(80), SIZE), remains) == doubtful
    assert alarm(plan(NOISY, SIZE), remains)


def test_what_jpeg_did_is_gone_after_it():
    """So a later step neither looks for it nor tells of it."""
    rng = np.random.default_rng(0)
    picture = Picture(rng.uniform(0.3, 0.7, (48, 48, 3)).astype(np.float32))
    source = Source(picture, coded(80))
    for found, left in ((coded(80), None), (replace(coded(80), grey=True), 80)):
        assert source.after(plan(found, (48, 48)), picture).found.jpeg_quality == left
