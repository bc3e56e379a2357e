"""The outcome of a job."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from restorer.engine.altered_detail import DetailDeparture, compare_detail
from restorer.engine.consistency import Consistency
from restorer.engine.engine import ModelStatus
from restorer.engine.job import Job
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture


@dataclass(frozen=True)
class Outcome:
    """A finished run: its frames, the restored picture, its cost, and its check.

    The latter is None for models with prompts, which draw anew.
    """

    trajectory: Trajectory
    picture: Picture
    status: ModelStatus
    seconds: float
    checked: Consistency | None


@dataclass(frozen=True)
class Done:
    """A finished job.

    Attributes:
        before: what was done in steps before the last, and kept, in sentences.
        job: its last step.
        task: of the last step, without a start if that was taken back.
        outcome: of the last step.
        taken_back: steps whose results were dropped, in order.
        reports: of every step that was kept, as plain values.
    """

    before: tuple[str, ...]
    job: Job
    task: RestorationTask
    outcome: Outcome
    taken_back: tuple[str, ...]
    reports: tuple[dict[str, Any], ...] = ()

    @cached_property
    def altered_detail(self) -> DetailDeparture | None:
        """Where a model with prompts invented details; None for other models."""
        if not self.outcome.status.prompted:
            return None
        inputs = self.job.inputs
        return compare_detail(inputs.picture.pixels, self.outcome.picture.pixels, inputs.hole)
