"""What a person can set for a picture, and the task that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

from restorer.engine.plan import CAMERA_PHOTO_NOISE, plan, start_for
from restorer.engine.task import BUILTIN_MODEL, RestorationTask, Sampler

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.estimate import DegradationEstimate


@dataclass(frozen=True)
class Parameters:
    """A task with open ends.

    Attributes:
        start: t where the run begins; None for the place where the picture was measured to be.
        camera: the noise is a camera's, which fools the measurement: start from a fixed level
            unless told otherwise.
        steps: None for as many as suit the size of the picture.
    """

    start: float | None = None
    camera: bool = False
    steps: int | None = None
    sampler: Sampler = RestorationTask.sampler
    eta: float = RestorationTask.eta
    seed: int = RestorationTask.seed
    faithfulness: float = RestorationTask.faithfulness
    model: str = BUILTIN_MODEL

    @property
    def chance(self) -> bool:
        """The seed makes a difference (for grey pictures it always does)."""
        by_sampler = self.sampler == "ddpm" or (self.sampler == "ddim" and self.eta > 0)
        return by_sampler and self.faithfulness < 1

    def task(self, estimate: DegradationEstimate, size: tuple[int, int]) -> RestorationTask:
        """The task for a picture with this damage and (width, height).

        Its start is None if there is nothing to do.
        """
        overrides: dict[str, Any] = {
            "sampler": self.sampler,
            "eta": self.eta,
            "seed": self.seed,
            "faithfulness": self.faithfulness,
            "model": self.model,
        }
        if self.steps is not None:
            overrides["steps"] = self.steps
        if self.camera:
            overrides["start"] = start_for(CAMERA_PHOTO_NOISE)
            overrides["undo_clipping"] = False
        if self.start is not None:
            overrides["start"] = self.start
        return plan(estimate, size, **overrides)


class ChangeParameters(QUndoCommand):
    """One edit; edits of one gesture (a slider being dragged) become one command."""

    def __init__(
        self,
        text: str,
        apply: Callable[[Parameters], None],
        before: Parameters,
        changes: dict[str, Any],
        gesture: int,
    ) -> None:
        super().__init__(text)
        self._apply = apply
        self._before = before
        self._after = replace(before, **changes)
        self._fields = frozenset(changes)
        self._gesture = gesture

    def id(self) -> int:
        return 1

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeParameters):
            return False
        if (other._gesture, other._fields) != (self._gesture, self._fields):
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True
