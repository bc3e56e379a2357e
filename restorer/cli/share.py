"""`restorer film` and `restorer report`: show a restoration to others."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from restorer.cli.checks import refuse_same
from restorer.cli.files import tell
from restorer.cli.request import cropped_for, read_options
from restorer.cli.restore import carry_out, job_from
from restorer.engine.engine import Engine
from restorer.engine.film import Pace, film_of
from restorer.engine.html_report import ReportContent, write_report
from restorer.engine.outcome import Done
from restorer.errors import BadInput
from restorer.imaging.atomic import check_target
from restorer.imaging.film import check_film, write_film
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.words import tr


class _NoStepFiles:
    """Takes the steps of a job and writes no files for them."""

    def add(self, trajectory: object, original: object) -> None:
        """Writes nothing for a single step."""


def run(arguments: Namespace) -> int:
    """Restore one picture and write it as a film, or as a page with its numbers and steps."""
    path, force = arguments.output, arguments.force
    maps = (arguments.mask, arguments.strength, arguments.control, arguments.infrared)
    refuse_same(path, [arguments.input, *(Path(one) for one in maps if one is not None)])
    if arguments.command == "film":
        check_film(path, force)
        pace = _pace(arguments)
        done, picture = _restored(arguments)
        write_film(film_of(done.outcome.trajectory, picture, pace), path, force=force)
    else:
        if path.suffix.lower() not in (".html", ".htm"):
            raise BadInput("A report is a page of HTML; give it a name that ends in .html.")
        check_target(path, force=force)
        done, picture = _restored(arguments)
        checked = done.outcome.checked
        told = ReportContent(
            arguments.input.name,
            picture,
            done.outcome.trajectory,
            done.outcome.status.place,
            checked.sentence if checked is not None else "",
            prompts=not arguments.private,
        )
        write_report(told, path, force=force)
    print(tr("written to {path}", path=path))
    return 0


def _pace(arguments: Namespace) -> Pace:
    if not 64 <= arguments.size <= 2048:
        raise BadInput(
            "The size must lie between 64 and 2048 pixels, not {size}.", size=arguments.size
        )
    if not 1 <= arguments.seconds <= 120:
        raise BadInput("A film lasts 1 to 120 seconds, not {seconds:g}.", seconds=arguments.seconds)
    return Pace(arguments.size, arguments.seconds)


def _restored(arguments: Namespace) -> tuple[Done, Picture]:
    """The last step that was carried out, and its input picture.

    Raises:
        BadInput: if there was nothing to be done.
    """
    asked = read_options(arguments)
    one_only = arguments.animations == "refuse"
    picture = cropped_for(read_picture(arguments.input, one_only=one_only), asked)
    tell(picture.notes)
    job = job_from(arguments, asked, picture)
    done = carry_out(job, Engine(precision=arguments.precision), arguments, _NoStepFiles())
    if done.outcome.trajectory.result is None:
        raise BadInput("The picture was left as it is: there are no steps to show.")
    return done, done.job.inputs.picture
