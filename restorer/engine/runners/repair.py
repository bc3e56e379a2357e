"""A task with a damage, carried out: the reverse process held to what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from restorer.diffusion.denoiser import ConditionalDenoiser, Turned
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array
from restorer.diffusion.tiling import TiledDenoiser
from restorer.engine.finish import mean_of_channels, to_range
from restorer.engine.inputs import Inputs
from restorer.engine.inverse_problem import InverseProblem
from restorer.engine.meter import Meter
from restorer.engine.methods import evaluations_a_step, facts_of
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.runners.runner import Network
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.imaging.bands import filled
from restorer.imaging.grey import is_grey


class RepairRunner:
    """One task on one picture, by a network that works on pixels; see `InverseProblem`."""

    def __init__(self, network: Network, task: RestorationTask, inputs: Inputs) -> None:
        self._network, self._task, self._inputs = network, task, inputs

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        """See `Runner`."""
        task, picture = self._task, self._inputs.picture
        keeps_grey = TASKS[task.damage.kind].keeps_grey
        grey = keeps_grey and (picture.grey or is_grey(picture.pixels))

        def finish(x0: torch.Tensor) -> Array:
            values = as_array(x0)

            def of_rows(rows: slice) -> Array:
                part = np.ascontiguousarray(values[rows])
                return mean_of_channels(part) if grey else part

            return filled(values.shape, of_rows)

        cancel.raise_if_cancelled()
        problem = InverseProblem(task, self._inputs)
        cancel.raise_if_cancelled()

        def show(x0: torch.Tensor, box: Box) -> Array:
            return problem.blend(to_range(finish(x0)), box)

        meter = Meter(task.steps, cancel, on_progress, show, evaluations_a_step(task))
        begun = cancel.clock()
        for step in problem.steps(self._views(problem, meter), LINEAR):
            cancel.raise_if_cancelled()  # what was measured has been weighed since the last tile
            seconds = cancel.clock() - begun
            info = FrameInfo(step.index, task.steps, step.t, step.sigma, seconds)
            x0 = finish(step.x0)
            saved = problem.picture(x0, last=step.index + 1 == task.steps)
            if problem.changes_x0:
                x0 = _signed(saved)
            yield Frame(info, x_t=as_array(step.x_t), x0=x0, picture=saved)
            del x0, saved, step  # room for the next
            meter.step += 1
            cancel.raise_if_cancelled()

    def _views(self, problem: InverseProblem, meter: Meter) -> list[TiledDenoiser]:
        """The network from different sides, told of the damage if it understands that."""
        denoiser = self._network.denoiser
        if isinstance(denoiser, ConditionalDenoiser):
            denoiser = denoiser.given(facts_of(self._task.damage).vector().tolist())
        return [
            TiledDenoiser(
                Turned(denoiser, side),
                tile=self._network.tile,
                on_tile=problem.within(meter.on_tile),
                wanted=problem.wanted,
            )
            for side in Turned.SIDES
        ]


def _signed(saved: Array) -> Array:
    """From 0..1 to [-1, 1]."""
    return filled(saved.shape, lambda rows: 2 * saved[rows] - 1)
