"""What the pages of the course may do with the current picture, the timeline and the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal, Slot

from restorer.document import Changes, Document, OpenPicture, Status
from restorer.document.forward import forward_alpha_bar, place_of
from restorer.document.trials import Case, Trial
from restorer.engine.inspection import State, forward_state
from restorer.engine.plan import start_for
from restorer.engine.run import Run
from restorer.engine.samples import list_samples
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import DEFAULT_TASK
from restorer.engine.truth import Patch, patch_of
from restorer.jobs.background import Background
from restorer.ui.canvas import Canvas
from restorer.ui.canvas.forward import noise_of_pixel
from restorer.ui.course.wall import Wall
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.timeline.model import PlayheadPosition
from restorer.words import tr

T = TypeVar("T")

#: The course restores in several steps, so that there is something to look at.
STEPS = 8
#: Noise on a patch whose truth is known, unless the current picture defines it.
_NOISE = 50.0
_LEAST = 32  # least side of a picture to cut a patch from, in pixels


@dataclass(frozen=True, eq=False)
class TrialResult:
    """The result of one case."""

    run: Run
    seconds: float
    evaluations: int

    @property
    def pixels(self) -> Any:
        """(H, W, 3) in 0..1: the final picture."""
        return self.run.trajectory.result


class PageContext(QObject):
    """Serves one page at a time: whatever a page has begun ends when a person leaves it.

    Attributes:
        wall: shows figures large, over the canvas.
        pixel: (x, y) in the original; the pages tell its numbers.
    """

    changed = Signal()  # another picture or pixel, or the picture was measured
    stepped = Signal(int, int)  # evaluations done, and in total
    gave_up = Signal()  # what the page waits for failed or was stopped

    def __init__(
        self, document: Document, canvas: Canvas, timeline: NoiseTimeline, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.document, self.canvas, self.timeline = document, canvas, timeline
        self.wall = Wall(canvas)
        timeline.playback.moved.connect(self.wall.hide)
        self.pixel = (0, 0)
        self._background = Background("course", self)
        self._trial: Trial | None = None
        self._waits: list[tuple[Callable[[], bool], Callable[[], object]]] = []
        self._patch: tuple[object, Patch] | None = None
        document.changed.connect(self._on_changed)
        canvas.pointer.clicked.connect(self._on_click)
        self._choose_pixel()

    # State.

    @property
    def opened(self) -> OpenPicture | None:
        """The current picture."""
        return self.document.pictures.current

    @property
    def ready(self) -> bool:
        """There is a picture, and its noise has been measured."""
        return self.opened is not None and place_of(self.opened) is not None

    @property
    def fit(self) -> bool:
        """The current picture has enough noise for the course."""
        estimate = self.opened.content.estimate if self.opened else None
        latent = self.opened is not None and self.opened.plan.parameters.latent is not None
        return estimate is not None and not latent and estimate.noise >= 8

    @property
    def place(self) -> float:
        """t of the original."""
        return place_of(self.opened) or 0.0

    @property
    def noise(self) -> float:
        """Noise of the original, 0-255 scale."""
        estimate = self.opened.content.estimate if self.opened else None
        return float(estimate.noise) if estimate else 0.0

    @property
    def run(self) -> Run | None:
        """The shown run, once it has frames in pixels."""
        run = self.opened.results.shown if self.opened else None
        usable = run is not None and run.latent is None and len(run.trajectory) > 1
        return run if usable else None

    @property
    def playhead(self) -> PlayheadPosition:
        """Where the playhead stands."""
        return self.timeline.model.playhead

    def state(self, t: float) -> State:
        """The current pixel under the noise of t, as the canvas shows it."""
        assert self.opened is not None and self.opened.content.picture is not None
        x, y = self.pixel
        abar = forward_alpha_bar(t, self.place, self.opened.plan.schedule)
        return forward_state(self.opened.content.picture.pixels[y, x], noise_of_pixel(x, y), abar)

    # Commands.

    def goto(self, t: float) -> None:
        """Move the playhead to t in the forward process."""
        self.timeline.playback.move_to(PlayheadPosition(max(t, self.place)))

    def goto_frame(self, index: int) -> None:
        """Move the playhead to a recorded step, if there is one with this index."""
        if index < len(self.timeline.model.frames):
            self.timeline.playback.to_frame(index)

    def restore(self, then: Callable[[], object] = lambda: None) -> None:
        """Restore the picture in a few steps, unless that was done already."""
        opened = self.opened
        if opened is None:
            return
        if self.run is None:
            self.document.planner.change(
                tr("Course"), task=DEFAULT_TASK, start=None, steps=STEPS, faithfulness=0.0
            )
            self.document.runs.restore(opened)
        self.call_when(lambda: opened.status is Status.RESTORED and self.run is not None, then)
        self._look_whether_it_comes()

    def call_when(self, condition: Callable[[], bool], then: Callable[[], object]) -> None:
        """Call `then` as soon as the condition holds."""
        if condition():
            then()
        else:
            self._waits.append((condition, then))

    def work(self, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Compute something off the main thread."""
        self._background.run(work, then, self.document.notices.report)

    def patch(self, then: Callable[[Patch], object]) -> None:
        """Give `then` a detailed patch whose truth is known, of this picture or a bundled one."""
        source = self.opened.source if self.opened else None
        picture = self.opened.content.picture if self.opened else None
        large = picture is not None and min(picture.size) >= _LEAST
        own = large and source is not None and None not in (source.sample, source.static)
        clean = source.sample if source is not None and own else _painting()
        noise = source.static if source is not None and own else _NOISE
        assert clean is not None and noise is not None
        key = clean, noise
        if self._patch is not None and self._patch[0] == key:
            then(self._patch[1])
            return

        def keep(patch: Patch) -> None:
            self._patch = key, patch
            then(patch)

        self.work(partial(_read_patch, clean, noise), keep)

    def try_out(
        self,
        patch: Patch,
        changes: Sequence[dict[str, Any]],
        then: Callable[[list[TrialResult]], object],
    ) -> None:
        """Restore a patch in several ways, given the changed fields of each task."""
        usual = {"start": start_for(patch.noise), "undo_clipping": False, "faithfulness": 0.0}
        cases = [Case(RestorationTask(**(usual | one)), patch.inputs) for one in changes]
        self.try_cases(cases, then)

    def try_cases(self, cases: Sequence[Case], then: Callable[[list[TrialResult]], object]) -> None:
        """Carry out some cases, apart from the open pictures."""
        self.stop()
        done, failed = partial(self._tried, then), self._failed
        self._trial = Trial(tuple(cases), done, self.stepped.emit, failed)
        self.document.trials.begin(self._trial)

    def stop(self) -> None:
        """Cancel the cases under way."""
        if self._trial is not None:
            self.document.trials.cancel(self._trial)
            self._trial = None

    def leave(self) -> None:
        """End whatever the page has begun."""
        self.stop()
        self.wall.hide()
        self._waits.clear()
        self._background.cancel()

    # Helpers.

    def _tried(self, then: Callable[[list[TrialResult]], object], runs: list[Run]) -> None:
        self._trial = None
        then([_result_of(run) for run in runs])

    def _failed(self, error: Any) -> None:
        self._trial = None
        self.document.notices.report(error)
        self.gave_up.emit()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & (Changes.CURRENT | Changes.ESTIMATE):
            self._choose_pixel()
            self.changed.emit()
        if changes & (Changes.CURRENT | Changes.VIEW):
            self.wall.hide()
        met = [wait for wait in self._waits if wait[0]()]
        self._waits = [wait for wait in self._waits if wait not in met]
        for _, then in met:
            then()
        self._look_whether_it_comes()

    def _look_whether_it_comes(self) -> None:
        """Emit `gave_up` if the awaited run has failed, was stopped, or never began."""
        opened = self.opened
        if not self._waits or opened is None:
            return
        over = opened.results.making is None and not opened.plan.begins_soon
        if over and opened.status in (Status.READY, Status.STOPPED):
            self._waits.clear()
            self.gave_up.emit()

    @Slot(QPointF)
    def _on_click(self, position: QPointF) -> None:
        picture = self.opened.content.picture if self.opened else None
        if picture is None or self.opened is None:
            return
        # the shown picture may be enlarged
        x, y = (v / max(1, self.opened.growth) for v in self.canvas.viewport.to_picture(position))
        x, y = x * self.canvas.layers.times, y * self.canvas.layers.times
        width, height = picture.size
        if 0 <= x < width and 0 <= y < height:
            self.pixel = int(x), int(y)
            self.changed.emit()

    def _choose_pixel(self) -> None:
        """Take the middle pixel until a person points at another."""
        picture = self.opened.content.picture if self.opened else None
        width, height = picture.size if picture is not None else (1, 1)
        if picture is None or not (self.pixel[0] < width and self.pixel[1] < height):
            self.pixel = 0, 0
        if self.pixel == (0, 0):
            self.pixel = width // 2, height // 2


def _painting() -> Path:
    """The bundled picture that the course uses by default."""
    return next(sample.path for sample in list_samples() if (sample.static or 0) >= _NOISE)


def _read_patch(path: Path, noise: float) -> Patch:
    from restorer.imaging.read import read_picture  # Pillow and friends, not at start-up

    return patch_of(read_picture(path).pixels.astype(np.float32), noise)


def _result_of(run: Run) -> TrialResult:
    infos = run.trajectory.infos
    seconds = infos[-1].seconds if infos else 0.0
    return TrialResult(run, seconds, len(infos))
