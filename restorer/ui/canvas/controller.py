"""Connects document and canvas: what is shown, how it is compared, the forward process."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restorer.document import Changes, Document
from restorer.document.forward import forward_alpha_bar, place_of
from restorer.engine.progress import Progress
from restorer.engine.tasks import DEFAULT_TASK
from restorer.engine.views import View
from restorer.ui.canvas.compositor import CompareMode
from restorer.ui.canvas.preview import PreviewController
from restorer.ui.canvas.widget import Canvas
from restorer.ui.text import tasks, versions
from restorer.words import tr


class CanvasController(QObject):
    """Keeps the canvas in step with the document."""

    compare_changed = Signal()
    view_changed = Signal()

    def __init__(self, document: Document, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._document = document
        self._canvas = canvas
        self._original: object = None
        self._compare_chosen = False
        self._forward = False
        document.changed.connect(self._on_changed)
        document.display.tiles_made.connect(self._on_tiles)
        canvas.viewport.moved.connect(self._look)
        self._preview = PreviewController(document, canvas, self)
        self._preview.changed.connect(self._on_preview)
        self._on_current()

    def set_compare(self, mode: CompareMode) -> None:
        """Compare as a person chose; this stays from now on, and ends the forward process."""
        self._compare_chosen = True
        if self._forward:
            self._document.display.set_view(self._document.display.view)
        self._apply_compare(mode)

    def show_forward(self, t: float) -> None:
        """Show the original under the noise of t."""
        current = self._document.pictures.current
        place = place_of(current)
        if current is not None and place is not None:
            self._set_forward(forward_alpha_bar(t, place, current.plan.schedule))

    def end_forward(self) -> None:
        self._set_forward(None)

    def _set_forward(self, alpha_bar: float | None) -> None:
        self._canvas.show_forward(alpha_bar)
        if (alpha_bar is not None) is not self._forward:
            self._forward = not self._forward
            self.view_changed.emit()

    @property
    def view(self) -> View | None:
        """The view of a run that is shown; None for the original, with noise or without."""
        current = self._document.pictures.current
        came = self._forward or self._document.crops.choosing is not None
        of_run = current is not None and current.results.frames > 0 and not came
        return self._document.display.view if of_run else None

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & Changes.CURRENT:
            self._on_current()
        if changes & (Changes.RUN | Changes.STATUS):
            self._set_times()
        if changes & (Changes.RUN | Changes.VIEW):
            self._on_view()
        if changes & Changes.SHOWN:
            self._on_shown()
        if changes & (Changes.STATUS | Changes.VIEW):
            self._propose_compare()
        if changes & (Changes.CURRENT | Changes.STATUS):
            self._look()

    @Slot()
    def _look(self) -> None:
        """Tell each run which part is in view, to begin there; others go row by row."""
        current = self._document.pictures.current
        for opened in self._document.runs.busy:
            if opened.results.making is not None:
                seen = self._canvas.viewport.geometry.shares if opened is current else None
                opened.results.making.look.at = seen

    def _set_times(self) -> None:
        current = self._document.pictures.current
        plain = current is None or self._document.crops.choosing is not None
        seen = self._preview.shown_task
        growth = 1 if current is None else current.growth
        growth = seen.damage.growth if seen is not None else growth
        self._canvas.set_times(1 if plain else growth)

    @Slot()
    def _on_preview(self) -> None:
        self._set_times()
        self._on_view()

    def _apply_compare(self, mode: CompareMode) -> None:
        self._canvas.set_compare(mode)
        self.compare_changed.emit()

    def _on_current(self) -> None:
        current = self._document.pictures.current
        picture = current.content.picture if current else None
        picture = self._document.crops.choosing or picture
        self.end_forward()
        self._set_times()
        if picture is None:
            self._original = None
            self._canvas.clear()
        elif picture is not self._original:
            self._original = picture
            title = current.source.title if current else ""
            self._canvas.set_original(picture.pixels, picture.icc, title, picture.alpha)
            self._propose_compare()

    def _on_shown(self) -> None:
        current = self._document.pictures.current
        running = current is not None and current.under_way
        if self._document.crops.choosing is not None:
            self._canvas.layers.set_shown(None, fade=False)
            self._canvas.set_legend(None)
        elif current is not None and current.content.picture is not None:
            self._canvas.layers.set_shown(self._document.display.shown, fade=running)
            self._canvas.set_legend(self._document.display.legend)
            other = current.compared
            times = other.task.damage.growth if other is not None else 1
            self._canvas.layers.set_compared(self._document.display.compared, times)

    @Slot(object)
    def _on_tiles(self, tiles: list[Progress]) -> None:
        for tile in tiles:
            self._canvas.layers.paint_tile(tile.box, tile.x0)
        current = self._document.pictures.current
        run = current.results.shown if current is not None else None
        if run is not None and run.latent is not None:
            self._set_labels(preview=True)

    def _on_view(self) -> None:
        self.end_forward()
        current = self._document.pictures.current
        shows = current is not None and current.results.shows_preview
        self._set_labels(shows or self._preview.shown_task is not None)

    def _set_labels(self, preview: bool) -> None:
        current = self._document.pictures.current
        run = current.results.shown if current else None
        kind = run.task.damage.kind if run else DEFAULT_TASK
        latent = run is not None and run.latent is not None
        view = self._document.display.view
        infos = run.trajectory.infos if run is not None else ()
        guess = bool(infos) and infos[0].guess
        other = (view.caption_latent if latent else "") or (view.caption_guess if guess else "")
        caption = other or view.caption
        shown = tr(caption) if caption else tasks.task(kind).after
        badge = ""
        if preview:
            badge = tr("preview")
            shown = f"{shown}, {badge}" if caption else badge
        before = tr("original")
        if current is not None and current.compared is not None:
            before = versions.title(current, current.compared)
            shown = shown if caption or preview else versions.title(current, run)
        self._canvas.set_labels(shown, before, badge)

    def _propose_compare(self) -> None:
        """Show the whole picture while a run is under way, and a wipe once it is done.

        The view of doubt is shown all over.
        """
        current = self._document.pictures.current
        if current is None or self._compare_chosen:
            return
        done = current.results.frames > 0 and not current.under_way
        doubted = self._document.display.view.of_spread
        mode = CompareMode.WIPE if done and not doubted else CompareMode.SINGLE
        if mode is not self._canvas.compare:
            self._apply_compare(mode)
