"""Carrying out a branch: which task applies at which step, with which maps.

The states before the step at which it branches are the trunk's to the last bit, since they are
made in the same way; so a branch needs nothing that was kept, and can be done again anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from restorer.engine.inputs import Inputs
from restorer.engine.task import RestorationTask

if TYPE_CHECKING:
    import torch

    from restorer.diffusion.denoiser import Denoiser

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class BranchSegment:
    """A task with its inputs; it applies from its step `after` on."""

    task: RestorationTask
    inputs: Inputs


class BranchSegments:
    """The segments of a task in order: a single one for a task that does not branch.

    Attributes:
        step: index of the step that is being made.
    """

    def __init__(self, task: RestorationTask, inputs: Inputs) -> None:
        maps = dict(_maps(task, inputs))
        self.all = tuple(BranchSegment(leg, maps[id(leg)]) for leg in task.legs)
        self.step = 0

    @property
    def last(self) -> BranchSegment:
        """The branch itself."""
        return self.all[-1]

    @property
    def has_branches(self) -> bool:
        return len(self.all) > 1

    def index_at(self, step: int) -> int:
        return max(i for i, leg in enumerate(self.all) if leg.task.after <= step or i == 0)

    @property
    def current(self) -> BranchSegment:
        return self.current_of(self.all)

    @property
    def ended_segment(self) -> BranchSegment | None:
        """The segment that applied until this step, where another begins."""
        place = self.index_at(self.step)
        began = place > 0 and self.all[place].task.after == self.step
        return self.all[place - 1] if began else None

    def current_of(self, choices: Sequence[T]) -> T:
        """The current segment's item out of one per segment."""
        return choices[self.index_at(self.step)]

    def switch(self, denoisers: Sequence[Denoiser]) -> Denoiser:
        """A function that calls the current segment's function, given one per segment."""
        if not self.has_branches:
            return denoisers[0]
        return lambda x_t, sigma: self.current_of(denoisers)(x_t, sigma)

    def reseed(self, generator: torch.Generator) -> None:
        """Draw other noise from this step on, if the branch has another seed."""
        before, seed = self.ended_segment, self.current.task.seed
        if before is not None and before.task.seed != seed:
            generator.manual_seed(seed)

    def eta_from(self, first: int) -> float | Callable[[int], float]:
        """The segment of a step, whose index counts from the step `first`."""
        if not self.has_branches:
            return self.last.task.eta
        return lambda index: self.all[self.index_at(first + index)].task.eta


def _maps(task: RestorationTask, inputs: Inputs) -> Iterator[tuple[int, Inputs]]:
    """The inputs of each task in a chain of branches, by the id of the task."""
    yield id(task), replace(inputs, trunk=None)
    if task.trunk is not None:
        yield from _maps(task.trunk, inputs.trunk or inputs)
