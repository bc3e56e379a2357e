"""`restorer record FILE`: what was done to a picture, from the record in its file."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from restorer.cli.files import read_and_tell
from restorer.engine.branch import changed_fields
from restorer.engine.plan import noise_of
from restorer.engine.record import Step, steps_in
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture
from restorer.words import marked as _
from restorer.words import plural, tr

_LONG = ("luma", "chroma", "kernel", "local", "mask", "strength")  # tables, maps and hashes of them


def run(arguments: Namespace) -> int:
    """Print each step, or the whole record as JSON."""
    steps = recorded_steps(read_and_tell(arguments.input), arguments.input)
    if arguments.json:
        print(json.dumps({"steps": [asdict(step) for step in steps]}))
        return 0
    for number, step in enumerate(steps, 1):
        print(f"{number}. {_done(step)}")
        for name, value in _facts(step):
            print(f"   {tr(name)}: {printable(value)}")
    return 0


def recorded_steps(picture: Picture, path: Path) -> tuple[Step, ...]:
    """The recorded steps that made a picture.

    Raises:
        BadInput: its file does not say.
    """
    steps = steps_in(picture)
    if not steps:
        raise BadInput("{path} has no record of what Restorer did.", path=printable(path))
    return steps


def _done(step: Step) -> str:
    task, words = step.task, TASKS[step.task.damage.kind].words.translated
    steps = step.stopped_after or task.steps
    done, number = words.report or words.done, plural("{n} step", "{n} steps", steps)
    parts = [
        tr("{done} from t {start:.0f} in {number}", done=done, start=task.start, number=number)
    ]
    if task.damage.is_noise:
        parts.append(tr("noise {noise:.1f} of 255", noise=noise_of(task)))
    parts += [] if task.damage.is_excess else [tr("model {model}", model=task.model)]
    parts += [step.device, f"Restorer {step.version}"]
    return printable(", ".join(filter(None, parts)) + ".")


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    """What else decides the result, its input, and the hardware."""
    usual = RestorationTask(start=None)
    alone = replace(step.task, trunk=None, after=0)
    said = _unusual(asdict(alone), asdict(usual), ("start", "steps", "model"))
    yield (
        _("settings"),
        ", ".join(f"{name} {value}" for name, value in said) or tr("as usual"),
    )
    if step.task.trunk is not None:
        others = ", ".join(name.replace("_", " ") for name in changed_fields(step.task))
        yield (
            _("branch"),
            tr(
                "from step {step} of a run with other {others}",
                step=step.task.after + 1,
                others=others,
            ),
        )
    if step.stopped_after:
        yield (
            _("stopped"),
            tr(
                "after {step} of {steps} steps",
                step=step.stopped_after,
                steps=step.task.steps,
            ),
        )
    if step.private:
        yield _("words"), tr("left out")
    page = tr(", page {number}", number=step.source["page"]) if "page" in step.source else ""
    if "crop" in step.source:
        corners = ", ".join(f"{number:.6g}" for number in step.source["crop"])
        yield _("kept"), tr("what lies between the corners {corners}", corners=corners)
    if "sha256" in step.source:
        yield (
            _("picture"),
            tr("file with SHA-256 {sum}{page}", sum=step.source["sha256"], page=page),
        )
    elif "pixels" in step.source:
        yield _("picture"), tr("pixels with SHA-256 {sum}", sum=step.source["pixels"])
    for name, digest in step.weights.items():
        yield _("weights"), tr("{name} with SHA-256 {digest}", name=name, digest=digest)
    if step.caution:
        yield _("caution"), step.caution


def _unusual(
    said: dict[str, Any], usual: dict[str, Any], left_out: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if isinstance(value, dict):
            yield from _unusual(value, usual[name])
        elif value != usual[name] and name not in left_out:
            yield name, tr("(in the record)") if name in _LONG else value
