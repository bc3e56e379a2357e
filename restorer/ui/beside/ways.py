"""What can differ between runs of the same picture, a row a thing. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from restorer.diffusion.samplers import SAMPLERS, samplers_for
from restorer.diffusion.schedule import LINEAR
from restorer.engine.plan import start_for
from restorer.engine.task import RestorationTask
from restorer.ui.text import percent, tr

#: What a way is called, and what it changes of the parameters.
Way = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Variation:
    """One thing that can differ; `ways` are made for what would be done otherwise."""

    title: str
    ways: Callable[[RestorationTask], list[Way]]


def _samplers(task: RestorationTask) -> list[Way]:
    steps = max(8, task.steps)
    names = samplers_for(latent=False)
    return [(SAMPLERS[n].title, {"sampler": n, "steps": steps, "faithfulness": 0.0}) for n in names]


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
        (tr("strength {0:.0f}").format(part), {"start": start_for(max(1.5, part))})
        for part in parts
    ]


VARIATIONS = (
    Variation(tr("Sampler"), _samplers),
    Variation(tr("Number of steps"), _steps),
    Variation(tr("Seed"), _seeds),
    Variation(tr("Look"), _looks),
    Variation(tr("Strength"), _strengths),
)
