"""Restores a part of a picture just as it will be in the whole result, for previews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from restorer.diffusion.answers import RecentAnswers, storing
from restorer.diffusion.order import tiles_near
from restorer.diffusion.samplers import SAMPLERS
from restorer.diffusion.tiling import GRID
from restorer.engine.damage import mask_digest
from restorer.engine.finish import to_range
from restorer.engine.inputs import Inputs, PartOrigin
from restorer.engine.methods import choose_method
from restorer.engine.progress import Progress
from restorer.engine.run import EngineLike, Run
from restorer.engine.strength import Box, cut, strength_digest
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import FrameInfo
from restorer.imaging.bands import stoppable
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.engine.region_steps import RegionSteps
    from restorer.imaging.picture import Pixels

#: A task, its inputs, a box of them, and where their corner lies, to that box of the result.
PartMaker = Callable[[RestorationTask, Inputs, Box, tuple[int, int]], "Pixels"]

#: So far around a part the networks of our own look, in pixels of the result.
CONTEXT = 160


def why_no_region(task: RestorationTask, latent: bool) -> str:
    """Why a part alone would differ from the same part of the whole result; "" if it would not."""
    damage = task.damage
    if latent or task.toward:
        return tr("Words lead this restoration; a part alone would become another picture.")
    if task.even_grain and task.grain:
        return tr("Even grain is drawn over the whole picture at once.")
    if damage.is_noise:
        if task.faithfulness < 1 and SAMPLERS[task.sampler].draws(task.eta):
            return tr("What is drawn by chance is drawn for the whole picture at once.")
        return ""
    if damage.is_excess or choose_method(task)[0] != "conditional":
        return tr("This repair looks at the whole picture at once.")
    if TASKS[damage.kind].needs_hole and damage.number("match"):
        return tr("Grain is put into all holes at once; set Match grain to 0 for a preview.")
    if damage.turned != 1 or damage.cut is not None:
        return tr("The blocks of this file do not begin at its corner.")
    return ""


def part_of(task: RestorationTask, inputs: Inputs, box: Box) -> tuple[RestorationTask, Inputs, Box]:
    """The task for a box with its surroundings, its inputs, and its position.

    Args:
        box: (left, top, right, bottom) in pixels of the picture.
    """
    width, height = inputs.picture.size
    around = -(-CONTEXT // task.damage.growth)
    left, top = (max(0, (at - around) // GRID * GRID) for at in box[:2])
    right, bottom = (
        min(side, -(-(at + around) // GRID) * GRID)
        for at, side in zip(box[2:], (width, height), strict=True)
    )
    there = left, top, right, bottom
    part = replace(
        inputs.picture, pixels=cut(inputs.picture.pixels, there), alpha=None, infrared=None
    )
    hole = None if inputs.hole is None else inputs.hole[top:bottom, left:right]
    if hole is not None:
        task = replace(task, damage=replace(task.damage, mask=mask_digest(hole)))
    strength = None if inputs.strength is None else cut(inputs.strength, there)
    if strength is not None:
        task = replace(task, strength=strength_digest(strength))
    return (
        task,
        Inputs(part, hole, strength=strength, whole=PartOrigin(inputs.picture, left, top)),
        there,
    )


@dataclass(eq=False)
class RegionRun(Run):
    """Restores a part of a picture; it leaves no frames.

    Attributes:
        box: (left, top, right, bottom) in pixels of the picture.
        memory: of what the network said of such parts before.
        steps: what is done in place of the task, where that has several steps.
        made: (h, w, 3) in 0..1, `growth` times as large as the box; None until it is known.
    """

    box: Box = (0, 0, 0, 0)
    memory: RecentAnswers = field(default_factory=RecentAnswers)
    steps: RegionSteps | None = None
    made: Pixels | None = None

    def carry_out(self, engine: EngineLike, on_tiles: Callable[[], None]) -> Iterator[FrameInfo]:
        """Restore the part; progress reports tiles in pixels of the whole result."""
        part = partial(self._part, engine, on_tiles)
        self.memory.begin()
        with stoppable(self.cancel.raise_if_cancelled), storing(self.memory), tiles_near(self.look):
            if self.steps is None:
                self.made = part(self.task, self.inputs, self.box, (0, 0))
            else:
                self.steps.begin(engine, self.cancel)
                self.made = self.steps.of(self.box, part)
        yield from ()

    def _part(
        self,
        engine: EngineLike,
        on_tiles: Callable[[], None],
        task: RestorationTask,
        inputs: Inputs,
        box: Box,
        corner: tuple[int, int],
    ) -> Pixels:
        """A box of one task's result, where the corner of the inputs lies there in the picture."""
        task, inputs, (left, top, _, _) = part_of(task, inputs, box)
        times = task.damage.growth

        def on_progress(progress: Progress) -> None:
            x0, y0, x1, y1 = progress.box
            x, y = (corner[0] + left) * times, (corner[1] + top) * times
            moved = replace(progress, box=(x0 + x, y0 + y, x1 + x, y1 + y))
            if self.partials.put(moved):
                on_tiles()

        *_, last = engine.run(task, inputs, self.cancel, on_progress)
        picture = to_range(last.x0) if last.picture is None else last.picture
        x0, y0, x1, y1 = box
        there = ((x0 - left) * times, (y0 - top) * times, (x1 - left) * times, (y1 - top) * times)
        return cut(picture, there)
