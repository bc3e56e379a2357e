"""Connects the document's preview and the canvas: follows the view and the settings."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restorer.document import Changes, Document
from restorer.engine.progress import Progress
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.imaging.picture import Pixels
from restorer.ui.canvas.widget import Canvas

#: The view must be at rest for so long before a preview is asked for.
_RESTS_MS = 120
#: Longest side of a preview in pixels: of a larger view, only the middle is restored.
_LONGEST = 2400

#: So many restored parts stay visible when the view moves on.
_KEPT = 8

#: After these, the preview may need another part or another task.
_CHANGES = (
    Changes.CURRENT
    | Changes.ESTIMATE
    | Changes.PARAMETERS
    | Changes.MASKS
    | Changes.STATUS
    | Changes.RUN
)


class PreviewController(QObject):
    """Lays the restored part over the picture."""

    changed = Signal()  # a preview appeared or went away

    def __init__(self, document: Document, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._canvas = document, canvas
        self._preview = document.preview
        self._task: RestorationTask | None = None  # of the visible preview
        self._on_the_way: list[Box] = []  # tiles of the part that is being restored
        self._timer = QTimer(self, singleShot=True, interval=_RESTS_MS)
        self._timer.timeout.connect(self._ask)
        document.changed.connect(self._on_changed)
        canvas.viewport.moved.connect(self._soon)
        self._preview.toggled.connect(self._on_toggled)
        self._preview.tiles_made.connect(self._on_tiles)
        self._preview.made.connect(self._on_made)

    @property
    def shown_task(self) -> RestorationTask | None:
        """The task of the visible preview; None without one."""
        return self._task

    @Slot()
    def _on_toggled(self) -> None:
        if self._preview.wanted:
            self._soon()
        else:
            self._put_away()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & (Changes.CURRENT | Changes.SHOWN):
            self._preview.cancel()
            self._put_away()
        current = self._document.pictures.current
        if self._preview.wanted and current is not None and current.results.making is not None:
            self._preview.toggle()  # the whole picture is being restored, the visible part first
        if self._task is not None and not self._preview.offered:
            self._put_away()
        if changes & (_CHANGES | Changes.SHOWN):
            self._soon()

    @Slot()
    def _soon(self) -> None:
        if self._preview.wanted:
            self._timer.start()

    @Slot()
    def _ask(self) -> None:
        if self._document.crops.choosing is not None:
            return  # the whole picture is shown, perhaps turned: not what would be restored
        if self._canvas.layers.original and self._canvas.viewport.geometry.shares is not None:
            self._preview.show(self._box)
            if self._preview.why_not:
                self._put_away()

    @property
    def _box(self) -> Box:
        """The part in view, in pixels of the picture."""
        left, top, width, height = self._canvas.viewport.geometry.visible
        wide, tall = min(width, _LONGEST), min(height, _LONGEST)
        left, top = left + (width - wide) // 2, top + (height - tall) // 2
        return left, top, left + wide, top + tall

    @Slot(object, object)
    def _on_tiles(self, task: RestorationTask, tiles: list[Progress]) -> None:
        self._take_up(task)
        for tile in tiles:
            self._canvas.layers.paint_tile(tile.box, tile.x0)
            self._on_the_way.append(tile.box)

    @Slot(object, object, object)
    def _on_made(self, task: RestorationTask, box: Box, pixels: Pixels) -> None:
        """Show the finished part; earlier parts stay beside it."""
        self._take_up(task)
        layers = self._canvas.layers
        for tile in self._on_the_way:
            layers.shown.tiles.pop(tile, None)
        self._on_the_way = []
        layers.clear_tiles(but=_KEPT - 1)
        layers.paint_tile(box, pixels)

    def _take_up(self, task: RestorationTask) -> None:
        """Show previews of this task from now on, and remove those of another."""
        if task != self._task:
            self._canvas.layers.clear_tiles()
            self._task = task
            self.changed.emit()

    def _put_away(self) -> None:
        if self._task is not None:
            self._task = None
            self._canvas.layers.clear_tiles()
            self.changed.emit()
