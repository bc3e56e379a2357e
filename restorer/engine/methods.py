"""Methods for damage other than noise: the choice, the cost, the limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.damage import Damage, Method
from restorer.engine.model_kinds import MODEL_KINDS
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput, ModelRefused
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.degradation.facts import DamageDescription

#: DPS keeps the whole network's activations; beyond this many pixels that is too much.
_MOST_FOR_DPS = 512 * 512


def choose_method(task: RestorationTask) -> tuple[Method, str]:
    """The posterior sampler for a task, and why, in a sentence.

    Raises:
        BadInput: if the method asked for cannot undo the damage.
    """
    kind, damage = TASKS[task.damage.kind], task.damage
    if task.method == "auto":
        known = task.faithfulness == 1 and knows_damage(task.model, kind.network)
        method, why = kind.method(damage, known)
        return method, tr(why)
    if why_not := kind.refusal(task.method, damage.noise):
        raise BadInput(why_not)
    return task.method, tr("As asked for.")


def knows_damage(model: str, network: str) -> bool:
    """Whether this model is a conditional network, or a bundled one can stand in for it.

    Args:
        model: a name from the registry or a folder.
        network: that undoes the damage at once, a name in `MODEL_KINDS`.
    """
    if model in (BUILTIN_MODEL, MODEL_KINDS[network].bundled[0]):
        return True
    from restorer.engine.models import find_model  # reads files, only for models of one's own

    try:
        return find_model(model).kind == network
    except ModelRefused:
        return False


def at_once(task: RestorationTask) -> RestorationTask:
    """The task with a network that undoes its damage in one evaluation.

    Raises:
        BadInput: if another model, or a sample, is asked for, or the network does not know it.
    """
    network = TASKS[task.damage.kind].network
    if not knows_damage(task.model, network):
        raise BadInput("That model knows only noise; this method needs the default model.")
    if task.faithfulness < 1:
        raise BadInput("The trained network gives only the faithful answer; set faithfulness to 1.")
    facts_of(task.damage)  # refuses what it does not know
    bundled = MODEL_KINDS[network].bundled[0]
    return replace(task, model=bundled) if task.model == BUILTIN_MODEL else task


def refuse_dps(method: Method, damage: Damage, size: tuple[int, int]) -> None:
    """Raise `BadInput` if a picture of this (width, height) is too large for DPS."""
    if method == "dps" and size[0] * size[1] * damage.growth**2 > _MOST_FOR_DPS:
        raise BadInput("DPS is for small pictures, up to 512 by 512 pixels.")


def facts_of(damage: Damage) -> DamageDescription:
    """The facts about a damage for the conditional network.

    Raises:
        BadInput: for a damage that it does not know.
    """
    facts = TASKS[damage.kind].facts(damage)
    if facts is None:
        raise BadInput(
            "The trained networks handle JPEG, enlarging, a named blur and holes in pictures "
            "without noise; choose another method."
        )
    return facts


def lost_to_jpeg(task: RestorationTask) -> float:
    """The noise (0-255 scale) that leaves about as much error as the compression of a file did.

    0 for a task that knows of none.
    """
    return 255 / 2 * facts_of(task.damage).sigma if task.damage.luma else 0.0


def is_mirrored(task: RestorationTask) -> bool:
    """Whether noise is added together with its negative, as usual on the way to the mean.

    Not where pixels are known as they are; and if others are not, only in enough steps.
    """
    kind, (method, _) = TASKS[task.damage.kind], choose_method(task)
    if task.faithfulness < 1 or method not in ("ddnm", "diffpir") or kind.exact == "always":
        return False
    if not kind.is_exact(task.damage.noise):
        return method == "diffpir"
    return kind.pairs_from is not None and task.steps >= kind.pairs_from


def evaluations_a_step(task: RestorationTask) -> int:
    """Network evaluations of a task per step.

    A sampler as often as it says. A repair twice on the way to the mean, where light and colour of
    a JPEG are looked at apart, or where noise is put back together with its negative.
    """
    if task.damage.is_noise:
        return 1 if task.faithfulness == 1 else SAMPLERS[task.sampler].evaluations
    twice = task.faithfulness == 1 and choose_method(task)[0] in TASKS[task.damage.kind].asked_twice
    return 2 if twice or is_mirrored(task) else 1
