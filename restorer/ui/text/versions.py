"""Words for the versions of a picture."""

from __future__ import annotations

from restorer.document import OpenPicture
from restorer.engine.run import Run
from restorer.ui.text import tr


def title(opened: OpenPicture, run: Run | None) -> str:
    """What a version is called: by its name, its place among the results, or "Original"."""
    if run is None:
        return tr("Original")
    return opened.results.names.get(run.number) or tr("Result {n}").format(n=_place(opened, run))


def title_among(opened: OpenPicture, run: Run | None) -> str:
    """The same, and how many results there are: "Result 2 of 3"."""
    if run is None or opened.results.names.get(run.number):
        return title(opened, run)
    words = tr("Result {n} of {all}")
    return words.format(n=_place(opened, run), all=len(opened.runs))


def _place(opened: OpenPicture, run: Run) -> int:
    return opened.runs.index(run) + 1
