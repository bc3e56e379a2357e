"""`restorer replay OUT --input IN`: repeat what a record says, and compare every pixel."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restorer.cli.checks import check_output, refuse_same
from restorer.cli.files import read_and_tell, tell
from restorer.cli.record import recorded_steps
from restorer.cli.request import with_infrared
from restorer.cli.restore import restore
from restorer.engine.damage_files import read_control, read_hole, read_map
from restorer.engine.engine import Engine
from restorer.engine.record import Step, steps_in
from restorer.engine.replay import (
    MAPS,
    GivenMaps,
    cropped_again,
    inputs_again,
    last_run,
    other_weights,
    refuse_other,
    refuse_unused,
)
from restorer.errors import BadInput, ErrorKind
from restorer.imaging.formats import FORMATS
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_pages, read_picture
from restorer.imaging.write import write_pages, write_picture
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:  # torch comes with it
    from restorer.diffusion.hardware import Precision

Places = list[tuple[str, str]]


def run(arguments: Namespace) -> int:
    """Say whether the pixels are the same; 2 if not."""
    maps = [getattr(arguments, name) for name in (*MAPS, "infrared")]
    if arguments.output is not None:
        check_output(arguments.output, arguments.force)
        refuse_same(arguments.output, [arguments.made, arguments.input, *filter(None, maps)])
    done = [_done_again(made, arguments) for made in _pages(arguments)]
    if arguments.output is not None:
        _write([page.again for page in done], arguments.output, arguments.force)
    same = all(page.same for page in done)
    if arguments.json:
        told = [page.values for page in done]
        print(json.dumps(told[0] if len(done) == 1 else {"same": same, "pages": told}))
    else:
        for number, page in enumerate(done, 1):
            for sentence in page.sentences:
                page_said = tr("Page {number}. {sentence}", number=number, sentence=sentence)
                print(page_said if len(done) > 1 else sentence)
    return 0 if same else int(ErrorKind.BAD_INPUT)


def _write(pictures: Sequence[Picture], path: Path, force: bool) -> None:
    if len(pictures) == 1:
        tell(write_picture(pictures[0], path, force=force))
    else:
        tell(write_pages(pictures, path, force=force))


def _pages(arguments: Namespace) -> Iterator[Picture]:
    """The pages that were made, without those that have no record."""
    pages = list(read_pages(arguments.made))
    if len(pages) == 1:
        yield read_and_tell(arguments.made)
        return
    if any(getattr(arguments, name) is not None for name in (*MAPS, "infrared")):
        raise BadInput("Maps are of one picture; this file has several pages.")
    recorded = [page for page in pages if steps_in(page)]
    if not recorded:
        recorded_steps(pages[0], arguments.made)
    if len(recorded) < len(pages):
        tell(
            (
                tr(
                    "{n} of {all} pages have no record.",
                    n=len(pages) - len(recorded),
                    all=len(pages),
                ),
            )
        )
    yield from recorded


def _done_again(made: Picture, arguments: Namespace) -> Replayed:
    steps, source, given = begun_with(made, arguments)
    again, places = repeat_steps(steps, source, given, arguments.device)
    return Replayed(made, again, _as_saved(again, made, arguments.quality), places)


def begun_with(made: Picture, arguments: Namespace) -> tuple[Sequence[Step], Picture, GivenMaps]:
    """The steps that made a picture, their input picture, and its mask or infrared.

    Raises:
        BadInput: the file has no record, or what was given is not what it names.
    """
    steps = last_run(recorded_steps(made, arguments.made))
    source = _source(arguments.input, steps[0])
    refuse_other(steps[0], source)
    source = cropped_again(steps[0], source)
    source = with_infrared(source, arguments)
    refuse_unused(steps, [name for name in MAPS if getattr(arguments, name) is not None])
    tell(tuple(sentence for step in steps for sentence in other_weights(step)))
    return steps, source, _given(arguments, source)


def _source(path: Path, step: Step) -> Picture:
    """The picture that the first step began with."""
    if "page" not in step.source:
        return read_picture(path)
    for page in read_pages(path):
        if page.page == step.source["page"]:
            return page
    raise BadInput("{path} has no page {source}.", path=printable(path), source=step.source["page"])


def _given(arguments: Namespace, source: Picture) -> GivenMaps:
    hole = feather = strength = control = None
    if arguments.mask is not None:
        hole, feather = read_hole(arguments.mask, source)
    if arguments.strength is not None:
        strength = np.clip(read_map(arguments.strength, source, _("strength map")), 0, 1)
    if arguments.control is not None:
        control = read_control(arguments.control, source)
    return GivenMaps(hole, feather, strength, control)


def repeat_steps(
    steps: Sequence[Step], source: Picture, given: GivenMaps, device: str
) -> tuple[Picture, Places]:
    """The result of the last step, and where each step was computed then and now."""
    picture, places = source, []
    for step in steps:
        engine = Engine(precision=precision_of(step))
        inputs = inputs_again(step, picture, source, given)
        found = {"sensitivity": step.sensitivity}
        outcome = restore(step.task, inputs, engine, device, found, stop_after=step.stopped_after)
        places.append((step.device, outcome.status.place))
        picture = outcome.picture
    return picture, places


def precision_of(step: Step) -> Precision:
    """The precision of the computation, if the record gives it."""
    match step.device.rpartition(" ")[2]:
        case "float32":
            return "float32"
        case "bfloat16":
            return "bfloat16"
    return "auto"


def _as_saved(again: Picture, made: Picture, quality: int | None) -> Picture:
    """The result after saving to a file like the one that was made, and reading it back.

    Args:
        quality: that the file was saved with, where it does not tell.
    """
    format = FORMATS[made.format]
    if quality is None and _tells_quality(made):
        quality = made.quality
    with TemporaryDirectory(prefix="restorer-replay-") as folder:
        path = Path(folder) / f"again{format.suffixes[0]}"
        write_picture(
            again,
            path,
            quality=quality if format.quality is not None else None,
            bits=made.bits if made.levels is None and made.bits in format.depths else None,
        )
        return read_picture(path)


def _tells_quality(made: Picture) -> bool:
    """Whether the file gives its saving quality; of lossy files only JPEGs do."""
    return made.format == "JPEG" or made.quality == 100


@dataclass(frozen=True, eq=False)
class Replayed:
    """A picture made again, compared with the first.

    Attributes:
        made: as it was made.
        again: as it is made now, and `kept`, that in a file like the one that was made.
        places: where each step was computed then and now.
    """

    made: Picture
    again: Picture
    kept: Picture
    places: Places

    @cached_property
    def differences(self) -> NDArray[np.float32]:
        """(H, W), how far each pixel differs, 0..1."""
        if self.kept.size != self.made.size:
            return np.ones((1, 1), np.float32)
        away: NDArray[np.float32] = np.abs(self.kept.pixels - self.made.pixels).max(axis=2)
        return away

    @property
    def same(self) -> bool:
        """Whether every pixel is the same."""
        return not self.differences.any()

    @property
    def values(self) -> dict[str, Any]:
        """The comparison for JSON."""
        differing, most = float((self.differences > 0).mean()), 255 * float(self.differences.max())
        told = {"same": self.same, "differing": differing, "largest": round(most, 3)}
        return told | {"computed": self.places}

    @property
    def sentences(self) -> Iterator[str]:
        """The comparison in words."""
        if self.same:
            yield tr("Done again: every pixel is the same.")
            return
        differing, most = float((self.differences > 0).mean()), 255 * float(self.differences.max())
        yield tr(
            "Done again: {share:.2%} of the pixels differ, by up to {most:.1f} of 255.",
            share=differing,
            most=most,
        )
        for then, now in dict.fromkeys(self.places):
            if then != now:
                yield tr("It was computed on {then} then, on {now} now.", then=then, now=now)
        format = FORMATS[self.made.format]
        if format.quality is not None and not _tells_quality(self.made):
            yield tr(
                "{title} files do not say with which quality they were saved; if you chose one, "
                "say it again with --quality.",
                title=format.title,
            )
