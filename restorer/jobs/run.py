"""One run of the engine, and the worker that carries runs out, one after the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from restorer.diffusion.schedule import Schedule, named
from restorer.engine.inputs import Inputs
from restorer.engine.progress import Cancelled, CancelToken, Progress
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Frame, FrameInfo, Trajectory
from restorer.engine.verdict import Judgement
from restorer.errors import as_restorer_error
from restorer.imaging.bands import bands
from restorer.imaging.geometry import repeated
from restorer.imaging.picture import Picture, Pixels
from restorer.jobs.messages import Kind, Message
from restorer.jobs.queue import RunQueue

if TYPE_CHECKING:
    from restorer.engine.engine import ModelStatus
    from restorer.engine.models import ModelInfo
    from restorer.engine.spread import Spread

log = logging.getLogger(__name__)

#: Longer side of the thumbnails of frames, in pixels; they also serve the timeline's popup.
THUMBNAIL_SIDE = 320


class EngineLike(Protocol):
    """What a worker needs of an engine; `restorer.engine.engine.Engine` is one."""

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


class Partials:
    """Mailbox for the tiles made since somebody last looked, and the newest numbers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tiles: list[Progress] = []

    def put(self, progress: Progress) -> bool:
        """Leave a tile; True if the mailbox was empty, so that a message is due."""
        with self._lock:
            self._tiles.append(progress)
            return len(self._tiles) == 1

    def take(self) -> list[Progress]:
        """All tiles since the last time, oldest first."""
        with self._lock:
            tiles, self._tiles = self._tiles, []
            return tiles


@dataclass(eq=False)
class Run:
    """A task on its way: written by the worker, read by index from anywhere.

    Attributes:
        inputs: what it is carried out on.
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
        thumbnails: one (h, w, 3) uint8 per frame of the trajectory, of its x0.
    """

    number: int
    task: RestorationTask
    inputs: Inputs
    trajectory: Trajectory
    latent: ModelInfo | None = None
    finished: bool = False
    decoding: bool = False
    cancel: CancelToken = field(default_factory=CancelToken)
    partials: Partials = field(default_factory=Partials)
    first: Part | None = None
    seen: float = 0.0
    part: tuple[int, int] | None = None
    thumbnails: list[NDArray[np.uint8]] = field(default_factory=list)
    judgement: Judgement | None = None
    spread: Spread | None = None
    place: str = ""

    @property
    def schedule(self) -> Schedule:
        """The one that its frames lie on."""
        traits = self.latent.latent if self.latent else None
        return named("linear") if traits is None else traits.betas.schedule

    def kept_outside(self, tile: Progress) -> Progress:
        """The tile with the picture as it came wherever there is nothing to fill."""
        where = self.inputs.hole
        if where is None:
            return tile
        left, top, right, bottom = tile.box
        hole, came = (a[top:bottom, left:right] for a in (where, self.inputs.picture.pixels))
        return replace(tile, x0=np.where(hole[..., None], tile.x0, came))

    def keep(self, frame: Frame) -> None:
        """Append a frame and its thumbnail."""
        self.thumbnails.append(_of_x0(frame.x0))
        self.trajectory.append(frame)

    def decode(self, x0: NDArray[np.float32], picture: NDArray[np.float32] | None) -> None:
        """Put what the newest frame was a preview of in its place."""
        self.trajectory.decode(x0, picture)
        self.thumbnails[-1] = _of_x0(x0)

    def keep_part(self, part: Part, seconds: float) -> None:
        """Make the only frame of the tiles that a run stopped in its first step leaves behind."""
        assert self.task.start is not None
        t = self.task.start
        sigma = float(self.schedule.sigma(t))
        info = FrameInfo(0, self.task.steps, t, sigma, seconds, self.latent is not None)
        came = repeated(self.inputs.picture.pixels, self.task.damage.growth)
        picture = part.over(came)
        self.thumbnails.append(thumbnail(picture))
        self.trajectory.append_part(info, came, picture)
        self.part = part.tiles


class Part:
    """The tiles of the first step, each put where it belongs: never more than one picture of them.

    Attributes:
        tiles: (made, all), None before the first.
        shown: the tiles so far, for the screen; they are views, no copies.
    """

    def __init__(self, picture: Picture, times: int) -> None:
        height, width = (side * times for side in picture.pixels.shape[:2])
        self._made: Pixels = np.empty((height, width, 3), np.float32)  # takes room as it fills
        self._there = np.zeros((height, width), bool)
        self.tiles: tuple[int, int] | None = None
        self.shown: list[Progress] = []

    def put(self, tile: Progress) -> None:
        """Add a tile; it goes over those before it."""
        left, top, right, bottom = tile.box
        self._made[top:bottom, left:right] = tile.x0
        self._there[top:bottom, left:right] = True
        self.tiles = tile.tile, tile.tiles
        self.shown.append(replace(tile, x0=self._made[top:bottom, left:right]))

    def over(self, came: Pixels) -> Pixels:
        """The tiles, and the picture as it came where there are none."""
        for rows in bands(came.shape):
            np.copyto(self._made[rows], came[rows], where=~self._there[rows][..., None])
        return self._made


@dataclass(eq=False)
class DoubtRun(Run):
    """Measures the spread of a run that is done; it leaves no frames."""

    of: Run | None = None


def thumbnail(pixels: NDArray[np.float32], side: int = THUMBNAIL_SIDE) -> NDArray[np.uint8]:
    """(H, W, 3) float in 0..1 made small, a few pixels of each block averaged: (h, w, 3) uint8."""
    return _bytes(_averaged(pixels, side))


def _of_x0(x0: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The same of x0, in [-1, 1]."""
    return _bytes(_averaged(x0, THUMBNAIL_SIDE) * np.float32(0.5) + np.float32(0.5))


def _averaged(pixels: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    block = max(1, -(-max(pixels.shape[:2]) // side))
    height, width = (max(1, n // block) for n in pixels.shape[:2])
    rows, columns = (min(block, n) for n in pixels.shape[:2])
    cut = pixels[: height * rows, : width * columns]
    offsets = list(product(_few(rows), _few(columns)))
    small = np.zeros((height, width, 3), np.float32)
    for row, column in offsets:
        small += cut[row::rows, column::columns]
    small /= np.float32(len(offsets))
    return small


def _bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0..1 as 0..255, rounded."""
    scaled: NDArray[np.float32] = np.clip(pixels * np.float32(255) + np.float32(0.5), 0, 255)
    return scaled.astype(np.uint8)


def _few(block: int) -> range:
    """At most four places in a block, evenly apart."""
    return range(0, block, -(-block // 4))


class RunWorker(QObject):
    """Lives in a QThread, makes the engine there, keeps it, and carries out what is in `queue`."""

    message = Signal(object)
    _wake = Signal()

    def __init__(self, make_engine: Callable[[], EngineLike]) -> None:
        super().__init__()
        self.queue = RunQueue()
        self._make_engine = make_engine
        self._engine: EngineLike | None = None
        self._loaded: str | None = None
        self._place = ""
        self._lock = threading.Lock()
        self._preload: tuple[int, str] | None = None
        self._wake.connect(self._work)

    # Called from the main thread.

    def submit(self, run: Run, instead_of: Run | None = None) -> Run | None:
        """Carry out this run when its turn comes; see `RunQueue.put`."""
        replaced = self.queue.put(run, instead_of)
        self._wake.emit()
        return replaced

    def preload(self, number: int, model: str) -> None:
        """Load a model before it is needed."""
        with self._lock:
            self._preload = (number, model)
        self._wake.emit()

    def stop(self) -> None:
        """Stop everything."""
        self.queue.clear()
        with self._lock:
            self._preload = None

    # Runs in the worker's thread.

    @Slot()
    def _work(self) -> None:
        with self._lock:
            preload, self._preload = self._preload, None
        if preload is not None:
            number, model = preload
            end = self._ending(number, lambda: self._load(number, model))
            if end.kind is not Kind.FINISHED:
                self._say(end)
        run = self.queue.take()
        if run is None:
            return
        end = self._ending(run.number, lambda: self._carry_out(run))
        self.queue.done()  # before anybody hears of the end: the next one is next then
        self._say(end)

    def _ending(self, number: int, work: Callable[[], object]) -> Message:
        """Do it and say how it ended; an exception that left a slot would reach nobody."""
        try:
            work()
        except Cancelled:
            return Message(Kind.STOPPED, number)
        except Exception as error:
            log.exception("job %d failed", number)
            return Message(Kind.FAILED, number, error=as_restorer_error(error))
        return Message(Kind.FINISHED, number)

    def _load(self, number: int, model: str) -> EngineLike:
        if self._engine is None:
            self._engine = self._make_engine()
        if self._loaded != model:
            self._say(Message(Kind.MODEL_LOADING, number))
            self._loaded = None  # should this fail, the one before is asked for anew
            status = self._engine.load(model)
            self._loaded, self._place = model, status.place
            self._say(Message(Kind.MODEL_READY, number, model=status))
        return self._engine

    def _carry_out(self, run: Run) -> None:
        run.cancel.raise_if_cancelled()
        self._say(Message(Kind.STARTED, run.number))
        engine = self._load(run.number, run.task.model)
        run.place = self._place
        run.cancel.raise_if_cancelled()
        if isinstance(run, DoubtRun):
            self._measure_doubt(run, engine)
            return
        if run.decoding:
            self._decode(run, engine)
            return

        run.first = Part(run.inputs.picture, run.task.damage.growth)
        began = time.perf_counter()
        stopped = False

        def on_progress(progress: Progress) -> None:
            progress = run.kept_outside(progress)
            if progress.step == 0 and run.first is not None:
                run.first.put(progress)
            if run.partials.put(progress):
                self._say(Message(Kind.PROGRESS, run.number))

        try:
            for frame in engine.run(run.task, run.inputs, run.cancel, on_progress):
                run.first = None
                run.keep(frame)
                self._say(Message(Kind.FRAME, run.number, frame=frame.info))
                del frame  # room for the next step
        except Cancelled:
            stopped = True  # here the exception still holds all that the engine had at hand
        finally:
            part, run.first = run.first, None
        if stopped:
            if part is not None and part.tiles is not None:
                run.keep_part(part, time.perf_counter() - began)
            raise Cancelled

    def _decode(self, run: Run, engine: EngineLike) -> None:
        latents = run.trajectory.latents
        assert latents is not None
        x0, picture = engine.decode(run.task, run.inputs, latents)
        run.decode(x0, picture)

    def _measure_doubt(self, doubt: DoubtRun, engine: EngineLike) -> None:
        from restorer.engine.spread import spread  # scipy, not at start-up

        assert doubt.of is not None

        def on_progress(progress: Progress) -> None:
            if doubt.partials.put(progress):
                self._say(Message(Kind.PROGRESS, doubt.number))

        for found in spread(engine.run, doubt.task, doubt.inputs, doubt.cancel, on_progress):
            doubt.spread = found
        doubt.of.spread = doubt.spread

    def _say(self, message: Message) -> None:
        self.message.emit(message)
