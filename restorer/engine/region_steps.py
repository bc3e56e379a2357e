"""Several steps on a part of a picture, for previews of what is proposed.

What reads its damage from the picture and asks no network is undone in all of it, once. After that,
each step of a part sees so much around it as the following ones still need, and is planned from
what the one before has made of that part.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from restorer.diffusion.tiling import GRID
from restorer.engine.finish import to_range
from restorer.engine.job import Job
from restorer.engine.progress import CancelToken
from restorer.engine.region import CONTEXT, PartMaker, why_no_region
from restorer.engine.run import EngineLike
from restorer.engine.strength import Box, cut

if TYPE_CHECKING:
    from restorer.imaging.picture import Picture, Pixels


class RegionSteps:
    """A job, for parts of its picture.

    Attributes:
        task: its first step.
        job: its steps from the first on that may be done in parts; None for none.
        picture: what they begin with.
    """

    def __init__(self, job: Job) -> None:
        self.task = job.task
        self.job: Job | None = job
        self.picture = job.inputs.picture

    @property
    def why_not(self) -> str:
        """Why no part alone comes near the result; "" if it does."""
        job = self.job
        led = job is not None and bool(job.latent is not None or job.task.toward)
        shifted = job and (job.task.damage.turned, job.task.damage.cut) != (1, None)
        return why_no_region(job.task, job.latent is not None) if job and (led or shifted) else ""

    @property
    def exact(self) -> bool:
        """What is left makes of a part what it makes of the whole picture."""
        job = self.job
        return job is None or not (job.rest or why_no_region(job.task, job.latent is not None))

    def begin(self, engine: EngineLike, cancel: CancelToken) -> None:
        """Do what is done to the whole picture, unless that is done already."""
        while (job := self.job) is not None:
            if job.task.start is not None and not job.task.damage.is_excess:
                return
            result = None if job.task.start is None else _result(job, engine, cancel)
            self.picture = self.picture if result is None else result
            self.job = job.after(result)

    def of(self, box: Box, part: PartMaker) -> Pixels:
        """A box of the result, (h, w, 3) in 0..1; `begin` comes before it.

        Args:
            part: carries out a task on a box of its inputs, whose corner lies there in the picture.
        """
        job, made, (left, top) = self.job, cut(self.picture.pixels, box), (0, 0)
        while job is not None:
            wanted = _around(box, CONTEXT * len(job.rest), self.picture.size)
            here = wanted[0] - left, wanted[1] - top, wanted[2] - left, wanted[3] - top
            made = cut(job.inputs.picture.pixels, here)
            if job.task.start is not None:
                made = part(job.task, job.inputs, here, (left, top))
            job, (left, top) = _following(job, here, made), wanted[:2]
        return made


def _result(job: Job, engine: EngineLike, cancel: CancelToken) -> Picture | None:
    """What a step makes of the whole picture; None if a check does not believe it."""
    from restorer.engine.consistency import check  # scipy, not at start-up

    *_, last = engine.run(job.task, job.inputs, cancel, lambda _: None)
    made = to_range(last.x0) if last.picture is None else last.picture
    checked = check(job.task, job.inputs, made, cancel.raise_if_cancelled)
    if job.takes_back and job.judge(checked).alarm:
        return None
    return job.inputs.picture.resized_to(made)


def _following(job: Job, here: Box, made: Pixels) -> Job | None:
    """The rest of a job for a part of its picture, of which a step has made this."""
    if not job.rest:
        return None

    def piece(values: Any) -> Any:
        return None if values is None else cut(values, here)

    source = job.source
    maps = {name: piece(getattr(source, name)) for name in ("hole", "feather", "strength")}
    result = replace(source.picture, pixels=made, alpha=None, infrared=None, geo=None)
    return replace(job, source=replace(source, **maps)).after(result)


def _around(box: Box, reach: int, size: tuple[int, int]) -> Box:
    """A box with so much around it, on the grid of the network, in a picture of this size."""
    left, top = (max(0, (at - reach) // GRID * GRID) if reach else at for at in box[:2])
    right, bottom = (min(side, at + reach) for at, side in zip(box[2:], size, strict=True))
    return left, top, right, bottom
