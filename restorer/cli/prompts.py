"""From the options of `restorer restore` to the task of a model with prompts."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from restorer.engine.control import Control, picture_digest
from restorer.errors import BadInput
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.read import read_picture

_OPTIONS = ("prompt", "negative", "guidance", "control", "control_scale", "controlnet")


def refuse_prompts(arguments: Namespace) -> None:
    """For a model that reads none of them."""
    for option in _OPTIONS:
        if getattr(arguments, option) is not None:
            name = option.replace("_", "-")
            raise BadInput(f"--{name} is for models with prompts; choose one with --model.")


def refuse_pixels(arguments: Namespace) -> None:
    """What a model with prompts would not look at."""
    if arguments.noise is not None or arguments.camera:
        raise BadInput("A model with prompts does not go by the noise; say --start.")
    for name, unasked in (("method", "auto"), ("grain", 0.0), ("toward", "")):
        if getattr(arguments, name) != unasked:
            raise BadInput(f"--{name} is for pixel models.")


def prompts_from(arguments: Namespace, picture: Picture) -> tuple[dict[str, Any], Pixels | None]:
    """Fields of the task, and the control picture if there is one.

    Raises:
        BadInput: if the control picture does not fit.
    """
    values: dict[str, Any] = {
        "prompt": arguments.prompt or "",
        "negative_prompt": arguments.negative or "",
    }
    if arguments.guidance is not None:
        values["guidance"] = arguments.guidance
    if arguments.control is None:
        for option in ("control_scale", "controlnet"):
            if getattr(arguments, option) is not None:
                raise BadInput("There is nothing to be led by; say it with --control.")
        return values, None
    control, pixels = _control(arguments, picture)
    return values | {"control": control}, pixels


def _control(arguments: Namespace, picture: Picture) -> tuple[Control, Pixels | None]:
    scale = 1.0 if arguments.control_scale is None else arguments.control_scale
    model = arguments.controlnet or ""
    if arguments.control in ("tile", "canny"):
        return Control(arguments.control, scale, model), None
    given = read_picture(Path(arguments.control))
    if given.size != picture.size:
        (width, height), (w, h) = given.size, picture.size
        raise BadInput(
            f"The control picture is {width} by {height} pixels, but the picture is {w} by {h}."
        )
    return Control("picture", scale, model, picture_digest(given.pixels)), given.pixels
