"""Going on from a step of a run with other settings: what may change, and what did."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace

from restorer.engine.models import find_model
from restorer.engine.task import BUILTIN_MODEL, RestorationTask
from restorer.errors import BadInput, RestorerError

#: What a branch has of its trunk, see `RestorationTask`.
_KEPT = ("start", "steps", "method", "undo_clipping", "local")


def make_branch(trunk: RestorationTask, after: int, asked: RestorationTask) -> RestorationTask:
    """The task that goes on from step `after` of `trunk` as `asked` says from there on.

    Raises:
        BadInput: if something else is to be undone, there is no such step, or another model would
            have to read what only the run's own can.
    """
    if asked.model != trunk.model and (takes_prompt(asked.model) or takes_prompt(trunk.model)):
        raise BadInput(
            "The states of a model with prompts are latents, which no other model can read. Go on "
            "with the model that the run had."
        )
    if asked.damage.kind != trunk.damage.kind:
        raise BadInput("From a step one can go on only with the task that the run had.")
    kept = {name: getattr(trunk, name) for name in _KEPT}
    damage = replace(trunk.damage, mask=asked.damage.mask)
    return replace(asked, damage=damage, trunk=trunk, after=after, **kept)


def takes_prompt(model: str) -> bool:
    """Whether this is the name of a known model with prompts."""
    with suppress(RestorerError):
        return find_model(model).role.prompted
    return False


def changed_fields(task: RestorationTask) -> tuple[str, ...]:
    """Names of the fields in which a branch differs from its trunk; "mask" for that of the damage.

    What the faithful answer does not look at does not count.
    """
    trunk = task.trunk
    if trunk is None:
        return ()
    names = [
        known.name
        for known in fields(task)
        if known.name not in ("trunk", "after", "damage", *_unused(task))
        and getattr(task, known.name) != getattr(trunk, known.name)
    ]
    return tuple(names + ["mask"] * (task.damage.mask != trunk.damage.mask))


def _unused(task: RestorationTask) -> tuple[str, ...]:
    trunk = task.trunk
    means = trunk is not None and task.faithfulness == trunk.faithfulness == 1
    if not task.damage.is_noise:
        return ()
    # no noise is put back after the last step; one of a latent model may leave some
    if task.model == BUILTIN_MODEL and task.after == task.steps - 1 and not task.even_grain:
        return ("seed", "sampler", "eta")
    return ("sampler", "eta") if means else ()
