"""The settings of a picture as a recipe file, or for other pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from restorer.document.crops import Crops
from restorer.document.models import Models
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.engine.control import Control
from restorer.engine.plan import start_for
from restorer.engine.recipe import read_recipe, to_values, write_recipe
from restorer.engine.request import Request
from restorer.engine.task import BUILTIN_MODEL
from restorer.engine.tasks import DEFAULT_TASK, TASKS
from restorer.errors import BadInput
from restorer.imaging.crop import Crop


class Recipes:
    """Saves, loads and copies settings."""

    def __init__(self, pictures: Pictures, planner: Planner, models: Models, crops: Crops) -> None:
        self._pictures, self._planner = pictures, planner
        self._models, self._crops = models, crops

    def save(self, path: Path, then: Callable[[], None] = lambda: None) -> None:
        """Write the settings of the current picture; this replaces an existing file.

        `then` is called once it is written.
        """
        opened = self._pictures.current
        if opened is not None:
            writing = partial(write_recipe, recipe_of(opened), path, force=True)
            self._pictures.compute(writing, lambda _: then())

    def load(self, text: str, path: Path) -> None:
        """Load settings for the current picture from a file; `text` names the undo step."""
        known = {BUILTIN_MODEL, *self._models.known}

        def use(read: tuple[Request, Crop | None]) -> None:
            request, crop = read
            self._planner.change(text, **changes_for(request))
            if crop is not None:
                self._crops.keep(text, crop)

        opened = self._pictures.current
        now = self._crops.current
        if opened is not None:
            whole = now.whole if now is not None else (0, 0)
            self._pictures.ask(opened, partial(_read, path, known, whole), use)

    def give(self, text: str, others: Sequence[OpenPicture]) -> int:
        """Copy the settings of the current picture to others; returns the number of others.

        Args:
            text: names it for undoing, in each of them.
            others: who is given them.
        """
        opened = self._pictures.current
        if opened is None:
            return 0
        given = {one.name: getattr(opened.plan.parameters, one.name) for one in fields(Parameters)}
        if given["control"].kind == "picture":  # it lies over this picture only
            given |= {"control": Control(), "control_name": ""}
        taking = [other for other in others if other is not opened]
        for other in taking:
            self._planner.change_of(other, text, **given)
        return len(taking)


def recipe_of(opened: OpenPicture) -> Request:
    """The settings of a picture for others, including its crop."""
    request, proposed = opened.plan.parameters.request, opened.proposal is not None
    if opened.content.picture is not None:
        request = replace(request, corners=opened.content.picture.crop)
    own = set() if proposed else set(TASKS[request.task].options)
    others = {name for kind in TASKS.values() for name in kind.options} - own
    if "blur" in others:
        others.add("kernel")
    known = {one.name for one in fields(Request)}
    request = replace(request, **{name: getattr(Request, name) for name in others & known})
    if proposed:
        return replace(request, task="auto", start=None, steps=None, method="auto")
    return request


def changes_for(request: Request) -> dict[str, Any]:
    """The parameters of a recipe; defaults for what it does not name.

    The panel says by the start how much noise is to be taken off.
    """
    request = replace(request, corners=(), rotate=0.0, crop=())
    named = {name: getattr(request, name) for name in to_values(request)}
    if request.task == "auto":
        named["task"] = DEFAULT_TASK
    if request.noise is not None and TASKS[named["task"]].is_noise:
        named |= {"noise": None, "start": start_for(request.noise) if request.noise else None}
    asked = Parameters(**named)
    return {one.name: getattr(asked, one.name) for one in fields(Request)}


def _read(path: Path, known: set[str], whole: tuple[int, int]) -> tuple[Request, Crop | None]:
    """The parameters of a recipe, and its crop for a picture of this size if it has one."""
    request = read_recipe(path)
    if request.model not in known:
        raise BadInput(
            "The recipe asks for the model “{model}”; add it under Model > Manage models.",
            model=request.model,
        )
    if request.control.kind == "picture":
        raise BadInput("The recipe is guided by a picture, which recipes do not hold.")
    return request, request.crop_for(whole)
