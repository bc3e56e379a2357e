"""One run of the engine: its task, its frames so far, and measurements of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from restorer.diffusion.answers import Answers, storing
from restorer.diffusion.order import ViewFocus, tiles_near
from restorer.diffusion.schedule import Schedule
from restorer.engine.inputs import Inputs
from restorer.engine.models import ModelInfo, schedule_of
from restorer.engine.progress import Cancelled, CancelToken, Progress
from restorer.engine.task import RestorationTask
from restorer.engine.tiles import Part, TileMailbox
from restorer.engine.trajectory import Frame, FrameInfo, Trajectory
from restorer.engine.verdict import Judgement
from restorer.imaging.bands import stoppable
from restorer.imaging.geometry import quick_thumbnail

if TYPE_CHECKING:
    from restorer.engine.engine import ModelStatus
    from restorer.engine.job import Job
    from restorer.engine.spread import Spread

#: Longer side of the thumbnails of frames, in pixels; they also serve the timeline's popup.
THUMBNAIL_SIDE = 320


class EngineLike(Protocol):
    """The interface of the engine for the worker; `restorer.engine.engine.Engine` implements it."""

    on_shortage: Callable[[str], object]

    def load(self, model: str = ..., device: str = ...) -> ModelStatus: ...

    def run(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Frame]: ...

    def decode(
        self, task: RestorationTask, inputs: Inputs, latents: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]: ...


@dataclass(eq=False)
class Run:
    """A task that is carried out: the worker appends frames, anybody may read them by index.

    Attributes:
        inputs: what it is carried out on.
        job: what it is a step of, if that has several.
        latent: the model with prompts that carries it out; None for one that works on pixels.
        finished: it came to its end.
        decoding: its newest frame is to be decoded; nothing else is left to do.
        first: what has been made of the first step, until that is a frame.
        seen: megapixels that the network looks at in every step.
        part: (tiles made, all tiles) if it was stopped before its first frame was complete; the
            only frame is then made of these tiles over the picture.
        judgement: what a check of its result says, as soon as that is known.
        spread: how far the truth may lie from its result, as soon as that is known.
        place: device and precision, once it begins.
        answers: of the network, where they are kept so that the run can go on another day.
        look: where a person looks, so that this comes first.
        thumbnails: one (h, w, 3) uint8 per frame of the trajectory, of its x0.
    """

    number: int
    task: RestorationTask
    inputs: Inputs
    trajectory: Trajectory
    latent: ModelInfo | None = None
    job: Job | None = None
    finished: bool = False
    decoding: bool = False
    cancel: CancelToken = field(default_factory=CancelToken)
    partials: TileMailbox = field(default_factory=TileMailbox)
    first: Part | None = None
    seen: float = 0.0
    part: tuple[int, int] | None = None
    thumbnails: list[NDArray[np.uint8]] = field(default_factory=list)
    judgement: Judgement | None = None
    spread: Spread | None = None
    place: str = ""
    answers: Answers = field(default_factory=Answers)
    look: ViewFocus = field(default_factory=ViewFocus)

    @property
    def schedule(self) -> Schedule:
        """The schedule of its frames."""
        return schedule_of(self.latent)

    def carry_out(self, engine: EngineLike, on_tiles: Callable[[], None]) -> Iterator[FrameInfo]:
        """Carry out the rest of the task, and yield every frame's info.

        Args:
            engine: has the task's model loaded.
            on_tiles: called when `partials` is no longer empty.

        Raises:
            Cancelled: if it was stopped; of its first step the tiles that were made are kept.
            RestorerError: what kept it from going on.
        """
        if self.decoding:
            self._decode(engine)
        else:
            yield from self._frames(engine, on_tiles)

    def _frames(self, engine: EngineLike, on_tiles: Callable[[], None]) -> Iterator[FrameInfo]:
        with stoppable(self.cancel.raise_if_cancelled):
            self.first = Part(self.inputs.picture, self.task.damage.growth)
        began = self.cancel.clock()
        stopped = False

        def on_progress(progress: Progress) -> None:
            progress = self._original_outside(progress)
            if progress.step == 0 and self.first is not None:
                self.first.put(progress)
            if self.partials.put(progress):
                on_tiles()

        frames = engine.run(self.task, self.inputs, self.cancel, on_progress)
        try:
            while (info := self._next(frames)) is not None:
                self.first = None
                yield info
        except Cancelled:
            stopped = True  # here the exception still holds all that the engine had at hand
        finally:
            part, self.first = self.first, None
        if stopped:
            if part is not None and part.tiles is not None:
                self.keep_part(part, self.cancel.clock() - began)
            raise Cancelled

    def _next(self, frames: Iterator[Frame]) -> FrameInfo | None:
        """Keep the next frame; None if there is none."""
        self.answers.begin_step()
        with (
            stoppable(self.cancel.raise_if_cancelled),
            storing(self.answers),
            tiles_near(self.look),
        ):
            frame = next(frames, None)
            if frame is None:
                return None
            self._keep(frame)
        return frame.info

    def _decode(self, engine: EngineLike) -> None:
        """Replace the newest preview by its decoded frame."""
        latents = self.trajectory.latents
        assert latents is not None
        x0, picture = engine.decode(self.task, self.inputs, latents)
        self.trajectory.decode(x0, picture)
        self.thumbnails[-1] = _of_x0(x0)

    def _original_outside(self, tile: Progress) -> Progress:
        """The tile with the original wherever nothing is filled."""
        where = self.inputs.hole
        if where is None:
            return tile
        left, top, right, bottom = tile.box
        hole, original = (a[top:bottom, left:right] for a in (where, self.inputs.picture.pixels))
        return replace(tile, show=lambda: np.where(hole[..., None], tile.x0, original))

    def _keep(self, frame: Frame) -> None:
        """Append a frame and its thumbnail."""
        self.thumbnails.append(_of_x0(frame.x0))
        try:
            self.trajectory.append(frame)
        except BaseException:  # stopped, too: there is a thumbnail a frame
            self.thumbnails.pop()
            raise

    def keep_part(self, part: Part, seconds: float) -> None:
        """Make a frame from the tiles of a run that was stopped in its first step."""
        assert self.task.start is not None
        t = self.task.start
        sigma = float(self.schedule.sigma(t))
        info = FrameInfo(0, self.task.steps, t, sigma, seconds, self.latent is not None)
        self._keep_part(info, part.picture)
        self.part = part.tiles

    def keep_result(self, picture: NDArray[np.float32], seconds: float) -> None:
        """Make a single frame from an earlier result, (H, W, 3) in 0..1."""
        info = FrameInfo(0, 1, 0.0, float(self.schedule.sigma(0.0)), seconds)
        self._keep_part(info, picture)
        self.finished = True

    def _keep_part(self, info: FrameInfo, picture: NDArray[np.float32]) -> None:
        self.thumbnails.append(quick_thumbnail(picture, THUMBNAIL_SIDE))
        growth = self.task.damage.growth
        self.trajectory.append_part(info, self.inputs.picture.pixels, picture, growth)


@dataclass(eq=False)
class DoubtRun(Run):
    """Measures the spread of a finished run; it makes no frames."""

    of: Run | None = None

    def carry_out(self, engine: EngineLike, on_tiles: Callable[[], None]) -> Iterator[FrameInfo]:
        """Measure, and store the answer in that run."""
        from restorer.engine.spread import spread  # scipy, not at start-up

        assert self.of is not None

        def on_progress(progress: Progress) -> None:
            if self.partials.put(progress):
                on_tiles()

        found = spread(engine.run, self.task, self.inputs, self.cancel, on_progress)
        with stoppable(self.cancel.raise_if_cancelled):
            for self.spread in found:
                pass
        self.of.spread = self.spread
        yield from ()


def _of_x0(x0: NDArray[np.float32]) -> NDArray[np.uint8]:
    return quick_thumbnail(x0, THUMBNAIL_SIDE, black=-1.0)
