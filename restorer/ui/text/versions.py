"""Words for the versions of a picture."""

from __future__ import annotations

from restorer.document import OpenPicture
from restorer.engine.run import Run
from restorer.ui.text.branches import what_changed
from restorer.words import tr


def title(opened: OpenPicture, run: Run | None) -> str:
    """Title of a version: its name, its number among the results, or "Original"."""
    if run is None:
        return tr("Original")
    name = opened.results.names.get(run.number)
    if name:
        return name
    plain = tr("Result {n}").format(n=_place(opened, run))
    if run.task.trunk is None:
        return plain
    words = tr("{result}: from step {n} with {what}")
    return words.format(result=plain, n=run.task.after + 1, what=what_changed(run.task))


def title_among(opened: OpenPicture, run: Run | None) -> str:
    """The same with the number of results: "Result 2 of 3"."""
    if run is None or opened.results.names.get(run.number):
        return title(opened, run)
    words = tr("Result {n} of {all}")
    return words.format(n=_place(opened, run), all=len(opened.runs))


def _place(opened: OpenPicture, run: Run) -> int:
    return opened.runs.index(run) + 1
