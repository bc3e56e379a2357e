"""The versions of a picture: the original and its results; all changes can be undone."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from restorer.document.changes import Changes, Notifier
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.results import Change, ShowResult
from restorer.document.runs import Runs
from restorer.engine.run import Run
from restorer.words import tr


class Versions(QObject):
    """Shows, names and deletes versions of the current picture."""

    def __init__(self, pictures: Pictures, runs: Runs, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures, self._runs, self._notifier = pictures, runs, notifier

    def step(self, by: int) -> None:
        """Show the former (-1) or the newer (1) version of the current picture."""
        opened = self._pictures.current
        if opened is not None and opened.has_version(by):
            text = tr("Previous result") if by < 0 else tr("Next result")
            self._choose(opened, text, opened.versions[opened.version + by])

    def show(self, run: Run | None) -> None:
        """Show a version of the current picture, None for the original."""
        opened = self._pictures.current
        if opened is not None and run in opened.versions and run is not opened.results.shown:
            self._choose(opened, tr("Show another result"), run)

    @property
    def saved(self) -> Run | None:
        """The shown result, if it is finished and among the picture's results."""
        opened = self._pictures.current
        shown = opened.results.shown if opened is not None else None
        return shown if opened is not None and shown in list(opened.results) else None

    def rename(self, name: str) -> None:
        """Name the shown result; "" removes the name."""
        opened, run = self._pictures.current, self.saved
        if opened is None or run is None:
            return
        names, before = opened.results.names, opened.results.names.get(run.number, "")

        def call(name: str) -> None:
            names[run.number] = name
            self._notifier.tell(Changes.RUN)

        if name != before:
            renaming = partial(call, name), partial(call, before)
            opened.undo.push(Change(tr("Name result"), *renaming))

    def delete(self) -> None:
        """Delete the shown result, and show the version before it."""
        opened, run = self._pictures.current, self.saved
        if opened is None or run is None or opened.results.making is run:
            return
        former = opened.versions[opened.version - 1]
        place = opened.version - 1  # the original has none among the results

        def remove() -> None:
            opened.results.remove(run)
            if opened.results.before is run:  # nothing goes back to it
                opened.results.before = former
            opened.results.set_aside = former is None
            self._runs.show(opened, former)

        def put_back() -> None:
            opened.results.put_back(place, run)
            self._runs.show(opened, run)

        opened.undo.push(Change(tr("Delete result"), remove, put_back))
        if run.trajectory.in_memory:
            self._pictures.ask(opened, run.trajectory.put_away, lambda _: None)

    def take_back(self, text: str) -> None:
        """Show the original in place of the result; `text` names the undo step."""
        opened = self._pictures.current
        if (
            opened is not None
            and opened.results.shown is not None
            and opened.results.making is None
        ):
            self._show(opened, text, None)

    def drop(self, opened: OpenPicture, run: Run, before: Run | None) -> None:
        """Show the input of a step in place of its result, as part of the whole job."""
        steps = opened.results.steps
        assert steps is not None
        opened.undo.push(
            ShowResult(steps.text, partial(self._runs.show, opened), run, before, steps)
        )

    def _choose(self, opened: OpenPicture, text: str, version: Run | None) -> None:
        """Show a version, which unlike undo discards no result."""
        self._show(opened, text, version, looks=True)

    def _show(self, opened: OpenPicture, text: str, other: Run | None, looks: bool = False) -> None:
        making, shown = opened.results.making, opened.results.shown

        def show(run: Run | None) -> None:
            opened.results.set_aside = looks and run is None
            self._runs.show(opened, run)

        if making is not None and making in (other, shown):  # it may leave nothing to go back to
            show(other)
        else:
            opened.undo.push(ShowResult(text, show, shown, other))
