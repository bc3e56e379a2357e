"""Prepares the steps of a record to be carried out again on the same picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from restorer.engine import library
from restorer.engine.control import picture_digest
from restorer.engine.damage import Hole, mask_digest
from restorer.engine.inputs import Inputs
from restorer.engine.models import find_model
from restorer.engine.record import Step
from restorer.engine.strength import Strength, strength_digest
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput, ModelRefused
from restorer.imaging.crop import Crop, cropped
from restorer.imaging.picture import Picture, Pixels
from restorer.words import tr

#: What may lie beside a picture, as the command line calls it.
MAPS = ("mask", "strength", "control")


@dataclass(frozen=True, eq=False)
class GivenMaps:
    """The maps of the picture; as in `job.Source`."""

    hole: Hole | None = None
    feather: Strength | None = None
    strength: Strength | None = None
    control: Pixels | None = None


def last_run(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps after a picture was last read from a file.

    Raises:
        BadInput: the record does not say what they began with, or left out what led them.
    """
    first = max((i for i, step in enumerate(steps) if step.source), default=None)
    if first is None:
        raise BadInput(
            "The record does not say which picture this was made from: an older version wrote it."
        )
    if any(step.private for step in steps[first:]):
        raise BadInput(
            "The prompts behind this were left out of the record, so it cannot be done again."
        )
    return steps[first:]


def refuse_other(step: Step, picture: Picture) -> None:
    """Raise `BadInput` if a step did not begin with this picture."""
    if "sha256" in step.source:
        page = step.source.get("page", 0)
        same = step.source["sha256"] == picture.digest and page == picture.page
    else:
        same = step.source.get("pixels") == picture_digest(picture.pixels)
    if not same:
        raise BadInput("This is not the picture that it was made from: their SHA-256 differ.")


def cropped_again(step: Step, picture: Picture) -> Picture:
    """The part of the file that a step began with. Raises `BadInput` for an impossible one."""
    numbers = step.source.get("crop")
    return cropped(picture, Crop.from_numbers(numbers, picture.size)) if numbers else picture


def refuse_unused(steps: Sequence[Step], given: Sequence[str]) -> None:
    """Raise `BadInput` if a given map was used by none of the steps.

    Args:
        given: which of `MAPS`.
    """
    tasks = [leg for step in steps for leg in step.task.legs]
    led = {
        "mask": any(TASKS[task.damage.kind].needs_hole for task in tasks),
        "strength": any(task.strength for task in tasks),
        "control": any(task.control.picture for task in tasks),
    }
    for name in given:
        if not led[name]:
            raise BadInput("It was made without --{name}; leave that out.", name=name)


def other_weights(step: Step) -> Iterator[str]:
    """Sentences about models that have changed since."""
    for name, digest in step.weights.items():
        try:
            now = library.weights_digest(find_model(name))
        except ModelRefused as error:
            yield error.sentence
            continue
        if now != digest:
            yield tr("The weights of “{name}” are not those that this was made with.", name=name)


def inputs_again(step: Step, picture: Picture, opened: Picture, given: GivenMaps) -> Inputs:
    """The inputs of a step: the picture, and the maps that its record names.

    Args:
        step: to be done again.
        picture: what the step before has left.
        opened: what the first step began with; there, too, scratches may have been found.
        given: what was beside the picture then.

    Raises:
        BadInput: a map is missing, or another one.
    """
    hole, strength = None, given.strength
    if TASKS[step.task.damage.kind].needs_hole:
        wanted = step.task.damage.mask
        found = (h for h in _holes(step, picture, opened, given) if mask_digest(h) == wanted)
        hole = next(found, None)
        if hole is None:
            raise BadInput(
                "The mask of this step is not found again; give the same one with --mask, or the "
                "same infrared picture with --infrared."
            )
        if given.feather is not None:
            strength = given.feather if strength is None else strength * given.feather
    if not step.task.strength:
        strength = None
    elif strength is None or strength_digest(strength) != step.task.strength:
        raise BadInput("A strength map guided this; give the same one with --strength.")
    if step.task.control.picture and given.control is None:
        raise BadInput("Another picture guided this; give the same one with --control.")
    trunk = None
    if step.task.trunk is not None:
        before = replace(step, task=step.task.trunk)
        trunk = inputs_again(before, picture, opened, given)
    return Inputs(picture, hole, strength, given.control, trunk)


def _holes(step: Step, picture: Picture, opened: Picture, given: GivenMaps) -> Iterator[Hole]:
    """The possible masks of a filling: the given one, or the result of an automatic search."""
    from restorer.degradation.estimate import estimate, with_scratches
    from restorer.degradation.impulses import find_impulses
    from restorer.degradation.scratches import SENSITIVITY, find_scratches, search

    if given.hole is not None:
        yield given.hole
        return
    places = (opened,) if picture is opened else (opened, picture)
    for place in places:
        yield np.asarray(find_impulses(place.pixels))
    for place in places:
        if step.sensitivity is None:
            looking = partial(search, place.pixels, place.infrared)
            yield with_scratches(estimate(place.pixels), place.pixels, looking)[1]
        yield find_scratches(place.pixels, step.sensitivity or SENSITIVITY, place.infrared)
