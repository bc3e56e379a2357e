"""`restorer replay OUT --input IN`: do again what a record says, and compare every pixel."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from restorer.cli.checks import check_output, refuse_same
from restorer.cli.files import opened, tell
from restorer.cli.record import recorded_steps
from restorer.cli.restore import restore
from restorer.engine.damage_files import read_control, read_hole, read_map
from restorer.engine.engine import Engine
from restorer.engine.record import Step
from restorer.engine.replay import Given, inputs_again, last_run, other_weights, refuse_other
from restorer.errors import BadInput, ErrorKind
from restorer.imaging.formats import FORMATS
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import write_picture

if TYPE_CHECKING:  # torch comes with it
    from restorer.diffusion.hardware import Precision

Places = list[tuple[str, str]]


def run(arguments: Namespace) -> int:
    """Say whether the pixels are the same; 2 if not."""
    if arguments.output is not None:
        check_output(arguments.output, arguments.force)
        maps = (arguments.mask, arguments.strength, arguments.control)
        refuse_same(arguments.output, [arguments.made, arguments.input, *filter(None, maps)])
    made = opened(arguments.made)
    steps = last_run(recorded_steps(made, arguments.made))
    source = _source(arguments.input, steps[0])
    refuse_other(steps[0], source)
    tell(tuple(sentence for step in steps for sentence in other_weights(step)))
    again, places = _again(steps, source, _given(arguments, source), arguments.device)
    if arguments.output is not None:
        tell(write_picture(again, arguments.output, force=arguments.force))
    return _compared(_as_saved(again, made), made, places, arguments.json)


def _source(path: Path, step: Step) -> Picture:
    """The picture that the first step began with."""
    if "page" not in step.source:
        return read_picture(path)
    for page in read_pages(path):
        if page.page == step.source["page"]:
            return page
    raise BadInput(f"{printable(path)} has no page {step.source['page']}.")


def _given(arguments: Namespace, source: Picture) -> Given:
    hole = feather = strength = control = None
    if arguments.mask is not None:
        hole, feather = read_hole(arguments.mask, source.size)
    if arguments.strength is not None:
        strength = np.clip(read_map(arguments.strength, source.size, "strength map"), 0, 1)
    if arguments.control is not None:
        control = read_control(arguments.control, source.size)
    return Given(hole, feather, strength, control)


def _again(
    steps: Sequence[Step], source: Picture, given: Given, device: str
) -> tuple[Picture, Places]:
    """The result of the last step, and where each was computed then and now."""
    picture, places = source, []
    for step in steps:
        engine = Engine(precision=_precision(step))
        inputs = inputs_again(step, picture, source, given)
        found = {"sensitivity": step.sensitivity}
        outcome = restore(step.task, inputs, engine, device, found, stop_after=step.stopped_after)
        places.append((step.device, outcome.status.place))
        picture = outcome.picture
    return picture, places


def _precision(step: Step) -> Precision:
    match step.device.rpartition(" ")[2]:
        case "float32":
            return "float32"
        case "bfloat16":
            return "bfloat16"
    return "auto"


def _as_saved(again: Picture, made: Picture) -> Picture:
    """The result as a file like the one that was made holds it, read back."""
    format = FORMATS[made.format]
    read = made.format == "JPEG" or made.quality == 100  # of others a file does not tell its own
    with TemporaryDirectory(prefix="restorer-replay-") as folder:
        path = Path(folder) / f"again{format.suffixes[0]}"
        write_picture(
            again,
            path,
            quality=made.quality if read and format.quality is not None else None,
            bits=made.bits if made.levels is None and made.bits in format.depths else None,
        )
        return read_picture(path)


def _compared(again: Picture, made: Picture, places: Places, as_json: bool) -> int:
    """Print whether two pictures are the same; the exit code."""
    same_size = again.size == made.size
    away = np.abs(again.pixels - made.pixels).max(axis=2) if same_size else np.ones((1, 1))
    differing, most = float((away > 0).mean()), 255 * float(away.max())
    if as_json:
        report = {"same": not differing, "differing": differing, "largest": round(most, 3)}
        print(json.dumps(report | {"computed": places}))
    elif not differing:
        print("Done again: every pixel is the same.")
    else:
        print(f"Done again: {differing:.2%} of the pixels differ, by up to {most:.1f} of 255.")
        for then, now in dict.fromkeys(places):
            if then != now:
                print(f"It was computed on {then} then, on {now} now.")
    return int(ErrorKind.BAD_INPUT) if differing else 0
