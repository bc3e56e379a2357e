"""What can vary between runs on the same picture, one row each. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from restorer.diffusion.samplers import SAMPLERS, samplers_for
from restorer.diffusion.schedule import LINEAR
from restorer.document.trials import Case
from restorer.engine.inputs import Inputs
from restorer.engine.models import all_models, find_model
from restorer.engine.plan import start_for
from restorer.engine.plan_latent import misfit, plan_latent
from restorer.engine.task import BUILTIN_MODEL, CAMERA_MODEL, RestorationTask
from restorer.engine.tasks import DEFAULT_TASK
from restorer.ui.text import percent
from restorer.words import marked as _
from restorer.words import tr

#: Title of a way, and the parameters that it changes.
Way = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Variation:
    """One thing that can vary; `ways` gives the ways for the task that is planned."""

    title: str
    ways: Callable[[RestorationTask], list[Way]]


def _samplers(task: RestorationTask) -> list[Way]:
    steps = max(8, task.steps)
    names = samplers_for(latent=False)
    return [
        (tr(SAMPLERS[n].title), {"sampler": n, "steps": steps, "faithfulness": 0.0}) for n in names
    ]


def _steps(task: RestorationTask) -> list[Way]:
    return [(tr("{0} steps").format(n), {"steps": n, "faithfulness": 0.0}) for n in (2, 4, 8, 16)]


def _seeds(task: RestorationTask) -> list[Way]:
    drawing = {"sampler": "ddpm", "steps": max(12, task.steps), "faithfulness": 0.0}
    seeds = range(task.seed, task.seed + 4)
    return [(tr("seed {0}").format(seed), drawing | {"seed": seed}) for seed in seeds]


def _looks(task: RestorationTask) -> list[Way]:
    steps = {"steps": max(8, task.steps)}
    looks = (1.0, 0.7, 0.3, 0.0)
    return [
        (tr("{0} vivid").format(percent(1 - look)), steps | {"faithfulness": look})
        for look in looks
    ]


def _strengths(task: RestorationTask) -> list[Way]:
    assert task.start is not None
    noise = float(LINEAR.noise(task.start))
    parts = [noise * factor for factor in (0.6, 0.8, 1.0, 1.3)]
    return [
        (tr("strength {0:.0f} of 255").format(part), {"start": start_for(max(1.5, part))})
        for part in parts
    ]


def _models(task: RestorationTask) -> list[Way]:
    """All models that remove noise; for a camera's noise the plan allows only its own prior."""
    infos = [info for info in all_models() if info.role.restores and not misfit(info, DEFAULT_TASK)]
    of_camera = task.model == CAMERA_MODEL
    return [
        (info.title, {"model": info.name})
        for info in infos
        if not (of_camera and info.name == BUILTIN_MODEL)
    ]


def case_of(task: RestorationTask, change: dict[str, Any], inputs: Inputs) -> Case:
    """The case to run for a way; a model with prompts gets a task of its own."""
    name = change.get("model")
    info = find_model(name) if name else None
    if info is None or not info.role.prompted:
        return Case(replace(task, **change), inputs)
    return Case(plan_latent(info, task.damage, model=name, seed=task.seed), inputs, info)


VARIATIONS = (
    Variation(_("Sampler"), _samplers),
    Variation(_("Number of steps"), _steps),
    Variation(_("Seed"), _seeds),
    Variation(_("Look"), _looks),
    Variation(_("Strength"), _strengths),
    Variation(_("Model"), _models),
)
