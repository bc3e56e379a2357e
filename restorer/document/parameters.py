"""The parameters of a picture, and the request that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from PySide6.QtGui import QUndoCommand

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.models import ModelInfo
from restorer.engine.request import Request
from restorer.engine.tasks import TASKS

#: How hard samples are pushed at first: more than Bayes' rule says, for all to see.
PUSH = 50.0


@dataclass(frozen=True)
class Parameters(Request):
    """A request with all values of the panel, even those that the selected task ignores.

    Attributes:
        latent: what is known of the model, if it is one with prompts.
        kernel_name, control_name: the files that these came from.
        private: the prompts stay out of saved files.
    """

    blur: str = "gaussian:1.5"
    push: float = PUSH
    latent: ModelInfo | None = None
    kernel_name: str = ""
    control_name: str = ""
    private: bool = False

    @property
    def chance(self) -> bool:
        """The seed makes a difference (for grey pictures being denoised it always does)."""
        if self.latent is not None:
            return True
        if self.even_grain and self.grain and TASKS[self.task].keeps_grain:
            return True
        to_mean = self.faithfulness == 1 and self.method not in ("dps", "repaint")
        if to_mean and TASKS[self.task].is_exact(self.noise or 0.0):  # no noise is put back
            return False
        if not TASKS[self.task].is_noise:
            return True
        return self.faithfulness < 1 and SAMPLERS[self.sampler].draws(self.eta)

    @cached_property
    def request(self) -> Request:
        """The request, without parameters that the panel hides for this task."""
        kind = TASKS[self.task]
        values = {known.name: getattr(self, known.name) for known in fields(Request)}
        if kind.is_noise:
            values["noise"] = None
        else:
            values["camera"] = False
        if not kind.keeps_grain:
            values |= {"grain": Request.grain, "even_grain": Request.even_grain}
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


def plain(parameters: Parameters) -> dict[str, Any]:
    """The parameters that differ from their defaults, as far as JSON can hold them.

    Names of what it cannot hold are left out with it.
    """
    if parameters.latent is not None:
        parameters = replace(parameters, model=Parameters.model)
    parameters = replace(parameters, kernel_name="", control_name="")
    usual, known = Parameters(), [field.name for field in fields(Parameters)]
    values = {name: getattr(parameters, name) for name in known}
    kinds = (str, int, float, bool, type(None))
    said = {n: v for n, v in values.items() if isinstance(v, kinds) and v != getattr(usual, n)}
    return said | ({"numbers": dict(parameters.numbers)} if parameters.numbers else {})


def from_plain(values: dict[str, Any]) -> Parameters:
    """The inverse of `plain`; defaults replace values that do not fit."""
    try:
        numbers = tuple(dict(values.get("numbers", {})).items())
        found = Parameters(**values | {"numbers": numbers})
    except (TypeError, ValueError):  # of another version
        return Parameters()
    known = found.task in TASKS and found.sampler in SAMPLERS
    return found if known else Parameters()
