"""Turns a request into a job of one step or several steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorer.diffusion.schedule import LINEAR
from restorer.engine.damage import NO_MASK, Damage
from restorer.engine.inputs import Inputs
from restorer.engine.local import evaluations
from restorer.engine.plan import (
    Preparation,
    camera_photo,
    pixels_seen,
    plan_prepared,
    prepare_repair,
    refuse_too_large,
    start_for,
    with_method,
)
from restorer.engine.plan import plan as plan_denoise
from restorer.engine.plan_latent import misfit, plan_latent
from restorer.engine.proposal import Proposal, propose
from restorer.engine.request import Request
from restorer.engine.strength import strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.engine.verdict import Judgement
from restorer.errors import BadInput
from restorer.imaging.grey import is_grey
from restorer.words import marked as _

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.engine.consistency import Consistency
    from restorer.engine.damage import Hole
    from restorer.engine.models import ModelInfo
    from restorer.engine.strength import Strength
    from restorer.imaging.jpeg_tables import JpegTables
    from restorer.imaging.picture import Picture, Pixels

#: Channels that differ by no more than this, in 0..1, make a grey picture.
_GREY = 2.5 / 255
#: Why places are not protected from one task alone; among several steps they are from the others.
EVERYWHERE = _("Colours are brought back all over the picture: leave the strength map out.")
#: Noise (0-255 scale) at the end of the schedule, where nothing of a picture is left.
_MOST_NOISE = float(LINEAR.noise(999))


def with_tables(found: DegradationEstimate, tables: JpegTables | None) -> DegradationEstimate:
    """What was measured, with how the file was compressed, which its tables tell more surely."""
    if tables is None:
        return found
    return replace(found, jpeg_quality=tables.quality, halved=tables.subsampling != "4:4:4")


@dataclass(frozen=True, eq=False)
class Source:
    """A picture to restore, and what is known about it.

    Attributes:
        found: what was measured.
        tables: of the JPEG file that it came from.
        hole: (H, W), where to fill.
        feather: (H, W) in 0..1, how much of what is filled counts; None for all of it.
        strength: (H, W) in 0..1, how strongly to restore; None for in full everywhere.
        control: (H, W, 3) in 0..1, what a ControlNet is shown.
    """

    picture: Picture
    found: DegradationEstimate
    tables: JpegTables | None = None
    hole: Hole | None = None
    feather: Strength | None = None
    strength: Strength | None = None
    control: Pixels | None = None

    @property
    def proposal(self) -> Proposal:
        """The proposal for the case that nobody asks for a task."""
        return propose(self.found, self.tables)

    def inputs(self, request: Request) -> Inputs:
        """The inputs of one step of a job."""
        if TASKS[request.task].everywhere:
            return Inputs(self.picture)
        if not TASKS[request.task].needs_hole:
            return Inputs(self.picture, None, self.strength, self.control)
        hole = self.hole
        if request.sensitivity is not None:
            from restorer.degradation.scratches import find_scratches

            came = self.picture
            hole = find_scratches(came.pixels, request.sensitivity, came.infrared)
        parts = [part for part in (self.strength, self.feather) if part is not None]
        strength = parts[0] * parts[1] if len(parts) == 2 else next(iter(parts), None)
        return Inputs(self.picture, hole, strength, self.control)

    def searched(self) -> Source:
        """The same source with scratches counted, and marked unless a person has marked some.

        Takes seconds, and torch.
        """
        from restorer.degradation.estimate import with_scratches
        from restorer.degradation.scratches import search

        looking = partial(search, self.picture.pixels, self.picture.infrared)
        found, marks = with_scratches(self.found, self.picture.pixels, looking)
        return replace(self, found=found, hole=marks if self.hole is None else self.hole)

    def with_impulses(self) -> Source:
        """The same source with dead pixels marked for filling, unless a person has marked some."""
        from restorer.degradation.impulses import find_impulses

        return (
            self
            if self.hole is not None
            else replace(self, hole=find_impulses(self.picture.pixels))
        )

    def after(self, task: RestorationTask, result: Picture) -> Source:
        """The result of a step as a source, measured anew except for what no step changes."""
        from restorer.degradation.estimate import estimate

        before = self.found
        found = replace(
            estimate(result.pixels),
            blur=before.blur,
            jpeg_quality=None if task.damage.luma else before.jpeg_quality,
        )
        return replace(self, picture=result, found=found)


@dataclass(frozen=True, eq=False)
class Job:
    """A planned step, and the steps that will follow with its result.

    Attributes:
        request: what was asked for of the step.
        source: what the step begins with.
        inputs, task: the step itself; a task without a start leaves the picture alone.
        rest: what is asked for afterwards, in order.
        proposed: nobody asked for its steps one by one.
        seen: megapixels that the network looks at in every step of the reverse process.
        latent: the model, if it is one with prompts.
    """

    request: Request
    source: Source
    inputs: Inputs
    task: RestorationTask
    rest: tuple[Request, ...] = ()
    proposed: bool = False
    latent: ModelInfo | None = None
    seen: float = 0.0

    @property
    def takes_back(self) -> bool:
        """A doubtful result is dropped, since nobody asked for this step explicitly."""
        return self.proposed or self.request.blind

    def judge(self, checked: Consistency) -> Judgement:
        """The judgement of the step's result, from what a check found."""
        proposing = TASKS[self.task.damage.kind].proposing
        most = proposing.most_unexplained if self.takes_back and self.second and proposing else None
        unexplained = most is not None and checked.remains.structure > most
        return Judgement(checked.sentence, checked.alarm or unexplained)

    @property
    def second(self) -> Request | None:
        """The same step by the network that knows its damage, where the prior is to do it.

        Held to what was read wrong, as a blur that is not the same all over, the prior does harm;
        the network gains less, but that nearly always.
        """
        damage = self.task.damage
        if damage.is_noise or self.task.method == "conditional":
            return None
        may = self.request.method == "auto" and self.request.conditional(damage)
        return replace(self.request, method="conditional") if may else None

    def again(self) -> Job:
        """The job from this step on, done as `second` says.

        Raises:
            BadInput: if it cannot be done.
        """
        steps = (self.second or self.request, *self.rest)
        return _planned(steps, self.source, self.latent, self.proposed)

    def after(self, result: Picture | None) -> Job | None:
        """The remaining steps.

        Args:
            result: of the step; None if it was taken back.

        Returns:
            None if that was the last step.
        """
        if not self.rest:
            return None
        source = self.source if result is None else self.source.after(self.task, result)
        return _planned(self.rest, source, self.latent, self.proposed)


def plan(
    request: Request,
    source: Source,
    latent: ModelInfo | None = None,
    chosen: tuple[str, ...] | None = None,
) -> Job:
    """The job for a request; "auto" takes the source's proposal.

    Args:
        latent: the model, if it is one with prompts.
        chosen: kinds of steps that "auto" is to do, in the order of `in_order`; None for those
            that are proposed.

    Raises:
        BadInput: for what cannot be done, in the one sentence that every surface shows.
    """
    if request.task != "auto" and request.blind and (first := source.proposal.first):
        # hit pixels and stripes are noise too, but no part of it is the picture's
        before = tuple(request.step(kind, source.found) for kind in first)
        cleaning = () if source.found.clean else (request,)
        return _planned((*before, *cleaning), source.with_impulses(), latent, False)
    if request.task != "auto":
        if TASKS[request.task].everywhere and source.strength is not None:
            raise BadInput(EVERYWHERE)
        return _planned((request,), source, latent, False)
    kinds = (source.proposal.steps if chosen is None else chosen) or (DEFAULT_TASK,)
    steps = tuple(request.step(kind, source.found) for kind in kinds)
    return _planned(steps, source, latent, True)


def refuse_impossible(request: Request, latent: ModelInfo | None, masked: bool) -> None:
    """Refuse values that are impossible for any picture, before reading one.

    Args:
        request: what is asked for.
        latent: the model, if it is one with prompts.
        masked: somebody says where to fill.

    Raises:
        BadInput: in the sentence that planning would end in, too.
    """
    if request.noise is not None and not 0 <= request.noise <= _MOST_NOISE:
        raise BadInput(
            "Noise must lie between 0 and {most_noise:.0f}, not {noise:g}.",
            most_noise=_MOST_NOISE,
            noise=request.noise,
        )
    if request.quality is not None and not 1 <= request.quality <= 100:
        raise BadInput("Quality goes from 1 to 100.")
    task = RestorationTask(**({"start": None} | request.given_fields(latent is not None)))
    if request.task == "auto":
        return
    kind = TASKS[request.task]
    if latent is not None and (why_not := misfit(latent, request.task, request.scale)):
        raise BadInput(why_not)
    if kind.needs_hole and not masked:
        raise BadInput(NO_MASK)
    if kind.is_noise or kind.needs_tables or latent is not None:
        return  # the tables are the file's
    damage = request.damage(None, np.ones((1, 1), bool) if kind.needs_hole else None)
    with_method(replace(task, damage=damage, method=request.method), (1, 1))


def _planned(
    steps: tuple[Request, ...], source: Source, latent: ModelInfo | None, proposed: bool
) -> Job:
    request, *rest = steps
    inputs = source.inputs(request)
    prepared = prepare(request, source, inputs, latent)
    strength = "" if inputs.strength is None else strength_digest(inputs.strength)
    task = plan_step(request, source.found, inputs.picture.size, prepared, strength, latent)
    width, height = inputs.picture.size
    seen = prepared.seen if prepared else evaluations(task.local) * width * height / 1e6
    return Job(request, source, inputs, task, tuple(rest), proposed, latent, seen)


def prepare(
    request: Request, source: Source, inputs: Inputs, latent: ModelInfo | None
) -> Preparation | None:
    """Compute what planning a step needs and takes a moment; `request.to_prepare` is enough.

    Returns:
        None where noise is all there is to undo: that has been measured.

    Raises:
        BadInput: if something is missing, or the model cannot undo that.
    """
    if TASKS[request.task].is_noise:
        return None
    if latent is None:
        damage = _damage(request, source, inputs)
        asked = request.method == "conditional"
        return prepare_repair(damage, inputs, source.found, request.conditional(damage), asked)
    if why_not := misfit(latent, request.task, request.scale):
        raise BadInput(why_not)
    damage = request.damage(None, inputs.hole)
    empty = inputs.hole is not None and not inputs.hole.any()
    start = None if empty else plan_latent(latent, damage).start
    return Preparation(damage, start, pixels_seen(damage, Inputs(inputs.picture)) / 1e6)


def plan_step(
    request: Request,
    found: DegradationEstimate,
    size: tuple[int, int],
    prepared: Preparation | None,
    strength: str,
    latent: ModelInfo | None,
) -> RestorationTask:
    """The task of one step, at once.

    Args:
        found: what was measured.
        size: (width, height) of the picture.
        prepared: see `prepare`.
        strength: digest of the map of local strength; empty without one.
        latent: the model, if it is one with prompts.

    Raises:
        BadInput: for what cannot be done.
    """
    asked = request.given_fields(latent is not None) | {"strength": strength}
    if latent is not None:
        task = plan_latent(latent, prepared.damage if prepared else Damage(), **asked)
        refuse_too_large(task, size)
        return replace(task, start=None) if prepared and prepared.start is None else task
    if prepared is not None:
        return plan_prepared(prepared, size, method=request.method, **asked)
    noise = request.noise
    if noise is not None and not noise >= 0:
        raise BadInput("Noise cannot be negative ({noise:g}).", noise=noise)
    if request.start is None and noise is not None:
        asked["start"] = start_for(noise) if noise > 0 else None
    return camera_photo(size, **asked) if request.camera else plan_denoise(found, size, **asked)


def _damage(request: Request, source: Source, inputs: Inputs) -> Damage:
    """The requested damage, completed from the picture."""
    pixels, tables = source.picture.pixels, None
    if TASKS[request.task].needs_tables:
        from restorer.degradation.jpeg import compression  # scipy, not at start-up

        read = source.found.blocks if request.quality is None else None
        tables = compression(pixels, source.tables or read, request.quality)
    if not TASKS[request.task].keeps_grey and not is_grey(pixels, _GREY):
        raise BadInput("This picture already has colours; only a grey picture can be colourised.")
    return request.damage(tables, inputs.hole)
