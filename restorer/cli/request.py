"""Turns the options of `restorer restore` into a request and its picture."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from restorer.cli.doubt import refuse_latent
from restorer.cli.options.values import as_dict
from restorer.diffusion.samplers import SAMPLERS
from restorer.engine.control import Control, picture_digest
from restorer.engine.damage_files import read_control, read_hole, read_kernel, read_map
from restorer.engine.job import Source, refuse_impossible
from restorer.engine.models import ModelInfo, find_model
from restorer.engine.recipe import read_recipe
from restorer.engine.request import Request
from restorer.engine.sources import file_source
from restorer.engine.tasks import TASKS
from restorer.errors import BadInput
from restorer.imaging.crop import cropped
from restorer.imaging.picture import Picture, Pixels
from restorer.words import marked as _

#: What only a network would look at.
_NETWORK = ("model", "start", "noise", "steps", "sampler", "eta", "seed", "faithfulness", "toward")
_PROMPTS = ("prompt", "negative", "guidance", "control", "control_scale", "controlnet")


@dataclass(frozen=True)
class ParsedOptions:
    """The request from the options, before any picture is read; `latent` as in `engine.job`."""

    request: Request
    latent: ModelInfo | None


def read_options(arguments: Namespace) -> ParsedOptions:
    """The request; raises here, at no cost, what would fail for every picture.

    Raises:
        BadInput: for options that nothing would look at, or values that cannot be.
        ModelRefused: if the model is missing or not safe to load.
    """
    request = request_from(arguments)
    if arguments.recipe is not None:
        if request != Request() or arguments.control is not None:
            raise BadInput("The recipe says what is asked for; leave out the options that do, too.")
        asked = options_of(read_recipe(arguments.recipe), arguments.mask is not None)
        if asked.latent is not None:
            refuse_latent(arguments)
        return asked
    if find_model(request.model).role.prompted:
        refuse_pixels(arguments)
    else:
        refuse_prompts(arguments)
    return options_of(request, arguments.mask is not None)


def options_of(request: Request, masked: bool = False) -> ParsedOptions:
    """The same for a request. Raises as `read_options`.

    Args:
        request: what is asked for.
        masked: somebody says where to fill.
    """
    model = find_model(request.model)
    latent = model if model.role.prompted else None
    refuse_impossible(request, latent, masked)
    return ParsedOptions(request, latent)


def request_from(arguments: Namespace) -> Request:
    """The request from the options of a command.

    Raises:
        BadInput: for options that nothing would look at, or that make no request.
    """
    if arguments.task != "auto":
        refuse_strangers(arguments, (arguments.task,))
    asked = sampler_options(arguments) | as_dict(
        arguments, "task", "start", "noise", "camera", "steps", "seed", "faithfulness", "model"
    )
    asked |= as_dict(arguments, "scale", "filter", "quality", "method", "amount")
    asked |= as_dict(arguments, "grain", "even_grain")
    asked |= as_dict(arguments, "toward", "classifier", "push")
    asked |= as_dict(arguments, "corners", "rotate", "crop")
    asked |= {"prompt": arguments.prompt or "", "negative_prompt": arguments.negative or ""}
    if arguments.guidance is not None:
        asked["guidance"] = arguments.guidance
    names = [number.name for kind in TASKS.values() for number in kind.numbers]
    said = [(name, getattr(arguments, name)) for name in names]
    asked["numbers"] = tuple((name, value) for name, value in said if value is not None)
    return Request(**asked, **_blur(arguments.blur), sensitivity=_sensitivity(arguments))


def cropped_for(picture: Picture, asked: ParsedOptions) -> Picture:
    """The crop of the picture, applied before anything else. Raises `BadInput`."""
    return cropped(picture, asked.request.crop_for(picture.size))


def source_from(arguments: Namespace, picture: Picture) -> Source:
    """The picture with its measured damage and its masks, without a control picture.

    All that lies beside it lies over its file's whole picture, also if it was cropped.

    Raises:
        BadInput: if a map cannot be read or does not fit the picture.
    """
    picture = with_infrared(picture, arguments)
    hole = feather = strength = None
    if isinstance(arguments.mask, Path):
        hole, feather = read_hole(arguments.mask, picture)
    if arguments.strength is not None:
        strength = np.clip(read_map(arguments.strength, picture, _("strength map")), 0, 1)
    return file_source(picture, arguments.input, hole, feather, strength)


def with_infrared(picture: Picture, arguments: Namespace) -> Picture:
    """The picture with a scanner's infrared, if a file of it was given.

    Raises:
        BadInput: if that cannot be read or has another size.
    """
    if arguments.infrared is None:
        return picture
    seen = read_map(arguments.infrared, picture, _("infrared picture"))
    return replace(picture, infrared=seen)


def refuse_strangers(arguments: Namespace, tasks: tuple[str, ...]) -> None:
    """Raise for options that no task would use, or that one must not have."""
    sentence = (
        _("--{option} belongs to --task {name}, which this picture does not need.")
        if arguments.task == "auto"
        else _("--{option} belongs to --task {name}.")
    )
    for owner in TASKS.values():
        for option in (*owner.options, *(number.name for number in owner.numbers)):
            if getattr(arguments, option) is not None and owner.name not in tasks:
                raise BadInput(sentence, option=option, name=owner.name)
    for kind in map(TASKS.__getitem__, tasks):
        if kind.is_noise and arguments.method != "auto":
            raise BadInput("--method is for damage other than noise.")
        if arguments.grain and not kind.keeps_grain:
            names = " or ".join(kind.name for kind in TASKS.values() if kind.keeps_grain)
            raise BadInput("--grain belongs to --task {names}, which take noise off.", names=names)
        if not kind.is_noise and arguments.camera:
            raise BadInput("--camera belongs to --task denoise.")
        if kind.excess is not None and arguments.task == kind.name:
            usual = vars(Request())
            for option in (*_NETWORK, "spread"):
                if getattr(arguments, option) not in (None, usual.get(option)):
                    raise BadInput(
                        "--task {name} asks no network; leave --{option} out.",
                        name=kind.name,
                        option=option,
                    )


def refuse_prompts(arguments: Namespace) -> None:
    """For a model without prompts."""
    for option in _PROMPTS:
        if getattr(arguments, option) is not None:
            name = option.replace("_", "-")
            raise BadInput(
                "--{name} is for models with prompts; choose one with --model.", name=name
            )


def refuse_pixels(arguments: Namespace) -> None:
    """Raise for options that a model with prompts would not use."""
    refuse_latent(arguments)
    if arguments.noise is not None or arguments.camera:
        raise BadInput("A model with prompts ignores the noise level; use --start.")
    for name, unasked in (("method", "auto"), ("grain", 0.0), ("toward", "")):
        if getattr(arguments, name) != unasked:
            raise BadInput("--{name} is for pixel models.", name=name)


def control_from(arguments: Namespace, picture: Picture) -> tuple[Control, Pixels | None]:
    """The guidance of a model with prompts, and the control picture if there is one.

    Raises:
        BadInput: if that does not fit the picture.
    """
    if arguments.recipe is not None:
        control = read_recipe(arguments.recipe).control
        if control.kind == "picture":
            raise BadInput("The recipe is guided by a picture, which recipes do not hold.")
        return control, None
    if arguments.control is None:
        for option in ("control_scale", "controlnet"):
            if getattr(arguments, option) is not None:
                raise BadInput("Nothing guides the model; choose something with --control.")
        return Control(), None
    scale = 1.0 if arguments.control_scale is None else arguments.control_scale
    model = arguments.controlnet or ""
    if arguments.control in ("tile", "canny"):
        return Control(arguments.control, scale, model), None
    pixels = read_control(Path(arguments.control), picture)
    return Control("picture", scale, model, picture_digest(pixels)), pixels


def _blur(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    return {"kernel": read_kernel(Path(text))} if Path(text).is_file() else {"blur": text}


def _sensitivity(arguments: Namespace) -> float | None:
    """How certain scratches must be to be filled; None for a mask file, even one named ./auto."""
    from restorer.degradation.scratches import SENSITIVITY

    asked: float | None = arguments.sensitivity
    if arguments.mask == "auto":
        return SENSITIVITY if asked is None else asked
    if asked is not None and (arguments.task != "auto" or arguments.mask is not None):
        raise BadInput("--sensitivity belongs to --mask auto.")
    return asked


def sampler_options(arguments: Namespace) -> dict[str, Any]:
    """The sampler and how much noise it adds back."""
    eta, usual = arguments.eta, SAMPLERS[arguments.sampler].eta or 0.0
    return {"sampler": arguments.sampler, "eta": usual if eta is None else eta}
