"""What the next step of a job begins with, and what becomes of a result that is not believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from restorer.degradation.estimate import estimate
from restorer.engine.chain import Chain
from restorer.engine.job import Job, Source, plan
from restorer.engine.request import Request
from restorer.engine.verdict import Judgement
from restorer.imaging.picture import Picture

BELIEVED, HARMED = Judgement("All is well.", False), Judgement("Much is gone.", True)


def noisy() -> Picture:
    ramp = np.linspace(0.2, 0.8, 96, dtype=np.float32)[:, None, None]
    noise = np.random.default_rng(0).normal(0, 15 / 255, (96, 80, 3)).astype(np.float32)
    return Picture(np.clip(ramp + noise, 0, 1))


@pytest.fixture
def job() -> Job:
    """Scratches to fill after cleaning, which nobody asked for."""
    picture = noisy()
    hole = np.zeros(picture.pixels.shape[:2], bool)
    hole[40:44, 10:60] = True
    found = replace(estimate(picture.pixels), scratches=1)
    return plan(Request(task="auto"), Source(picture, found, hole=hole))


def test_each_step_begins_with_what_the_one_before_has_left(job: Job) -> None:
    chain = Chain(lambda: job)
    assert chain.advance() is job
    made = replace(job.inputs.picture, pixels=np.full_like(job.inputs.picture.pixels, 0.5))
    ended = chain.end(made, BELIEVED)
    assert not ended.doubtful and not ended.taken_back
    following = chain.advance()
    assert following is not None and following.task.damage.kind == "inpaint"
    assert following.inputs.picture is made
    assert following.source.found.noise < 1 < job.source.found.noise  # measured anew
    chain.end(made, BELIEVED)
    assert chain.advance() is None
    assert chain.last is not None and chain.last.job is following


def test_what_is_taken_back_is_not_what_the_next_step_begins_with(job: Job) -> None:
    chain = Chain(lambda: job)
    chain.advance()
    ended = chain.end(replace(job.inputs.picture), HARMED)
    assert ended.taken_back and ended.outcome == "Cleaning was taken back."
    following = chain.advance()
    assert following is not None and following.inputs.picture is job.inputs.picture


def test_a_step_that_somebody_asked_for_is_kept_for_them_to_look_at() -> None:
    picture = noisy()
    asked = plan(Request(noise=15), Source(picture, estimate(picture.pixels)))
    chain = Chain(lambda: asked)
    chain.advance()
    ended = chain.end(replace(picture), HARMED)
    assert ended.doubtful and not ended.taken_back
    assert ended.outcome == "Look at the result before you use it."


def test_after_a_step_that_changes_nothing_nothing_is_measured(job: Job) -> None:
    idle = replace(job, task=replace(job.task, start=None))
    chain = Chain(lambda: idle)
    chain.advance()
    chain.end(idle.inputs.picture, None)
    following = chain.advance()
    assert following is not None and following.source is idle.source


def test_nothing_to_do_is_no_step() -> None:
    assert Chain(lambda: None).advance() is None
