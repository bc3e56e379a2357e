"""The plan of an open picture: the parameters, and what Restore would do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from restorer.diffusion.schedule import Schedule
from restorer.document.content import Content
from restorer.document.masks.painted import Painted, PaintedMask
from restorer.document.parameters import Parameters
from restorer.engine.damage import Hole
from restorer.engine.job import plan_step
from restorer.engine.local import evaluations
from restorer.engine.models import ModelInfo, schedule_of
from restorer.engine.plan import Preparation
from restorer.engine.request import Request
from restorer.engine.strength import Strength
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.errors import RestorerError
from restorer.imaging.picture import Pixels


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a repair needs, computed in the background.

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


@dataclass(frozen=True, eq=False)
class LocalStrength:
    """The strength map, computed in the background.

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


@dataclass(frozen=True, eq=False)
class _Planned:
    """What Restore would do.

    Attributes:
        task: None until it is known, or if it cannot be done.
        error: why it cannot be done.
        default_start: where it would begin if nobody had moved the start; None as for a task's.
    """

    task: RestorationTask | None = None
    error: RestorerError | None = None
    default_start: float | None = None


class Plan:
    """The parameters, and the task that follows from them so far.

    Attributes:
        parameters: what a person asks for.
        control_pictures: what was loaded to lead a model with prompts, by digest.
        prepared: what is known of the repair that was asked for last.
        strength: what is known of how strongly to restore.
        preparing: one of these is being found out.
        awaited: restore with these parameters as soon as that is known.
    """

    def __init__(self, content: Content, painted: Painted, parameters: Parameters) -> None:
        self._content, self._painted = content, painted
        self.parameters = parameters
        self.control_pictures: dict[str, Pixels] = {}
        self.prepared: Prepared | None = None
        self.strength = LocalStrength()
        self.preparing = False
        self.awaited: Parameters | None = None
        self._planned: tuple[tuple[object, ...], _Planned] | None = None

    @property
    def task(self) -> RestorationTask | None:
        """The task that Restore would do; None until it is known, or if it is impossible."""
        return self._current.task

    @property
    def default_start(self) -> float | None:
        """The default start of Restore; None as in a task."""
        return self._current.default_start

    @property
    def obstacle(self) -> RestorerError | None:
        """Why the parameters cannot be carried out."""
        return self._current.error

    @property
    def schedule(self) -> Schedule:
        return schedule_of(self.parameters.latent)

    @property
    def megapixels(self) -> float:
        """Pixels that the network would process in every step of the task."""
        if not TASKS[self.parameters.task].is_noise and self.prepared is not None:
            return self.prepared.step.seen if self.prepared.step else 0.0
        width, height = self._content.picture.size if self._content.picture else (0, 0)
        levels = evaluations(self.task.local) if self.task else 1
        return levels * width * height / 1e6

    @property
    def begins_soon(self) -> bool:
        """Restore was pressed, and no parameter changed since."""
        return self.awaited is not None and self.awaited == self.parameters

    @property
    def strength_known(self) -> bool:
        """The strength map: as painted, less where a mask is feathered."""
        versions = [None if one is None else one.version for one in self.painted_strength]
        return self.strength.versions == tuple(versions)

    @property
    def painted_strength(self) -> tuple[PaintedMask | None, PaintedMask | None]:
        """The painted layers that determine the strength map of the selected task."""
        kind = TASKS[self.parameters.task]
        strength = None if kind.everywhere else self._painted.strength
        return strength, self._painted.mask if kind.needs_hole else None

    @property
    def complete(self) -> bool:
        """Everything that the task depends on is known."""
        if not self.strength_known:
            return False
        if TASKS[self.parameters.task].is_noise:
            return True
        known, parameters = self.prepared, self.parameters
        if known is None or known.latent != parameters.latent:
            return False
        if known.request != parameters.request.to_prepare:
            return False
        filling = TASKS[parameters.task].needs_hole
        return not filling or (
            self._painted.mask is not None and known.version == self._painted.mask.version
        )

    @property
    def _current(self) -> _Planned:
        """Caches the task until something that it depends on changes."""
        depends = self.parameters, self._content.picture, self._content.estimate
        key = (*depends, self.prepared, self.strength, self.complete)
        before = self._planned
        if before is None or any(a is not b for a, b in zip(before[0], key, strict=True)):
            self._planned = key, self._planned_anew() if self.complete else _Planned()
        assert self._planned is not None
        return self._planned[1]

    def _planned_anew(self) -> _Planned:
        picture, estimate = self._content.picture, self._content.estimate
        if picture is None or estimate is None:
            return _Planned()
        if self.strength.error is not None:
            return _Planned(error=self.strength.error)
        known = None if TASKS[self.parameters.task].is_noise else self.prepared
        if known is not None and known.step is None:
            return _Planned(error=known.error)
        step = known.step if known is not None else None
        plan = partial(
            plan_step,
            found=estimate,
            size=picture.size,
            prepared=step,
            strength=self.strength.digest,
            latent=self.parameters.latent,
        )
        request = self.parameters.request
        default = None if step is None else step.start
        try:
            if step is None and request.start is not None:
                default = plan(replace(request, start=None)).start
            task = plan(request)
        except RestorerError as error:
            return _Planned(error=error, default_start=default)
        return _Planned(task, default_start=task.start if request.start is None else default)
