"""Carrying out a whole job without a window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Any

from restorer.engine.chain import Chain, CompletedStep
from restorer.engine.consistency import check
from restorer.engine.engine import Engine
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job
from restorer.engine.outcome import Done, Outcome
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.record import caution_for, recorded
from restorer.engine.report import step_report, step_summary
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.engine.verdict import Judgement

Restore = Callable[[Job], Outcome]


def job_done(
    job: Job,
    restore: Restore,
    on_ended: Callable[[CompletedStep], object] = lambda _: None,
    on_kept: Callable[[Job, Outcome], object] = lambda _, __: None,
) -> Done:
    """Carry out one step after the other; a result that fails its check may be undone.

    Args:
        restore: carries the first step of a job out.
        on_ended: hears of every step.
        on_kept: hears of every step that was not taken back.

    Raises:
        RestorerError: what kept it from being done.
    """
    chain, kept, taken_back = Chain(lambda: job), list[str](), list[str]()
    reports = list[dict[str, Any]]()
    done: Done | None = None
    while (step := chain.advance()) is not None:
        if done is not None and chain.last is not None and not chain.last.taken_back:
            kept.append(step_summary(done.job, done.task, done.outcome))
        task, outcome = step.task, restore(step)
        ended = chain.end(outcome.picture, _judged(step, outcome))
        on_ended(ended)
        if ended.repeated:
            continue
        if ended.taken_back:
            taken_back.append(task.damage.kind)
            task = replace(task, start=None)
            outcome = replace(outcome, trajectory=Trajectory(task), picture=step.inputs.picture)
        else:
            reports.append(step_report(step, task, outcome))
            on_kept(step, outcome)
        done = Done(tuple(kept), step, task, outcome, tuple(taken_back), tuple(reports))
    assert done is not None
    return done


def task_done(
    task: RestorationTask,
    inputs: Inputs,
    engine: Engine,
    device: str,
    kept: Mapping[str, Any] = MappingProxyType({}),
    stop_after: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Outcome:
    """Run one task, check its result and record what was done.

    Args:
        task, inputs, engine, device, on_progress: as for the engine.
        kept: what of it the record is to keep, see `recorded`.
        stop_after: end after so many steps.

    Raises:
        RestorerError: what kept it from being done.
    """
    trajectory = Trajectory(task)
    status = engine.load(task.model, device)
    begun = time.perf_counter()
    frames = engine.run(task, inputs, CancelToken(), on_progress, device=device)
    for frame in islice(frames, stop_after):
        trajectory.append(frame)
        del frame  # room for the next step
    seconds = time.perf_counter() - begun
    status = engine.load(task.model, device)  # where it was computed in the end
    picture = inputs.picture
    result = picture if trajectory.result is None else picture.resized_to(trajectory.result)
    checked = None if status.prompted else check(task, inputs, result.pixels)
    judgement = Judgement(checked.sentence, checked.alarm) if checked else None
    made = recorded(
        *(result, task, picture),
        caution=caution_for(task, status.prompted, judgement),
        stopped_after=stop_after,
        device=status.place,
        **kept,
    )
    return Outcome(trajectory, made, status, seconds, checked)


def _judged(step: Job, outcome: Outcome) -> Judgement | None:
    return None if outcome.checked is None else step.judge(outcome.checked)
