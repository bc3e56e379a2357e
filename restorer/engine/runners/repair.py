"""Undoes a damage: the reverse process is kept consistent with the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
import torch

from restorer.degradation.operators import Mask
from restorer.diffusion.conditional import ConditionalUNet
from restorer.diffusion.denoiser import ConditionalDenoiser, Denoiser, RotatedDenoiser
from restorer.diffusion.filling import FillingUNet
from restorer.diffusion.operator import Operator
from restorer.diffusion.out_of_memory import LowMemoryDenoiser
from restorer.diffusion.posterior import Problem
from restorer.diffusion.schedule import LINEAR
from restorer.diffusion.tensors import as_array, to_tensor
from restorer.diffusion.tiling import TiledDenoiser, limit_overlap
from restorer.engine.branch_segments import BranchSegments
from restorer.engine.finish import mean_of_channels, to_range
from restorer.engine.inverse_problem import InverseProblem
from restorer.engine.meter import Meter
from restorer.engine.methods import evaluations_a_step, facts_of
from restorer.engine.progress import CancelToken, Progress
from restorer.engine.runners.coded import OVERLAP, is_conditional
from restorer.engine.runners.runner import Network
from restorer.engine.strength import Box
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Array, Frame, FrameInfo
from restorer.errors import BadInput
from restorer.imaging.bands import compute_bands
from restorer.imaging.grey import is_grey

#: How far tiles overlap where the network that knows the damage enlarges, in pixels: it looks as
#: far as it can. Tiles that begin 48 pixels away differ by 9 of 255 from the untiled answer.
_ENLARGING = 304


class RepairRunner:
    """One task on one picture with a network in pixels; see `InverseProblem`.

    Of a branch a network for each leg.

    Raises:
        BadInput: where a branch asks for what cannot change on the way.
    """

    def __init__(self, networks: Sequence[Network], legs: BranchSegments) -> None:
        self._networks, self._legs = networks, legs
        self._task, self._inputs = legs.last.task, legs.last.inputs
        if len({leg.task.faithfulness for leg in legs.all}) > 1:
            raise BadInput("The look of a repair cannot change on the way; restore it anew.")
        if len({leg.task.damage.mask for leg in legs.all}) > 1 and self._task.method == "dps":
            raise BadInput("With DPS the mask cannot change on the way; restore it anew.")

    def frames(
        self, cancel: CancelToken, on_progress: Callable[[Progress], None]
    ) -> Iterator[Frame]:
        task, picture = self._task, self._inputs.picture
        keeps_grey = TASKS[task.damage.kind].keeps_grey
        grey = keeps_grey and (picture.grey or is_grey(picture.pixels))

        def finish(x0: torch.Tensor) -> Array:
            values = as_array(x0)

            def of_rows(rows: slice) -> Array:
                part = np.ascontiguousarray(values[rows])
                return mean_of_channels(part) if grey else part

            return compute_bands(values.shape, of_rows)

        cancel.raise_if_cancelled()
        legs = self._legs
        problems = [InverseProblem(leg.task, leg.inputs) for leg in legs.all]
        first = problems[0]
        if len({leg.task.damage.mask for leg in legs.all}) > 1:
            first.held_to = partial(_held_to_masks, legs, problems)
        cancel.raise_if_cancelled()

        def show(x0: torch.Tensor, box: Box) -> Array:
            return legs.current_of(problems).blend(to_range(finish(x0)), box)

        meter = Meter(task.steps, cancel, on_progress, show, evaluations_a_step(task))
        begun = cancel.clock()
        for step in first.steps(self._views(problems, meter), LINEAR):
            problem = legs.current_of(problems)
            cancel.raise_if_cancelled()  # what was measured has been weighed since the last tile
            seconds = cancel.clock() - begun
            where = step.index, task.steps, step.t, step.sigma, seconds
            info = FrameInfo(*where, guess=problem.guesses)
            x0 = finish(step.x0)
            saved = problem.picture(x0, last=step.index + 1 == task.steps)
            if problem.changes_x0:
                x0 = _signed(saved)
            yield Frame(info, x_t=as_array(step.x_t), x0=x0, picture=saved)
            del x0, saved, step  # room for the next
            for generator in first.generators:
                legs.reseed(generator)
            meter.step += 1
            legs.step += 1
            cancel.raise_if_cancelled()

    def _views(self, problems: Sequence[InverseProblem], meter: Meter) -> list[Denoiser]:
        """The network for rotated views, with the facts about the damage if it takes them."""

        def tiled(network: Network, problem: InverseProblem, side: int) -> Denoiser:
            denoiser, damage, overlap = network.denoiser, self._task.damage, None
            asked = denoiser.denoiser if isinstance(denoiser, LowMemoryDenoiser) else denoiser
            if is_conditional(denoiser):
                assert isinstance(denoiser, (ConditionalDenoiser, LowMemoryDenoiser))
                denoiser = denoiser.with_facts(facts_of(damage).vector().tolist())
                overlap = limit_overlap(_ENLARGING if damage.growth > 1 else OVERLAP, network.tile)
            return TiledDenoiser(
                RotatedDenoiser(denoiser, side),
                tile=network.tile,
                overlap=overlap,
                on_tile=problem.crop_tiles(meter.on_tile),
                region=problem.region,
                conditioning=problem.conditioning if _sees_more(asked) else None,
            )

        each = list(zip(self._networks, problems, strict=True))
        return [
            self._legs.switch([tiled(*one, side) for one in each]) for side in RotatedDenoiser.SIDES
        ]


def _sees_more(denoiser: Denoiser) -> bool:
    """Whether a network is shown holes, or a blurred picture, beside x_t."""
    match getattr(denoiser, "network", None):
        case FillingUNet():
            return True
        case ConditionalUNet() as network:
            return bool(network.config["shown"] == "guess")
    return False


def _held_to_masks(
    legs: BranchSegments, problems: Sequence[InverseProblem], own: Problem
) -> Problem:
    """The same with the mask of the current segment; y is the whole picture, and it takes a part.

    What was known and is to be filled is noise and picture as the state is; what was filled and is
    known comes back with the next data step.
    """
    masks = [problem.operator for problem in problems]
    return replace(
        own,
        operator=_MaskOfNow(legs, masks),
        y=to_tensor(legs.last.inputs.picture.pixels).contiguous(),
    )


class _MaskOfNow:
    """The operator of the current segment; all are masks of the same noise."""

    def __init__(self, legs: BranchSegments, operators: Sequence[Operator]) -> None:
        self._legs, self._operators = legs, operators
        self.noise, self.gain = operators[0].noise, operators[0].gain

    @property
    def _now(self) -> Operator:
        return self._legs.current_of(self._operators)

    @property
    def keep(self) -> torch.Tensor:
        """See `Mask`."""
        return cast("Mask", self._now).keep

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._now.forward(x)

    def pinv(self, y: torch.Tensor) -> torch.Tensor:
        return self._now.pinv(y)

    def prox(self, x0: torch.Tensor, y: torch.Tensor, rho: float) -> torch.Tensor:
        return self._now.prox(x0, y, rho)


def _signed(saved: Array) -> Array:
    """From 0..1 to [-1, 1]."""
    return compute_bands(saved.shape, lambda rows: 2 * saved[rows] - 1)
