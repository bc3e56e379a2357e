"""From the damage that a task names to the operator that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.damage import Damage, Hole
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput

if TYPE_CHECKING:  # torch comes with it
    from restorer.diffusion.operator import Operator


def operator_of(damage: Damage, hole: Hole | None) -> Operator:
    """The operator that a damage names; `BadInput` where there is none, for noise alone."""
    make = TASKS[damage.kind].operator
    if make is None:
        raise BadInput("There is nothing to undo in {kind!r}.", kind=damage.kind)
    return make(damage, hole)
