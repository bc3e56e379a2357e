"""The task for a model with prompts; no torch."""

from __future__ import annotations

from typing import Any

from restorer.engine.damage import Damage
from restorer.engine.models import ModelInfo
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput
from restorer.latent.files import unet_channels

#: t where a picture that is to be restored starts: what is drawn stays, what is fine is made anew.
RESTORING = 300.0

#: Nothing of what is to be made is known.
ALL_NOISE = 999.0

_STEPS = 20


def plan_latent(info: ModelInfo, damage: Damage, **overrides: Any) -> RestorationTask:
    """The task for a latent model; `overrides` are fields of the task.

    Raises:
        BadInput: for a damage that such a model cannot undo.
    """
    if damage.kind not in ("denoise", "inpaint", "upscale"):
        raise BadInput(
            f"“{info.title}” cannot use what is known of this damage; restore, fill or enlarge "
            "with it, or take a pixel model."
        )
    enlarges = unet_channels(info.path) == 7
    values: dict[str, Any] = {
        "start": ALL_NOISE if enlarges or damage.kind == "inpaint" else RESTORING,
        "steps": _STEPS,
        "undo_clipping": False,
        "damage": damage,
        "model": info.name,
    }
    return RestorationTask(**(values | overrides))
