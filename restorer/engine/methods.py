"""How a damage other than noise is undone: the method, what it costs, what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.damage import Damage, Method
from restorer.engine.task import BUILTIN_MODEL, DAMAGE_MODEL, RestorationTask
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput, ModelRefused
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.facts import Facts

#: DPS keeps the whole network's activations; beyond this many pixels that is too much.
_MOST_FOR_DPS = 512 * 512


def choose_method(task: RestorationTask) -> tuple[Method, str]:
    """The posterior sampler for a task, and why, in a sentence.

    Raises:
        BadInput: if the method asked for cannot undo the damage.
    """
    kind, damage = TASKS[task.damage.kind], task.damage
    if task.method == "auto":
        method, why = kind.method(damage, task.faithfulness == 1 and knows_damage(task.model))
        return method, tr(why)
    if why_not := kind.refusal(task.method, damage.noise):
        raise BadInput(why_not)
    return task.method, tr("As asked for.")


def knows_damage(model: str) -> bool:
    """Whether damage can be undone by a network that knows it, this model or the one beside it."""
    if model in (BUILTIN_MODEL, DAMAGE_MODEL):
        return True
    from restorer.engine.models import find_model  # reads files, only for models of one's own

    try:
        return find_model(model).kind == "conditional"
    except ModelRefused:
        return False


def refuse_dps(method: Method, damage: Damage, size: tuple[int, int]) -> None:
    """Raise `BadInput` if a picture of this (width, height) is too large for DPS."""
    if method == "dps" and size[0] * size[1] * damage.growth**2 > _MOST_FOR_DPS:
        raise BadInput("DPS is for small pictures, up to 512 by 512 pixels.")


def facts_of(damage: Damage) -> Facts:
    """What the conditional network is told of a damage.

    Raises:
        BadInput: for a damage that it does not know.
    """
    facts = TASKS[damage.kind].facts(damage)
    if facts is None:
        raise BadInput(
            "The trained network handles JPEG, enlarging and a named blur; choose another method."
        )
    return facts


def is_mirrored(task: RestorationTask) -> bool:
    """Noise is put back together with its negative: on the way to the mean, as a rule.

    Not where pixels are known as they are; and if others are not, only in enough steps.
    """
    kind, (method, _) = TASKS[task.damage.kind], choose_method(task)
    if task.faithfulness < 1 or method not in ("ddnm", "diffpir") or kind.exact == "always":
        return False
    if not kind.is_exact(task.damage.noise):
        return method == "diffpir"
    return kind.pairs_from is not None and task.steps >= kind.pairs_from


def evaluations_a_step(task: RestorationTask) -> int:
    """How often a task asks the network in one step.

    A sampler as often as it says. A repair twice on the way to the mean, where light and colour of
    a JPEG are looked at apart, or where noise is put back together with its negative.
    """
    if task.damage.is_noise:
        return 1 if task.faithfulness == 1 else SAMPLERS[task.sampler].evaluations
    twice = task.faithfulness == 1 and choose_method(task)[0] in TASKS[task.damage.kind].asked_twice
    return 2 if twice or is_mirrored(task) else 1
