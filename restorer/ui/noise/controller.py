"""Between the document and the dialog about the noise, which is made when it is first asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document
from restorer.engine.inspection import taken_whole
from restorer.jobs.background import Background
from restorer.ui.noise.histogram import Histogram

if TYPE_CHECKING:  # pyqtgraph comes with it
    from restorer.ui.noise.dialog import NoiseDialog


class NoiseController(QObject):
    """Asks what the result on view has taken away, off the main thread, and shows it."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("noise", self)
        self.dialog: NoiseDialog | None = None
        self.histogram = Histogram(document, window)
        document.changed.connect(self._on_changed)

    def show(self) -> None:
        """Open it, or bring it forward."""
        if self.dialog is None:
            from restorer.ui.noise.dialog import NoiseDialog

            self.dialog = NoiseDialog(self._window)
        self.dialog.show()
        self.dialog.activateWindow()
        self._read()

    def shutdown(self) -> None:
        """Wait for its threads."""
        self._background.shutdown()
        self.histogram.shutdown()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        over = changes & (Changes.CURRENT | Changes.RUN | Changes.STATUS)
        if over and self.dialog is not None and self.dialog.isVisible():
            self._read()

    def _read(self) -> None:
        opened = self._document.pictures.current
        assert self.dialog is not None
        run = opened.results.shown if opened is not None else None
        if opened is None or run is None or opened.under_way:
            self._background.cancel()
            self.dialog.show_taken(None)
            return
        answer, report = self.dialog.show_taken, self._document.notices.report
        self._background.run(partial(taken_whole, run), answer, report, newest_only=True)
