"""Words for what differs between a run and the one that it branches from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.branch import changed_fields
from restorer.engine.models import find_model
from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.ui.text import percent
from restorer.words import tr

_WORDS: dict[str, Callable[[RestorationTask], str]] = {
    "seed": lambda task: tr("seed {0}").format(task.seed),
    "eta": lambda task: tr("eta {0:g}").format(task.eta),
    "sampler": lambda task: tr(SAMPLERS[task.sampler].title),
    "faithfulness": lambda task: tr("{0} vivid").format(percent(1 - task.faithfulness)),
    "amount": lambda task: tr("amount {0}").format(percent(task.amount)),
    "grain": lambda task: tr("grain {0}").format(percent(task.grain)),
    "strength": lambda _: tr("painted strength"),
    "mask": lambda _: tr("another mask"),
    "prompt": lambda task: tr("“{0}”").format(task.prompt),
    "negative_prompt": lambda task: tr("not “{0}”").format(task.negative_prompt),
    "guidance": lambda task: tr("guidance {0:g}").format(task.guidance),
    "toward": lambda task: (
        tr("towards “{0}”").format(task.toward) if task.toward else tr("towards nothing")
    ),
    "push": lambda task: tr("push {0:g}").format(task.push),
}


def what_changed(task: RestorationTask) -> str:
    """In a few words, how a branch differs: "seed 8, eta 0.5"."""
    words = [_WORDS[name](task) for name in changed_fields(task) if name in _WORDS]
    if task.trunk is not None and task.model != task.trunk.model:
        words.insert(0, _title(task.model))
    return ", ".join(words) or tr("other settings")


def _title(model: str) -> str:
    with suppress(RestorerError):
        return find_model(model).title
    return model
