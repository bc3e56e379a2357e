"""Several steps on a part of a picture come near what they make of it in all of the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from restorer.degradation.estimate import estimate
from restorer.engine.chain import Chain
from restorer.engine.finish import to_range
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job, Source, plan
from restorer.engine.progress import CancelToken
from restorer.engine.region import RegionRun
from restorer.engine.region_steps import RegionSteps
from restorer.engine.request import Request
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture
from tests.engine.known import SmoothEngine

BOX = (190, 24, 260, 70)
RAMP = np.linspace(0.2, 0.8, 96)[:, None, None] + 0.05 * np.sin(np.arange(420) / 30)[:, None]
RNG = np.random.default_rng(3)
NOISY = Picture((RAMP + RNG.normal(0, 0.06, (96, 420, 3))).astype(np.float32))
STRIPES = RNG.normal(0, 0.06, (1, 420, 1)).astype(np.float32)
STRIPED = Picture(NOISY.pixels + STRIPES)


def job_of(picture: Picture, *steps: str) -> Job:
    source = Source(picture, estimate(picture.pixels))
    return plan(Request(task="auto"), source, chosen=steps)


def whole_of(job: Job, engine: SmoothEngine) -> np.ndarray:
    """What the steps make of all of the picture, whatever a check says."""
    chain, picture = Chain(lambda: job), job.inputs.picture
    while (step := chain.advance()) is not None:
        if step.task.start is not None:
            *_, last = engine.run(step.task, step.inputs, CancelToken(), lambda _: None)
            made = to_range(last.x0) if last.picture is None else last.picture
            picture = picture.resized_to(made)
        chain.end(picture, None)
    return picture.pixels


def part_of(job: Job, engine: SmoothEngine) -> tuple[RegionRun, RegionSteps]:
    steps = RegionSteps(job)
    inputs = Inputs(job.inputs.picture)
    run = RegionRun(1, steps.task, inputs, Trajectory(steps.task), box=BOX, steps=steps)
    assert [*run.carry_out(engine, lambda: None)] == []
    return run, steps


def off(job: Job) -> float:
    """How far a part lies from the same part of the result, of 255."""
    left, top, right, bottom = BOX
    whole = whole_of(job, SmoothEngine())[top:bottom, left:right]
    run, _ = part_of(job, SmoothEngine())
    assert run.made.shape == whole.shape
    came = job.inputs.picture.pixels[top:bottom, left:right]
    assert np.abs(whole - came).mean() > 0.01
    return float(255 * np.abs(run.made - whole).max())


def test_what_asks_no_network_is_done_to_all_and_the_last_step_to_the_part() -> None:
    job = job_of(STRIPED, "destripe", "denoise")
    assert job.task.damage.is_excess and job.rest
    assert off(job) < 1
    engine = SmoothEngine()
    _, steps = part_of(job, engine)
    assert steps.exact and not steps.why_not and not steps.job.rest
    left = steps.job
    steps.begin(engine, CancelToken())
    assert steps.job is left  # it is done once


def test_a_later_step_is_planned_from_what_was_made_of_the_part() -> None:
    job = job_of(NOISY, "denoise", "denoise")
    assert 0 < off(job) < 2  # a little more or less noise was left in all of the picture
    assert not RegionSteps(job).exact


def test_only_what_asks_no_network() -> None:
    job = job_of(STRIPED, "destripe")
    assert off(job) == 0
    _, steps = part_of(job, SmoothEngine())
    assert steps.exact and steps.job is None


def test_words_lead_all_of_a_picture() -> None:
    job = job_of(NOISY, "denoise")
    led = replace(job, task=replace(job.task, faithfulness=0.5, toward="x", classifier="c"))
    assert "Words lead" in RegionSteps(led).why_not
