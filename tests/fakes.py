"""A scriptable engine: frames on demand, errors when told, no torch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from restorer.degradation.estimate import DegradationEstimate
from restorer.diffusion.schedule import LINEAR, Schedule
from restorer.document import Changes, Status
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Frame, FrameInfo
from restorer.imaging.geometry import repeated
from restorer.imaging.picture import Picture

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow

PICTURE = Picture(np.random.default_rng(1).random((40, 30, 3), np.float32))
NOISY = DegradationEstimate(noise=31.0, noise_in_file=30.0, clean=False)


def status_of(window: MainWindow) -> Status | None:
    """Of the picture on view."""
    opened = window.document.pictures.current
    return opened.status if opened else None


def tells_errors(changes: Changes) -> bool:
    """For `qtbot.waitSignal(document.changed)`."""
    return Changes.ERRORS in changes


@dataclass(frozen=True)
class FakeStatus:
    title: str = "Fake prior"
    parameters: int = 4_000_000
    device: str = "CPU"
    precision: str = "float32"
    place: str = "CPU float32"


@dataclass
class FakeEngine:
    """Every frame halves the distance between the picture and its mean colour.

    A task that enlarges gets every pixel as a square.

    Attributes:
        gated: tiles wait for `let_go`; otherwise they come at once.
        fail_at: the step that raises `error`.
        refuse: raised by `load`.
        tiles: horizontal bands per step.
        previews: all frames but the last are previews, as of a latent model; what `decode` makes
            of one is half as bright.
        schedule: that the steps lie on.
    """

    gated: bool = False
    error: Exception | None = None
    fail_at: int = 0
    refuse: Exception | None = None
    tiles: int = 2
    previews: bool = False
    schedule: Schedule = field(default_factory=lambda: LINEAR)
    loads: list[str] = field(default_factory=list)
    runs: list[RestorationTask] = field(default_factory=list)
    inputs: list[Inputs] = field(default_factory=list)
    decoded: int = 0
    threads: set[int] = field(default_factory=set)
    _gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def let_go(self, tiles: int = 1) -> None:
        """Let this many more tiles be made."""
        self._gate.release(tiles)

    def load(self, model: str = "builtin", device: str = "auto") -> FakeStatus:
        self.threads.add(threading.get_ident())
        if self.refuse is not None:
            raise self.refuse
        self.loads.append(model)
        return FakeStatus()

    def run(
        self,
        task: RestorationTask,
        inputs: Inputs,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Frame]:
        self.threads.add(threading.get_ident())
        self.runs.append(task)
        self.inputs.append(inputs)
        assert task.start is not None
        schedule = self.schedule
        for index, t in enumerate(schedule.spaced(task.start, task.steps)):
            if self.error is not None and index == self.fail_at:
                raise self.error
            x0 = repeated(prediction(inputs.picture, index), task.damage.growth)
            self._make_tiles(task, index, x0, cancel, on_progress)
            noise = np.random.default_rng(index).standard_normal(x0.shape, np.float32)
            abar = float(schedule.alpha_bar(t))
            x_t = np.float32(abar**0.5) * (2 * x0 - 1) + np.float32((1 - abar) ** 0.5) * noise
            preview = self.previews and index < task.steps - 1
            info = FrameInfo(index, task.steps, float(t), float(schedule.sigma(t)), 0.1, preview)
            latents = np.full((4, 2, 2), index, np.float32) if preview else None
            yield Frame(info, x_t, 2 * x0 - 1, latents=latents)

    def decode(
        self, task: RestorationTask, inputs: Inputs, latents: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        self.decoded += 1
        return prediction(inputs.picture, int(latents[0, 0, 0])) - 1, None

    def _make_tiles(
        self,
        task: RestorationTask,
        index: int,
        x0: np.ndarray,
        cancel: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> None:
        height, width = x0.shape[:2]
        edges = np.linspace(0, height, self.tiles + 1).astype(int)
        for tile, (top, bottom) in enumerate(zip(edges, edges[1:], strict=False)):
            while self.gated and not self._gate.acquire(timeout=0.01):
                cancel.raise_if_cancelled()
            cancel.raise_if_cancelled()
            left = (task.steps - index) * 0.1
            box = (0, int(top), width, int(bottom))
            show = partial(x0.__getitem__, slice(top, bottom))
            on_progress(Progress(index, task.steps, tile + 1, self.tiles, left, box, show))


def prediction(picture: Picture, index: int) -> np.ndarray:
    """(H, W, 3) in 0..1: what the fake engine makes of a picture at a step."""
    mean = picture.pixels.mean(axis=(0, 1), keepdims=True)
    return (mean + (picture.pixels - mean) * np.float32(0.5 ** (index + 1))).astype(np.float32)
