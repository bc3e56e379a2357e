"""The versions of a picture: as it came, and the results of its runs; all changes can be undone."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.results import ShowResult
from restorer.document.runs import Runs
from restorer.engine.run import Run


class Versions(QObject):
    """Which version of the picture on view is shown."""

    def __init__(self, pictures: Pictures, runs: Runs, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures, self._runs = pictures, runs

    def step(self, by: int) -> None:
        """Put the former (-1) or the newer (1) version of the picture on view."""
        opened = self._pictures.current
        if opened is not None and opened.has_version(by):
            text = self.tr("Previous result") if by < 0 else self.tr("Next result")
            self._show(opened, text, opened.versions[opened.version + by])

    def take_back(self, text: str) -> None:
        """Show the picture as it came instead of the result; `text` names that for undoing."""
        opened = self._pictures.current
        if (
            opened is not None
            and opened.results.shown is not None
            and opened.results.making is None
        ):
            self._show(opened, text, None)

    def drop(self, opened: OpenPicture, run: Run, kept: Run | None) -> None:
        """Show what a step began with instead of its result, as a part of all the steps."""
        steps = opened.results.steps
        assert steps is not None
        opened.undo.push(ShowResult(steps.text, partial(self._runs.show, opened), run, kept, steps))

    def _show(self, opened: OpenPicture, text: str, other: Run | None) -> None:
        making, shown = opened.results.making, opened.results.shown
        show = partial(self._runs.show, opened)
        if making is not None and making in (other, shown):  # it may leave nothing to go back to
            show(other)
        else:
            opened.undo.push(ShowResult(text, show, shown, other))
