"""Connects document, canvas and timeline to the inspector, which is made when first opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document, OpenPicture
from restorer.document.forward import forward_alpha_bar, place_of
from restorer.engine.inspection import Inspection, forward_state, inspect_run, inspect_step
from restorer.engine.run import Run
from restorer.engine.tasks import TASKS
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.canvas import Canvas
from restorer.ui.canvas.forward import noise_of_pixel
from restorer.ui.inspector import words
from restorer.ui.inspector.words import PixelReport
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.widgets.layouts import in_column

if TYPE_CHECKING:  # pyqtgraph comes with it
    from restorer.ui.inspector.panel import InspectorPanel

#: After these, the inspector reads its pixel again.
_CHANGES = Changes.CURRENT | Changes.ESTIMATE | Changes.RUN | Changes.VIEW | Changes.FRAMES


class InspectorController(QObject):
    """Inspects the pixel under the pointer off the main thread, and shows the result.

    Attributes:
        wanted: a person has opened it; it is visible while a picture is open.
        panel: None until it was first opened.
    """

    def __init__(
        self, document: Document, canvas: Canvas, timeline: NoiseTimeline, place: QWidget
    ) -> None:
        """`place`: the empty widget that takes the panel."""
        super().__init__(place)
        self._document, self._canvas, self._timeline = document, canvas, timeline
        self._place = place
        self._background = Background("inspector", self)
        self.wanted = False
        self.panel: InspectorPanel | None = None
        self._pixel: tuple[int, int] | None = None
        place.hide()
        document.changed.connect(self._on_changed)
        timeline.playback.moved.connect(self._look)
        canvas.cursor_moved.connect(self._on_pointer)
        canvas.pointer.clicked.connect(self._on_click)

    def toggle(self) -> None:
        self.wanted = not self.wanted
        if self.panel is None:
            from restorer.ui.inspector.panel import InspectorPanel

            self.panel = InspectorPanel()
            self.panel.typed.connect(self._on_typed)
            in_column(self.panel, on=self._place)
        self._look()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & Changes.CURRENT:
            self._leave()
        if changes & _CHANGES:
            self._look()

    @Slot(int, int, object)
    def _on_pointer(self, x: int, y: int, value: object) -> None:
        if self.panel is not None and value is not None and not self.panel.held.isChecked():
            self._choose(x, y)

    @Slot(QPointF)
    def _on_click(self, position: QPointF) -> None:
        x, y = (v * self._canvas.layers.times for v in self._canvas.viewport.to_picture(position))
        width, height = self._size()
        if self.wanted and self.panel is not None and 0 <= x < width and 0 <= y < height:
            self.panel.held.setChecked(True)
            self._choose(int(x), int(y))

    @Slot()
    def _on_typed(self) -> None:
        assert self.panel is not None
        self.panel.held.setChecked(True)
        self._choose(self.panel.x_.value(), self.panel.y_.value())

    def _choose(self, x: int, y: int) -> None:
        self._pixel = x, y
        self._look()

    def _leave(self) -> None:
        """Forget the pixel until a person points at one."""
        self._pixel = None
        if self.panel is not None:
            self.panel.held.setChecked(False)

    def _size(self) -> tuple[int, int]:
        width, height = self._canvas.viewport.geometry.picture
        return width * self._canvas.layers.times, height * self._canvas.layers.times

    @Slot()
    def _look(self) -> None:
        """Inspect the pixel at the playhead, or say why there is nothing to show."""
        opened = self._document.pictures.current
        self._place.setVisible(self.wanted and opened is not None)
        if self.panel is None or not self.wanted or opened is None:
            return
        self.panel.set_size(*self._size())
        work = self._work(opened)
        if isinstance(work, str):
            self._background.cancel()
            self.panel.show_reason(work)
        else:
            answer, report = self.panel.show_pixel, self._document.notices.report
            self._background.run(work, answer, report, newest_only=True)

    def _work(self, opened: OpenPicture) -> str | Callable[[], PixelReport]:
        """The work for another thread, or a sentence why there is none."""
        place, picture, run = place_of(opened), opened.content.picture, opened.results.shown
        if place is None or picture is None:
            return words.not_measured()
        height, width = (side * opened.growth for side in picture.pixels.shape[:2])
        if self._pixel is not None and not (self._pixel[0] < width and self._pixel[1] < height):
            self._leave()  # it belonged to a larger result
        if self.panel is None or self._pixel is None:
            return words.no_pixel()
        self.panel.point_at(*self._pixel)
        playhead = self._timeline.model.playhead
        made = len(run.trajectory) if run is not None else 0
        if run is not None and playhead.frame is not None and playhead.frame < made:
            if run.latent is not None:
                return words.latent()
            if not TASKS[run.task.damage.kind].asks_prior:
                return words.without_network()
            return partial(_step, run, playhead.frame, self._pixel)
        x, y = (at // opened.growth for at in self._pixel)
        abar = forward_alpha_bar(playhead.t, place, opened.plan.schedule)
        return partial(_forward, picture.pixels[y, x], (x, y), playhead.t, abar, run, self._pixel)


def _forward(
    value: Pixels,
    at: tuple[int, int],
    t: float,
    abar: float,
    run: Run | None,
    seen: tuple[int, int],
) -> PixelReport:
    """Inspect a pixel of the original, at `at`, and of the run if there is one, at `seen`."""
    state = forward_state(value, noise_of_pixel(*at), abar)
    found = Inspection(state, None, *inspect_run(run, *seen))
    return PixelReport(words.forward(t, state), "", found)


def _step(run: Run, index: int, seen: tuple[int, int]) -> PixelReport:
    found, info = inspect_step(run, index, *seen), run.trajectory.infos[index]
    task = run.task
    of_mean = task.damage.is_noise and all(leg.faithfulness == 1 for leg in task.legs)
    return PixelReport(words.step(info, of_mean), words.onward(info, found.update), found)
