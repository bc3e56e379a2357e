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
from restorer.document.masks.painted import Painted
from restorer.document.parameters import Parameters
from restorer.document.results import Results
from restorer.document.states import Status
from restorer.engine.damage import Hole
from restorer.engine.job import plan_step
from restorer.engine.local import evaluations
from restorer.engine.models import ModelInfo
from restorer.engine.plan import Preparation
from restorer.engine.proposal import Proposal, propose
from restorer.engine.request import Request
from restorer.engine.run import Run
from restorer.engine.strength import Strength
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
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


@dataclass(frozen=True)
class Source:
    """Where a picture comes from.

    Attributes:
        title: what it is called in the window.
        path: its file; None for what was pasted or bundled.
        origin: the file that it was made from, for a result that was opened as a picture.
        sample, static: the bundled file, and the noise it is covered with (0-255 scale).
        credit: who made it, for a bundled picture.
        allow_truncated: be content with a part, if that is all that can be read.
    """

    title: str
    path: Path | None = None
    origin: Path | None = None
    sample: Path | None = None
    static: float | None = None
    credit: str = ""
    allow_truncated: bool = False


@dataclass(eq=False)
class OpenPicture:
    """The state of one picture.

    Attributes:
        asked: the file is being read, or has been.
        painted: the masks over it.
        tables: of the JPEG file it came from.
        found_out: what is known of the repair that was asked for last.
        weights: what is known of how strongly to restore.
        preparing: it is being found out.
        counted: its scratches are, or are being counted.
        eager: restore with these as soon as that is known.
        steps: what is on its way of several steps, the next of which begin by themselves.
        results: what its runs have left, and what is shown of them.
        control_pictures: what was loaded to lead a model with prompts, by digest.
    """

    source: Source
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
    eager: Parameters | None = None
    steps: StepsUnderWay | None = None
    parameters: Parameters = field(default_factory=Parameters)
    painted: Painted = field(default_factory=Painted)
    results: Results = field(default_factory=Results)
    control_pictures: dict[str, Pixels] = field(default_factory=dict)
    undo: QUndoStack = field(default_factory=QUndoStack)
    _plan: tuple[tuple[object, ...], Plan] | None = None

    @property
    def under_way(self) -> bool:
        """The run on view is not over."""
        return self.status.running and self.results.shown is self.results.making

    @property
    def runs(self) -> list[Run]:
        """All that can be looked at: the results, oldest first, and what is being made."""
        runs, making = list(self.results), self.results.making
        if making is not None and self.status.running and making not in runs:
            runs.append(making)
        return runs

    def beside(self, by: int) -> Run | None:
        """The result before (-1) or after (1) the one on view."""
        runs, shown = self.runs, self.results.shown
        place = -1
        if shown in runs:
            place = runs.index(shown) + by
        elif shown is None and by < 0:  # from the picture as it came to the newest
            place = len(runs) - 1
        return runs[place] if 0 <= place < len(runs) else None

    @property
    def growth(self) -> int:
        """How many times longer the sides of what is on view are than the picture's."""
        shows = self.results.shown is not None and (self.results.frames > 0 or self.under_way)
        return self.results.shown.task.damage.growth if self.results.shown and shows else 1

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
        mask = self.painted.mask if TASKS[self.parameters.kind].needs_hole else None
        versions = [
            None if painted is None else painted.version
            for painted in (self.painted.strength, mask)
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
        return not filling or (
            self.painted.mask is not None and known.version == self.painted.mask.version
        )

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
        if self.estimate is None or self.results.shown is not None:
            return None
        parameters = self.parameters
        kind = TASKS[parameters.kind]
        if not kind.is_noise or parameters.camera or parameters.latent is not None:
            return None
        proposal = propose(self.estimate, self.tables)
        return None if all(TASKS[step].is_noise for step in proposal.steps) else proposal

    @property
    def begins_soon(self) -> bool:
        """Restore was pressed, and nothing has been asked for differently since."""
        return self.eager is not None and self.eager == self.parameters

    @property
    def begins_anew(self) -> bool:
        """There is a result of another kind of task, which Restore would not begin with."""
        if self.results.shown is None or self.results.frames == 0 or self.under_way:
            return False
        return self.results.shown.task.damage.kind != self.parameters.kind

    @property
    def judged(self) -> bool:
        """There is a whole result, of which one can ask how far it can be trusted."""
        results = self.results
        whole = results.shown is not None and results.frames > 0 and results.shown.part is None
        return whole and not results.preview and not self.under_way

    @property
    def unsaved(self) -> bool:
        """There is a result that would be lost."""
        return self.results.frames > 0 and not self.results.saved and not self.under_way

    @property
    def result(self) -> Picture | None:
        """The run's own picture with the newest x0 as its pixels; None before the first frame."""
        run = self.results.shown
        made = run.trajectory.result if run is not None else None
        return run.inputs.picture.resized_to(made) if run and made is not None else None
