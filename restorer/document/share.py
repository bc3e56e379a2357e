"""What is shared of a run, made in another thread: films, sheets, pages."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from restorer.engine.run import Run
from restorer.imaging.picture import Picture
from restorer.jobs.background import report


class Pace(NamedTuple):
    """Of a film: longest side in pixels, and seconds in all."""

    size: int = 480
    seconds: float = 6.0


@dataclass(frozen=True, eq=False)
class Shared:
    """A run with a result, and what its picture is called; `prompts`: its words may be told."""

    title: str
    run: Run
    prompts: bool


def film_suffixes() -> list[str]:
    """Of films, the most usual first; MP4 needs PyAV."""
    return [".gif", ".webp", *([".mp4"] if find_spec("av") is not None else [])]


def write_film(shared: Shared, path: Path, pace: Pace) -> None:
    """Raises `RestorerError` where it cannot be written."""
    from restorer.engine import film  # Pillow comes with it, not at start-up
    from restorer.imaging.film import write_film

    run = shared.run
    how = film.Pace(pace.size, pace.seconds)
    picture, both = run.inputs.picture, lambda done, total: report(done, 2 * total)
    stills = film.film_of(run.trajectory, picture, how, both)
    write_film(stills, path, force=True, told=lambda done, total: report(total + done, 2 * total))


def pair(shared: Shared) -> Picture:
    """Before and after as one picture."""
    from restorer.engine.export import before_and_after

    result, picture = shared.run.trajectory.result, shared.run.inputs.picture
    assert result is not None
    return Picture(before_and_after(picture, result), icc=picture.icc)


def sheet(shared: Shared) -> Picture:
    """Every step on one picture."""
    from restorer.engine.export import run_sheet

    picture = shared.run.inputs.picture
    return Picture(run_sheet(shared.run.trajectory, picture, report), icc=picture.icc)


def write_pair(shared: Shared, path: Path, _: Pace) -> None:
    """Raises `RestorerError` where it cannot be written."""
    _write(pair(shared), path)


def write_sheet(shared: Shared, path: Path, _: Pace) -> None:
    """Raises `RestorerError` where it cannot be written."""
    _write(sheet(shared), path)


def write_report(shared: Shared, path: Path, _: Pace) -> None:
    """Raises `RestorerError` where it cannot be written."""
    from restorer.engine.html_report import ReportContent, write_report

    run = shared.run
    checked = run.judgement.sentence if run.judgement is not None else ""
    told = ReportContent(
        shared.title, run.inputs.picture, run.trajectory, run.place, checked, shared.prompts
    )
    write_report(told, path, force=True, told_of=report)


def _write(picture: Picture, path: Path) -> None:
    from restorer.imaging.write import write_picture

    write_picture(picture, path, force=True)
