"""Tries several ways on the middle of the current picture, and takes over the selected one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.diffusion.schedule import LINEAR
from restorer.document import Document, OpenPicture
from restorer.document.trials import Trial
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.engine.tasks import DEFAULT_TASK
from restorer.errors import RestorerError
from restorer.imaging.geometry import middle
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.side_by_side.variations import VARIATIONS, Way, case_of
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.side_by_side.dialog import Row, SideBySideDialog

_SIDE = 160  # side of the part that is tried, in pixels of the picture
_COLUMNS = 4  # intermediate steps shown, besides the result


class SideBySideController(QObject):
    """Leaves the picture's own results alone until a person takes a way."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("variations", self)
        self.dialog: SideBySideDialog | None = None
        self._trial: Trial | None = None
        self._opened: OpenPicture | None = None
        self._ways: list[Way] = []

    def show(self) -> None:
        if self.dialog is None:
            from restorer.ui.side_by_side.dialog import SideBySideDialog

            self.dialog = SideBySideDialog(self._window)
            self.dialog.wanted.connect(self._try)
            self.dialog.taken.connect(self._take)
            self.dialog.left.connect(self._leave)
        self.dialog.show()
        self.dialog.activateWindow()

    @Slot(int)
    def _try(self, index: int) -> None:
        assert self.dialog is not None
        self._stop()
        opened = self._document.pictures.current
        task = opened.plan.task if opened is not None else None
        if opened is None or opened.content.picture is None or task is None or not _fit(opened):
            self.dialog.show_rows([], [])
            self.dialog.show_progress(0, 0)
            self.dialog.show_message(
                tr("This works on a noisy picture, with a model that works on pixels.")
            )
            return
        self._opened, self._ways = opened, VARIATIONS[index].ways(task)
        where = middle(opened.content.picture.pixels.shape, _SIDE)
        pixels = opened.content.picture.pixels[where]
        truth = opened.content.truth
        clean = truth[where] if truth is not None and truth.shape[:2] == _size(opened) else None
        inputs = Inputs(replace(opened.content.picture, pixels=pixels, alpha=None))
        plain = replace(task, local=(), strength="")
        if len(self._ways) < 2:
            self.dialog.show_message(tr("Only one model fits. Manage models (Ctrl+M) adds others."))
            self.dialog.show_rows([], [])
            return
        cases = [case_of(plain, change, inputs) for _, change in self._ways]
        done, failed = partial(self._done, plain, clean), self._failed
        self._trial = Trial(tuple(cases), done, self.dialog.show_progress, failed)
        told = tr("Trying {n} ways on the middle of “{0}”, all from the same start.")
        self.dialog.show_message(told.format(opened.source.title, n=len(cases)))
        self.dialog.show_rows([], [])
        self.dialog.show_progress(0, self._trial.all_steps)
        self._document.trials.begin(self._trial)

    @Slot()
    def _leave(self) -> None:
        """Stop the trial when the dialog closes; what it shows stays."""
        assert self.dialog is not None
        if self._trial is not None or self._background.running:
            self.dialog.show_progress(0, 0)
            self.dialog.show_message(tr("Stopped. Try begins again."))
        self._stop()

    @Slot()
    def _stop(self) -> None:
        if self._trial is not None:
            self._document.trials.cancel(self._trial)
            self._trial = None
        self._background.cancel()

    def _done(self, task: RestorationTask, clean: Pixels | None, runs: list[Run]) -> None:
        self._trial = None
        assert self.dialog is not None and task.start is not None and self._opened is not None
        self.dialog.show_progress(0, 0)
        told = tr(
            "Tried on the middle of “{0}”, all from the same start: the clean picture as it was "
            "predicted on the way, and what came of it. Click a picture to take its way."
        )
        self.dialog.show_message(told.format(self._opened.source.title))
        times = [task.start * (1 - k / _COLUMNS) for k in range(_COLUMNS)]
        columns = [*map(_at, times), tr("result")]
        titles = [title for title, _ in self._ways]
        looking = partial(_rows, titles, runs, times, clean)
        show = partial(self.dialog.show_rows, columns)
        self._background.run(looking, show, self._document.notices.report)

    def _failed(self, error: RestorerError) -> None:
        self._trial = None
        if self.dialog is not None:
            self.dialog.show_progress(0, 0)
        self._document.notices.report(error)

    @Slot(int)
    def _take(self, index: int) -> None:
        """Restore the whole picture in this way."""
        if self._opened is None or index >= len(self._ways):
            return
        if self._opened is not self._document.pictures.current:
            assert self.dialog is not None
            other = tr("This was tried on “{0}”. Bring that picture on view to take it.")
            self.dialog.show_message(other.format(self._opened.source.title))
            return
        title, change = self._ways[index]
        self._document.planner.change(tr("Take {0}").format(title), task=DEFAULT_TASK, **change)
        self._document.runs.restore()
        if self.dialog is not None:
            self.dialog.close()  # it lies over the picture; opened again it shows the same ways


def _fit(opened: OpenPicture) -> bool:
    task = opened.plan.task
    pixels = opened.plan.parameters.latent is None
    return task is not None and task.start is not None and task.damage.is_noise and pixels


def _size(opened: OpenPicture) -> tuple[int, int]:
    assert opened.content.picture is not None
    height, width = opened.content.picture.pixels.shape[:2]
    return height, width


def _at(t: float) -> str:
    """Heading of a column: its place on the schedule."""
    return tr("t {0:.0f}, noise {1:.0f}").format(t, float(LINEAR.noise(t)))


def _rows(
    titles: list[str], runs: list[Run], times: list[float], clean: Pixels | None
) -> list[Row]:
    """A row per run: its predicted clean pictures at, or near, these times."""
    from restorer.engine.trajectory import Quantity
    from restorer.engine.truth import score
    from restorer.imaging.geometry import thumbnail
    from restorer.ui.side_by_side.dialog import SIDE, Row

    rows = []
    for title, run in zip(titles, runs, strict=True):
        frames, result = run.trajectory, run.trajectory.result
        if result is None:
            continue
        infos = frames.infos
        near = [min(infos, key=lambda info: abs(info.t - t)).index for t in times]
        shown = [thumbnail(frames.view(index, Quantity.X0), SIDE) for index in near]
        told = tr("{n} evaluations, {s:.1f} s").format(n=len(infos), s=infos[-1].seconds)
        if clean is not None:
            told += tr(", {0:.1f} dB").format(score(result, clean).psnr)
        rows.append(Row(title, told, (*shown, thumbnail(result, SIDE))))
    return rows
