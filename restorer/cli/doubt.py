"""How far a result can be trusted: its uncertainty, and whether it explains the input."""

from __future__ import annotations

from argparse import Namespace
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from restorer.cli.bars import progress_bar
from restorer.cli.checks import check_output, refuse_same
from restorer.engine.calibration import is_drawn
from restorer.engine.consistency import Consistency
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken
from restorer.engine.spread import DISTRUST, SAMPLES, WHITE, RunTask, Spread, spread
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput
from restorer.imaging.formats import format_for
from restorer.imaging.picture import Picture
from restorer.imaging.write import write_picture
from restorer.words import tr


def check_options(arguments: Namespace) -> None:
    """Before the work begins, raise if an output cannot be written.

    Raises:
        BadInput: also for a number of samples that makes no spread.
    """
    wanted = [arguments.output, arguments.sheet, arguments.spread, arguments.residual]
    paths: list[Path] = [path for path in wanted if path is not None]
    for path in paths:
        check_output(path, arguments.force)
    arguments.saving.check(format_for(arguments.output))
    if len({path.resolve() for path in paths}) < len(paths):
        raise BadInput("Every picture that is written needs a name of its own.")
    _keep_inputs(arguments, paths[1:])
    if arguments.samples is not None and arguments.spread is None:
        raise BadInput("--samples belongs to --spread FILE.")
    if arguments.samples is not None and not 2 <= arguments.samples <= 64:
        raise BadInput("A spread needs 2 to 64 samples, not {samples}.", samples=arguments.samples)


def _keep_inputs(arguments: Namespace, outputs: list[Path]) -> None:
    """Raise if an output would replace an input.

    Only the result may take that of the picture, with --force. A link to a file is that file.
    """
    maps = [arguments.mask, arguments.strength, arguments.control, arguments.blur]
    maps += [arguments.infrared, arguments.recipe]
    read = [Path(path) for path in maps if path is not None]
    for path in outputs:
        refuse_same(path, [arguments.input, *read])
    refuse_same(arguments.output, [*outputs, *read])


def refuse_latent(arguments: Namespace) -> None:
    """Raise `BadInput` for outputs that only models on pixels can give."""
    for option in ("spread", "residual"):
        if getattr(arguments, option) is not None:
            raise BadInput(
                "--{option} is for models that work on pixels, not for latent ones.", option=option
            )


def spread_of(
    run: RunTask,
    task: RestorationTask,
    inputs: Inputs,
    samples: int | None,
) -> Spread | None:
    """The standard deviations, with a progress bar on stderr; None where nothing was done.

    A number of samples asked for means seeds; without, the cheaper way is taken.
    """
    with progress_bar(tr("Measuring doubt"), task.start is not None) as on_progress:
        found = spread(
            run,
            task,
            inputs,
            CancelToken(),
            on_progress,
            samples=samples or SAMPLES,
            way=None if samples is None else "seeds",
        )
        return next(iter(deque(found, maxlen=1)), None)


def write_spread(found: Spread, path: Path, force: bool) -> None:
    """Write them as a grey picture, 16 bits where the format allows."""
    write_picture(found.picture(), path, force=force)


def write_residual(found: Consistency, path: Path, force: bool) -> None:
    """Grey is zero; the range is three standard deviations."""
    write_picture(Picture(found.picture()), path, force=force)


def spread_sentence(found: Spread, path: Path, task: RestorationTask) -> str:
    """The mean, the places with the highest values, and what they mean."""
    lines = [
        tr(
            "Spread {mean:.1f} of 255 on average; the truth should lie within twice the spread "
            "at about 95 of 100 pixels. In {name} white is {white:g} of 255.",
            mean=found.mean,
            name=path.name,
            white=WHITE,
        )
    ]
    if task.faithfulness < 1:
        lines.append(
            tr(
                "This result is drawn by chance: with another seed it is another, as far from it "
                "as the truth may be; the spread counts that in."
            )
            if is_drawn(task)
            else tr(
                "This result is crisper than the mean and a little farther from the truth; the "
                "spread counts that in."
            )
        )
    regions = found.regions()
    for region in regions:
        left, top, right, bottom = region.box
        lines.append(
            tr(
                "  {spread:.1f} in x {left} to {right}, y {top} to {bottom}",
                spread=region.spread,
                left=left,
                right=right,
                top=top,
                bottom=bottom,
            )
        )
    if regions:
        lines.append(tr(DISTRUST))
    return "\n".join(lines)


def report(checked: Consistency | None, found: Spread | None) -> dict[str, Any]:
    """Both as plain values, if present."""
    answer: dict[str, Any] = {}
    if checked is not None:
        remains = checked.remains
        answer["consistency"] = {
            "sentence": checked.sentence,
            "alarm": checked.alarm,
            "std": round(remains.std, 3),
            "largest": round(remains.largest, 3),
            "told": round(remains.assumed, 3),
            "structure": round(remains.structure, 4),
            "smoothness": round(remains.smoothness, 3),
            "pattern": round(remains.pattern, 3),
            "places": [list(box) for box in remains.places],
        }
    if found is not None:
        answer["spread"] = {
            "mean": round(found.mean, 3),
            "samples": found.samples,
            "way": found.way,
            "white": WHITE,
            "regions": [asdict(region) for region in found.regions()],
        }
    return answer
