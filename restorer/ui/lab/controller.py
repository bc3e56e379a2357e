"""Connects the document and the laboratory, which is created when first opened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document, OpenPicture, work
from restorer.document.content import Source
from restorer.engine.run import Run
from restorer.imaging.geometry import middle
from restorer.imaging.picture import Picture, Pixels
from restorer.jobs.background import Background, go_on
from restorer.words import tr

if TYPE_CHECKING:  # scipy and pyqtgraph come with them
    from restorer.engine.laboratory import LabDamage
    from restorer.engine.truth import Score
    from restorer.ui.lab.dialog import LabDialog

_PIECE = 880  # side of the piece that the preview is made from: enough at a quarter of its size


class LabController(QObject):
    """Damages the current picture, and measures the runs of damaged pictures."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("lab", self)
        self.dialog: LabDialog | None = None
        document.changed.connect(self._on_changed)

    def show(self) -> None:
        if self.dialog is None:
            from restorer.ui.lab.dialog import LabDialog

            self.dialog = LabDialog(self._window)
            self.dialog.changed.connect(self._preview)
            self.dialog.wanted.connect(self._open)
            self.dialog.step_wanted.connect(self._document.display.set_playhead)
        self.dialog.show()
        self.dialog.activateWindow()
        self._preview()
        self._measure()

    @property
    def clean(self) -> tuple[str, Picture] | None:
        """The picture to damage: the current one, or the clean one that it was made from."""
        opened = self._document.pictures.current
        if opened is None or opened.content.picture is None:
            return None
        truth = opened.content.truth
        picture = opened.content.picture
        title = opened.source.title
        if truth is not None:
            return title.removesuffix(tr(", damaged")), replace(picture, pixels=truth)
        return title, picture

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if self.dialog is None or not self.dialog.isVisible():
            return
        if changes & Changes.CURRENT:
            self._preview()
        if changes & (Changes.CURRENT | Changes.RUN | Changes.STATUS):
            self._measure()

    @Slot()
    def _preview(self) -> None:
        assert self.dialog is not None
        clean = self.clean
        self.dialog.show_picture(clean[0] if clean is not None else "")
        if clean is None:
            self.dialog.show_preview(None)
            return
        piece = clean[1].pixels[middle(clean[1].pixels.shape, _PIECE)]
        self._run(partial(_damaged, piece, self.dialog.damage), self.dialog.show_preview)

    def _run(self, work: object, then: object) -> None:
        report = self._document.notices.report
        self._background.run(work, then, report, newest_only=True)  # type: ignore[arg-type]

    @Slot()
    def _open(self) -> None:
        clean = self.clean
        if clean is None or self.dialog is None:
            return
        title, picture = clean
        opened = OpenPicture(Source(title + tr(", damaged")))
        opened.content.truth = picture.pixels
        making = partial(_loaded, picture, self.dialog.damage)
        self._document.pictures.open_made(opened, making)

    def _measure(self) -> None:
        assert self.dialog is not None
        opened = self._document.pictures.current
        run = opened.results.shown if opened is not None else None
        if opened is None or opened.content.truth is None or run is None or opened.under_way:
            self.dialog.show_scores(None, [])
            return
        measuring = partial(_scores, opened.content.picture, run, opened.content.truth)
        self._document.pictures.ask(opened, measuring, partial(self._measured, run))

    def _measured(self, run: Run, found: tuple[Score, list[Score]] | None) -> None:
        opened = self._document.pictures.current
        if self.dialog is not None and opened is not None and opened.results.shown is run:
            self.dialog.show_scores(*(found or (None, [])))


def _damaged(pixels: Pixels, how: LabDamage) -> Pixels:
    from restorer.engine.laboratory import damaged  # scipy, not at start-up
    from restorer.ui.lab.dialog import PREVIEW

    made = damaged(pixels, how)
    return made[middle(made.shape, PREVIEW)]


def _loaded(picture: Picture, how: LabDamage) -> work.Loaded:
    from restorer.engine.laboratory import damaged

    made = replace(picture.resized_to(damaged(picture.pixels, how)), path=None, digest="", bits=8)
    return work.loaded(replace(made, alpha=None))


def _scores(damaged: Picture | None, run: Run, clean: Pixels) -> tuple[Score, list[Score]] | None:
    """The scores of the damaged picture and of a run's steps; None where no truth fits."""
    from restorer.engine.laboratory import truth_for
    from restorer.engine.truth import score, scores
    from restorer.imaging.geometry import repeated

    result = run.trajectory.result
    truth = truth_for(clean, result.shape) if result is not None else None
    if truth is None or damaged is None:
        return None
    before = repeated(damaged.pixels, len(truth) // len(damaged.pixels))
    return score(before, truth), list(scores(run.trajectory, truth, go_on))
