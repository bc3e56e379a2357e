"""A task whose damage is read from the picture and taken off; no prior is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from restorer.diffusion.schedule import LINEAR
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.strength import Blend
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Frame, FrameInfo


class DirectRunner:
    """One task on one picture, in one step."""

    def __init__(self, task: RestorationTask, inputs: Inputs) -> None:
        self._task, self._inputs = task, inputs

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        """See `Runner`; the only frame is the result."""
        task, pixels = self._task, self._inputs.picture.pixels
        excess = TASKS[task.damage.kind].excess
        assert excess is not None and task.start is not None
        begun = cancel.clock()
        blend = Blend(task, pixels, self._inputs.strength)
        cancel.raise_if_cancelled()
        rest = pixels - excess(pixels, task.damage)
        saved = blend(np.clip(rest, 0, 1, out=rest))
        cancel.raise_if_cancelled()
        on_progress(Progress(0, 1, 1, 1, 0.0, (0, 0, *self._inputs.picture.size), saved))
        sigma = float(LINEAR.sigma(task.start))
        info = FrameInfo(0, 1, task.start, sigma, cancel.clock() - begun)
        x_t = (2 * pixels - 1) * np.float32((1 + sigma**2) ** -0.5)
        yield Frame(info, x_t, x0=2 * saved - 1, picture=saved)
