"""One open picture and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QUndoStack

from restorer.diffusion.schedule import Schedule, named
from restorer.document.masks.painted import PaintedMask
from restorer.document.parameters import Parameters
from restorer.document.results import Results
from restorer.document.states import Status
from restorer.engine.damage import Hole
from restorer.engine.job import plan_step
from restorer.engine.local import evaluations
from restorer.engine.models import ModelInfo
from restorer.engine.plan import Preparation
from restorer.engine.progress import Progress
from restorer.engine.proposal import Proposal, propose
from restorer.engine.request import Request
from restorer.engine.run import Run
from restorer.engine.strength import Strength
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Trajectory
from restorer.errors import RestorerError
from restorer.imaging.picture import Picture, Pixels

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a repair needs to know, found out in the background.

    Attributes:
        request: what it was found out for, see `Request.to_prepare`.
        latent: the same: the model, if it is one with prompts.
        version: the same: of the mask.
        hole: (H, W), where to fill.
        step: see `restorer.engine.job.prepare`; None with `error`.
        error: why it cannot be done.
        filled: share of the picture that is to be filled, 0 to 1.
    """

    request: Request
    latent: ModelInfo | None
    version: int = 0
    hole: Hole | None = None
    step: Preparation | None = None
    error: RestorerError | None = None
    filled: float = 0.0


@dataclass(eq=False)
class StepsUnderWay:
    """A job of several steps.

    Attributes:
        kept: the run of the last step whose result was believed; None before the first.
    """

    kept: Run | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """What Restore would do.

    Attributes:
        task: None until it is known, or if it cannot be done.
        error: why it cannot be done.
        default_start: where it would begin if nobody had moved the start; None as for a task's.
    """

    task: RestorationTask | None = None
    error: RestorerError | None = None
    default_start: float | None = None


@dataclass(frozen=True, eq=False)
class Weights:
    """How strongly to restore, place by place, found out in the background.

    Attributes:
        versions: of strength and mask it was found out from; None for one that does not count.
        values: (H, W) in 0..1; None for in full everywhere.
        digest: as in the task.
        error: why it is not known.
    """

    versions: tuple[int | None, int | None] = (None, None)
    values: Strength | None = None
    digest: str = ""
    error: RestorerError | None = None


@dataclass(eq=False)
class OpenPicture:
    """The state of one picture.

    Attributes:
        title: what it is called in the window.
        path: the file it came from; None for what was pasted or bundled.
        origin: the file that it was made from, for a result that was opened as a picture.
        sample, static: the bundled file it came from, and the noise it is covered with.
        credit: who made it, for a bundled picture.
        allow_truncated: be content with a part, if that is all that can be read.
        asked: the file is being read, or has been.
        mask: where to fill, painted or found; None before anything has been.
        strength: how strongly to restore, 255 is in full; None for in full everywhere.
        tables: of the JPEG file it came from.
        found_out: what is known of the repair that was asked for last.
        weights: what is known of how strongly to restore.
        preparing: it is being found out.
        counted: its scratches are, or are being counted.
        eager: restore as soon as it is known.
        steps: what is on its way of several steps, the next of which begin by themselves.
        run: the one whose trajectory is on view; None before the first.
        making: the one that waits or is under way; from its first moment on it is on view.
        before: what was on view then, to go back to if it leaves nothing behind.
        results: all that is left of former runs.
        progress: of the run under way.
        failure: why the last run failed; None if it did not.
        playhead: index of the frame on view; None shows the picture as it came.
        following: the playhead moves on with every new frame.
        saved_runs: numbers of the runs whose results have been written to a file.
        control_pictures: what was loaded to lead a model with prompts, by digest.
        saved_to: where results of this picture were last written.
        save_notes: what the format of that file could not keep.
    """

    title: str
    path: Path | None = None
    origin: Path | None = None
    sample: Path | None = None
    static: float | None = None
    credit: str = ""
    allow_truncated: bool = False
    asked: bool = False
    status: Status = Status.OPENING
    picture: Picture | None = None
    thumbnail: NDArray[np.uint8] | None = None
    tables: JpegTables | None = None
    estimate: DegradationEstimate | None = None
    found_out: Prepared | None = None
    weights: Weights = Weights()
    preparing: bool = False
    counted: bool = False
    eager: bool = False
    steps: StepsUnderWay | None = None
    parameters: Parameters = field(default_factory=Parameters)
    mask: PaintedMask | None = None
    strength: PaintedMask | None = None
    run: Run | None = None
    making: Run | None = None
    before: Run | None = None
    results: Results = field(default_factory=Results)
    progress: Progress | None = None
    failure: RestorerError | None = None
    playhead: int | None = None
    following: bool = True
    saved_runs: set[int] = field(default_factory=set)
    saved_to: Path | None = None
    save_notes: tuple[str, ...] = ()
    control_pictures: dict[str, Pixels] = field(default_factory=dict)
    undo: QUndoStack = field(default_factory=QUndoStack)
    _plan: tuple[tuple[object, ...], Plan] | None = None

    @property
    def trajectory(self) -> Trajectory | None:
        return self.run.trajectory if self.run else None

    @property
    def frames(self) -> int:
        """How many frames the run on view has left so far."""
        return len(self.run.trajectory) if self.run else 0

    @property
    def under_way(self) -> bool:
        """The run on view is not over."""
        return self.status.running and self.run is self.making

    @property
    def saved(self) -> bool:
        """The result on view has been written to a file."""
        return self.run is not None and self.run.number in self.saved_runs

    @saved.setter
    def saved(self, saved: bool) -> None:
        if self.run is not None:
            (self.saved_runs.add if saved else self.saved_runs.discard)(self.run.number)

    @property
    def growth(self) -> int:
        """How many times longer the sides of what is on view are than the picture's."""
        shows = self.run is not None and (self.frames > 0 or self.under_way)
        return self.run.task.damage.growth if self.run and shows else 1

    @property
    def task(self) -> RestorationTask | None:
        """What Restore would do now; None until that is known, or if it cannot be done."""
        return self._planned.task

    @property
    def default_start(self) -> float | None:
        """Where Restore would begin if nobody had moved the start; None as for a task's."""
        return self._planned.default_start

    @property
    def schedule(self) -> Schedule:
        """The noise schedule of the model that is chosen."""
        traits = self.parameters.latent.latent if self.parameters.latent else None
        return named("linear") if traits is None else traits.betas.schedule

    @property
    def seen(self) -> float:
        """Megapixels that the network would look at in every step of the task."""
        if not TASKS[self.parameters.kind].is_noise and self.found_out is not None:
            return self.found_out.step.seen if self.found_out.step else 0.0
        width, height = self.picture.size if self.picture else (0, 0)
        levels = evaluations(self.task.local) if self.task else 1
        return levels * width * height / 1e6

    @property
    def obstacle(self) -> RestorerError | None:
        """Why what was asked for cannot be done."""
        return self._planned.error

    @property
    def weighed(self) -> bool:
        """How strongly to restore is known: as painted, less where a mask is feathered."""
        mask = self.mask if TASKS[self.parameters.kind].needs_hole else None
        versions = [
            None if painted is None else painted.version for painted in (self.strength, mask)
        ]
        return self.weights.versions == tuple(versions)

    @property
    def prepared(self) -> bool:
        """What the task depends on is known."""
        if not self.weighed:
            return False
        if TASKS[self.parameters.kind].is_noise:
            return True
        known, parameters = self.found_out, self.parameters
        if known is None or known.latent != parameters.latent:
            return False
        if known.request != parameters.request.to_prepare:
            return False
        filling = TASKS[parameters.kind].needs_hole
        return not filling or (self.mask is not None and known.version == self.mask.version)

    @property
    def _planned(self) -> Plan:
        """Planned once for all who ask, until something that it depends on has changed."""
        depends = self.parameters, self.picture, self.estimate, self.found_out, self.weights
        key = (*depends, self.prepared)
        if self._plan is None or any(a is not b for a, b in zip(self._plan[0], key, strict=True)):
            self._plan = key, self._planned_anew() if self.prepared else Plan()
        return self._plan[1]

    def _planned_anew(self) -> Plan:
        if self.picture is None or self.estimate is None:
            return Plan()
        if self.weights.error is not None:
            return Plan(error=self.weights.error)
        known = None if TASKS[self.parameters.kind].is_noise else self.found_out
        if known is not None and known.step is None:
            return Plan(error=known.error)
        step = known.step if known is not None else None
        plan = partial(
            plan_step,
            found=self.estimate,
            size=self.picture.size,
            prepared=step,
            strength=self.weights.digest,
            latent=self.parameters.latent,
        )
        request = self.parameters.request
        default = None if step is None else step.start
        try:
            if step is None and request.start is not None:
                default = plan(replace(request, start=None)).start
            task = plan(request)
        except RestorerError as error:
            return Plan(error=error, default_start=default)
        return Plan(task, default_start=task.start if request.start is None else default)

    @property
    def grey(self) -> bool:
        """It has no colour, as far as its thumbnail shows."""
        small = self.thumbnail
        return small is not None and bool((small == small[..., :1]).all())

    @property
    def proposal(self) -> Proposal | None:
        """What was found besides noise, and how to undo it, until something has been done."""
        if self.estimate is None or self.run is not None:
            return None
        parameters = self.parameters
        kind = TASKS[parameters.kind]
        if not kind.is_noise or parameters.camera or parameters.latent is not None:
            return None
        proposal = propose(self.estimate, self.tables)
        return None if all(TASKS[step].is_noise for step in proposal.steps) else proposal

    @property
    def begins_anew(self) -> bool:
        """There is a result of another kind of task, which Restore would not begin with."""
        if self.run is None or self.frames == 0 or self.under_way:
            return False
        return self.run.task.damage.kind != self.parameters.kind

    @property
    def judged(self) -> bool:
        """There is a whole result, of which one can ask how far it can be trusted."""
        whole = self.run is not None and self.frames > 0 and self.run.part is None
        return whole and not self.preview and not self.under_way

    @property
    def preview(self) -> bool:
        """What there is of a result is a preview, which must be decoded to be kept."""
        return self.trajectory is not None and self.trajectory.preview

    @property
    def shows_preview(self) -> bool:
        """The frame at the playhead is a preview."""
        if self.trajectory is None or self.playhead is None:
            return False
        return self.trajectory.infos[self.playhead].preview

    @property
    def decodable(self) -> bool:
        """A run was stopped whose newest step can still be decoded."""
        waits = self.trajectory is not None and self.trajectory.latents is not None
        return waits and self.run is not self.making

    @property
    def unsaved(self) -> bool:
        """There is a result that would be lost."""
        return self.frames > 0 and not self.saved and not self.under_way

    @property
    def result(self) -> Picture | None:
        """The run's own picture with the newest x0 as its pixels; None before the first frame."""
        if self.run is None or self.trajectory is None or self.trajectory.result is None:
            return None
        return self.run.inputs.picture.resized_to(self.trajectory.result)
