"""The task for a model with prompts; no torch."""

from __future__ import annotations

from typing import Any

from restorer.engine.damage import Damage
from restorer.engine.models import ModelInfo
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput
from restorer.words import marked as _
from restorer.words import tr

#: t where a picture that is to be restored starts: what is drawn stays, what is fine is made anew.
RESTORING = 300.0

#: Nothing of what is to be made is known.
ALL_NOISE = 999.0

#: What is said wherever such a model was used: in files, on the command line, in the window.
CAUTION = _("Such a model makes details up: look twice at hands, faces and writing.")

_STEPS = 20


def strength_of(start: float) -> float:
    """The strength, 0 to 1, as other programs define it, of a run from t = `start`."""
    return (start + 1) / (ALL_NOISE + 1)


def misfit(info: ModelInfo, kind: str, scale: int | None = None) -> str:
    """Why a model cannot do a task, in a sentence; empty if it can.

    Args:
        info: a model of any kind.
        kind: of the damage that is to be undone.
        scale: how many times to enlarge; None for any.
    """
    if info.role.leads or info.role.judges:
        return tr(
            "“{title}” guides another model; it cannot restore a picture by itself.",
            title=info.title,
        )
    if info.latent is None:
        return ""
    if not TASKS[kind].prompted:
        return tr(
            "“{title}” cannot use what is known of this damage; restore, fill or "
            "enlarge with it, or take a pixel model.",
            title=info.title,
        )
    if info.latent.enlarges and (not TASKS[kind].grows or scale not in (None, info.latent.factor)):
        return tr(
            "“{title}” enlarges {factor} times and can do nothing else.",
            title=info.title,
            factor=info.latent.factor,
        )
    return ""


def plan_latent(info: ModelInfo, damage: Damage, **overrides: Any) -> RestorationTask:
    """The task for a latent model; `overrides` are fields of the task.

    Raises:
        BadInput: for a damage that such a model cannot undo.
    """
    why_not = misfit(info, damage.kind, damage.scale)
    if why_not:
        raise BadInput(why_not)
    enlarges = info.latent is not None and info.latent.enlarges
    values: dict[str, Any] = {
        "start": ALL_NOISE if enlarges or TASKS[damage.kind].needs_hole else RESTORING,
        "steps": _STEPS,
        "undo_clipping": False,
        "damage": damage,
        "model": info.name,
    }
    return RestorationTask(**(values | overrides))
