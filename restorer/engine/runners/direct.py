"""Carries out a task that reads its damage from the picture and removes it without a prior."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from restorer.diffusion.schedule import LINEAR
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Blend
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging.bands import GoOn, compute_bands


class DirectRunner:
    """One task on one picture, in one step."""

    def __init__(self, task: RestorationTask, inputs: Inputs) -> None:
        self._task, self._inputs = task, inputs

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        task, pixels = self._task, self._inputs.picture.pixels
        assert task.start is not None
        begun = cancel.clock()
        cancel.raise_if_cancelled()
        saved = self._saved(pixels, cancel.raise_if_cancelled)
        on_progress(Progress(0, 1, 1, 1, 0.0, (0, 0, *self._inputs.picture.size), lambda: saved))
        sigma = float(LINEAR.sigma(task.start))
        info = FrameInfo(0, 1, task.start, sigma, cancel.clock() - begun)
        signal = np.float32((1 + sigma**2) ** -0.5)
        x_t = compute_bands(pixels.shape, lambda rows: (2 * pixels[rows] - 1) * signal)
        x0 = compute_bands(pixels.shape, lambda rows: 2 * saved[rows] - 1)
        yield Frame(info, x_t, x0, picture=saved)

    def _saved(self, pixels: Array, go_on: GoOn) -> Array:
        excess = TASKS[self._task.damage.kind].excess
        assert excess is not None
        blend = Blend(self._task, pixels, self._inputs.strength)
        too_much = excess(pixels, self._task.damage)

        def rest(rows: slice) -> Array:
            here = np.clip(pixels[rows] - too_much[rows], 0, 1)
            return blend(here, (0, rows.start, pixels.shape[1], rows.stop))

        return compute_bands(pixels.shape, rest, go_on)
