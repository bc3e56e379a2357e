"""What the next step of a job begins with, and what becomes of a result that is not believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restorer.degradation.blur import BlurReading
from restorer.degradation.estimate import estimate
from restorer.engine.carry_out import job_done
from restorer.engine.chain import Chain
from restorer.engine.consistency import Consistency
from restorer.engine.engine import ModelStatus
from restorer.engine.job import Job, Source, plan
from restorer.engine.outcome import Outcome
from restorer.engine.request import Request
from restorer.engine.trajectory import Trajectory
from restorer.engine.verdict import Judgement, ResidualStatistics
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


@pytest.fixture
def blurred() -> Job:
    """A blur to undo, which was read, with too little noise for the network to be the first."""
    pixels = np.random.default_rng(0).uniform(0.2, 0.8, (96, 96, 3)).astype(np.float32)
    picture = Picture(gaussian_filter(pixels, (1.6, 1.6, 0)))
    found = replace(estimate(picture.pixels), blur=BlurReading(1.6), noise=0.0, noise_in_file=0.0)
    job = plan(Request("deblur", blur="gaussian:1.6", noise=1.0), Source(picture, found))
    assert job.task.method == "diffpir"
    return replace(job, proposed=True)


def test_what_the_prior_did_harm_to_goes_to_the_network_once(blurred: Job) -> None:
    chain = Chain(lambda: blurred)
    chain.advance()
    ended = chain.end(blurred.inputs.picture, HARMED)
    assert ended.taken_back and ended.repeated
    assert ended.outcome == "A network that is misled less does it again."
    again = chain.advance()
    assert again is not None and again.task.method == "conditional"
    assert again.task.damage == blurred.task.damage and again.proposed
    ended = chain.end(again.inputs.picture, HARMED)
    assert ended.taken_back and not ended.repeated
    assert chain.advance() is None


def test_whoever_names_the_method_gets_no_other(blurred: Job) -> None:
    asked = replace(blurred, request=replace(blurred.request, method="diffpir"))
    assert asked.second is None and blurred.second is not None
    assert replace(blurred, proposed=False).judge(unexplained(0.1)).alarm is False


def test_more_has_to_be_explained_where_there_is_another_way(blurred: Job) -> None:
    """All but 0.02 of a picture where the network can do it."""
    assert blurred.judge(unexplained(0.022)).alarm and not blurred.judge(unexplained(0.018)).alarm
    assert not blurred.again().judge(unexplained(0.022)).alarm


def unexplained(share: float) -> Consistency:
    remains = ResidualStatistics((96, 96), 1, 4, 1, share, (), 1, 1)
    return Consistency(lambda top, bottom: np.zeros((1, 1, 3), np.float32), remains, False, "")


def test_a_job_goes_on_with_what_the_network_made(blurred: Job) -> None:
    """The report speaks of the step that was kept, and of nothing that was taken back."""
    told, methods = list[bool](), list[str]()

    def restore(step: Job) -> Outcome:
        methods.append(step.task.method)
        share = 0.3 if step.task.method == "diffpir" else 0.0
        trajectory = Trajectory(step.task)
        return Outcome(
            trajectory,
            step.inputs.picture,
            ModelStatus("Any", 1, "cpu", "float32"),
            0.0,
            unexplained(share),
        )

    done = job_done(blurred, restore, lambda ended: told.append(ended.repeated))
    assert methods == ["diffpir", "conditional"] and told == [True, False]
    assert done.taken_back == () and done.task.method == "conditional" and len(done.reports) == 1
