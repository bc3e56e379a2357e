"""The record in the metadata of a restored picture: the tasks that made it.

With the hashes of the picture and of the weights it can be done again, see `engine.replay`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from operator import index
from typing import Any

from restorer import __version__
from restorer.engine import library
from restorer.engine.control import picture_digest
from restorer.engine.models import ModelInfo, find_model
from restorer.engine.plan_latent import CAUTION
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.engine.verdict import Judgement
from restorer.errors import BadInput, RestorerError
from restorer.imaging import provenance
from restorer.imaging.picture import Picture


@dataclass(frozen=True)
class Step:
    """One recorded step.

    Attributes:
        version: of Restorer.
        task: what was done.
        device: where and how precisely, "CPU bfloat16"; empty where older versions did not say.
        caution: what of the result not to believe; may be empty.
        stopped_after: how many steps were made, if it was stopped.
        weights: SHA-256 of each model's, by its name.
        source: of the picture that it began with ("sha256" of the file, the "page" in it and the
            "crop" of that, see `imaging.crop`; or "pixels"); empty if it began with the result of
            the step before.
        sensitivity: at which the scratches were found that it filled.
        private: words that led it were left out.
        recipe: digest of the recipe that an archive was restored by.
    """

    version: str
    task: RestorationTask
    device: str = ""
    caution: str = ""
    stopped_after: int | None = None
    weights: dict[str, str] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    sensitivity: float | None = None
    private: bool = False
    recipe: str = ""


def caution_for(task: RestorationTask, prompted: bool, judgement: Judgement | None) -> str:
    """Warnings about a result, in sentences; empty if there are none.

    Args:
        prompted: a model with prompts made it.
        judgement: what a check of it said.
    """
    if prompted:
        return CAUTION
    alarm = judgement.sentence if judgement is not None and judgement.alarm else ""
    return " ".join(filter(None, (TASKS[task.damage.kind].words.caution, alarm)))


def recorded(
    picture: Picture,
    task: RestorationTask,
    source: Picture,
    *,
    prompts: bool = True,
    keep: bool = True,
    caution: str = "",
    stopped_after: int | None = None,
    device: str = "",
    sensitivity: float | None = None,
    recipe: str = "",
) -> Picture:
    """The picture with a record of the task; a task without effect leaves no record.

    What an earlier restoration left stands in it as "before".

    Args:
        picture: the restored one.
        task: what was done.
        source: the picture that it was done to.
        prompts: whether the words stay in the record, which everybody can read.
        keep: whether there is a record at all; without, it is only declared that a model was used.
        caution: what of the picture not to believe, in a sentence.
        stopped_after: how many steps were made; None for all.
        device: where and how precisely it was computed, "CPU bfloat16": with the task it decides
            every bit.
        sensitivity: at which scratches were found, for a task that fills them.
        recipe: digest of the recipe that it was done by, see `recipe.digest`.
    """
    if task.start is None:
        return picture
    info = _model(task.model)
    record = None
    if keep:
        said: dict[str, Any] = {"device": device, "stopped_after": stopped_after}
        said |= {"caution": caution, "sensitivity": sensitivity, "weights": _weights(task)}
        said |= {"input": _identity(source), "before": _before(picture), "recipe": recipe}
        wordless = without_words(task)
        if not prompts and wordless != task:
            task, said["private"] = wordless, True
        known = {name: value for name, value in said.items() if value not in (None, "", {})}
        record = json.dumps({"restorer": __version__, "task": asdict(task)} | known)
    system = f"Restorer ({info.title})" if info else "Restorer"
    kind = _kind_of_source(task, info)
    xmp = provenance.with_record(picture.xmp, record, kind, system, __version__)
    return replace(picture, xmp=xmp, digest="")


def steps_in(picture: Picture) -> tuple[Step, ...]:
    """The recorded steps of a picture, in order; empty without a record.

    Raises:
        BadInput: the record cannot be read.
    """
    text = provenance.read_record(picture)
    try:
        return () if text is None else tuple(reversed([*map(_step, _chain(json.loads(text)))]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("The record in this picture cannot be read.", repr(error)) from error


def _chain(record: Any) -> Iterator[dict[str, Any]]:
    while record is not None:
        yield record
        record = record.get("before")


def _step(record: dict[str, Any]) -> Step:
    """Read a step from parsed JSON. Raises any Python error for anything but a record."""
    if record["task"].get("start", 0) is None:
        raise ValueError("a step that did nothing")
    stopped, sensitivity = record.get("stopped_after"), record.get("sensitivity")
    if stopped is not None and index(stopped) < 1:
        raise ValueError("a run stopped before it began")
    if sensitivity is not None and not 0 <= sensitivity <= 1:
        raise ValueError("no sensitivity")
    return Step(
        str(record["restorer"]),
        RestorationTask.from_json(json.dumps(record["task"])),
        device=str(record.get("device", "")),
        caution=str(record.get("caution", "")),
        stopped_after=stopped,
        weights={name: str(digest) for name, digest in record.get("weights", {}).items()},
        source=dict(record.get("input", {})),
        sensitivity=sensitivity,
        private=bool(record.get("private", False)),
        recipe=str(record.get("recipe", "")),
    )


def _kind_of_source(task: RestorationTask, info: ModelInfo | None) -> str:
    """The IPTC term for how much of the result is generated."""
    if task.damage.is_noise and task.start is not None and task.start >= 999:
        return provenance.GENERATED  # from noise alone
    prompted = info is None or info.role.prompted
    corrects = TASKS[task.damage.kind].only_corrects and task.faithfulness == 1 and not prompted
    return provenance.ENHANCED if corrects else provenance.SOURCE_TYPE


def _model(name: str) -> ModelInfo | None:
    with suppress(RestorerError):
        return find_model(name)
    return None


def without_words(task: RestorationTask) -> RestorationTask:
    """The task without its prompts, and without those of the tasks it branches from."""
    trunk = None if task.trunk is None else without_words(task.trunk)
    return replace(task, prompt="", negative_prompt="", toward="", trunk=trunk)


def _weights(task: RestorationTask) -> dict[str, str]:
    names: list[str] = []
    for leg in task.legs:
        names += leg.model, leg.classifier if leg.toward else "", leg.control.model
    models = {name: _model(name) for name in names if name}
    return {name: library.weights_digest(info) for name, info in models.items() if info}


def _identity(picture: Picture) -> dict[str, Any]:
    """Empty where the picture itself records an earlier step, since that is no file."""
    if picture.digest:
        part = {"page": picture.page, "crop": list(picture.crop)}
        return {"sha256": picture.digest} | {name: what for name, what in part.items() if what}
    if provenance.read_record(picture) is not None:
        return {}
    return {"pixels": picture_digest(picture.pixels)}


def _before(picture: Picture) -> Any:
    before = provenance.read_record(picture)
    with suppress(ValueError, RecursionError):
        return None if before is None else json.loads(before)
    return None
