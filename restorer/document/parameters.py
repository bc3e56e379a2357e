"""What a person can set for a picture, and what is asked for with that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from PySide6.QtGui import QUndoCommand

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.control import Control
from restorer.engine.damage import Method
from restorer.engine.models import ModelInfo
from restorer.engine.request import Request
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK, TASKS

#: How hard samples are pushed at first: more than Bayes' rule says, for all to see.
PUSH = 50.0


@dataclass(frozen=True)
class Parameters:
    """A task with open ends.

    Attributes:
        kind: what is to be done.
        start: t where the run begins; None for the place where the picture was measured to be, or
            for what suits the repair.
        camera: the noise is a camera's that was not recognised: start from a fixed level
            everywhere unless told otherwise.
        steps: None for as many as suit the task and the size of the picture.
        scale, filter, blur, kernel, quality, numbers, noise: as in `Request`.
        kernel_name: the file that the kernel came from.
        method: how a damage other than noise is undone.
        amount: of the change that is kept, 0 to 1.
        grain: of the noise taken off, how much is given back, 0 to 1.
        latent: what is known of the model, if it is one with prompts.
        prompt, negative_prompt, guidance, control: for such a model, as in the task.
        control_name: the file that the control picture came from.
        private: the words stay out of saved files.
        toward, classifier, push: for samples of a pixel model, as in the task.
    """

    kind: str = DEFAULT_TASK
    start: float | None = None
    camera: bool = False
    steps: int | None = None
    sampler: str = RestorationTask.sampler
    eta: float = RestorationTask.eta
    seed: int = RestorationTask.seed
    faithfulness: float = RestorationTask.faithfulness
    model: str = BUILTIN_MODEL
    scale: int = 2
    filter: Literal["bicubic", "box"] = "bicubic"
    blur: str = "gaussian:1.5"
    kernel: tuple[tuple[float, ...], ...] = ()
    kernel_name: str = ""
    quality: int | None = None
    numbers: tuple[tuple[str, float], ...] = ()
    noise: float | None = None
    method: Method = RestorationTask.method
    amount: float = RestorationTask.amount
    grain: float = RestorationTask.grain
    latent: ModelInfo | None = None
    prompt: str = RestorationTask.prompt
    negative_prompt: str = RestorationTask.negative_prompt
    guidance: float = RestorationTask.guidance
    control: Control = field(default_factory=Control)
    control_name: str = ""
    private: bool = False
    toward: str = RestorationTask.toward
    classifier: str = RestorationTask.classifier
    push: float = PUSH

    @property
    def chance(self) -> bool:
        """The seed makes a difference (for grey pictures being denoised it always does)."""
        if self.latent is not None:
            return True
        to_mean = self.faithfulness == 1 and self.method not in ("dps", "repaint")
        if to_mean and TASKS[self.kind].is_exact(self.noise or 0.0):  # no noise is put back
            return False
        if not TASKS[self.kind].is_noise:
            return True
        return self.faithfulness < 1 and SAMPLERS[self.sampler].draws(self.eta)

    @cached_property
    def request(self) -> Request:
        """What is asked for, without what the panel does not show for such a task."""
        kind = TASKS[self.kind]
        names = [known.name for known in fields(Request) if hasattr(self, known.name)]
        values: dict[str, Any] = {name: getattr(self, name) for name in names}
        values["task"] = self.kind
        if kind.is_noise:
            values["noise"] = None
        else:
            values["camera"] = False
        if not kind.keeps_grain:
            values["grain"] = Request.grain
        if not self.toward or not kind.is_noise or self.faithfulness == 1:
            values |= {"toward": "", "classifier": Request.classifier, "push": Request.push}
        return Request(**values)


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
