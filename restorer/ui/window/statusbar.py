"""The lowest line: device and model, and what is going on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame

from restorer.document import Changes, Document, after
from restorer.ui.text import status
from restorer.ui.widgets.buttons import progress_bar
from restorer.ui.widgets.labels import Line, label, show_text
from restorer.ui.widgets.layouts import in_row, wide

_HEIGHT = 28

#: What the status speaks of.
_STATUS = (
    Changes.CURRENT
    | Changes.PICTURES
    | Changes.ESTIMATE
    | Changes.STATUS
    | Changes.PROGRESS
    | Changes.MODEL
    | Changes.SHOWN
    | Changes.DOUBT
)


class StatusBar(QFrame):
    """The lowest line: device and model, and what is going on."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setFixedHeight(_HEIGHT)
        self._document = document
        self.model = label()
        self.training = label()
        self.elsewhere = label()
        self.elsewhere.setObjectName("elsewhere")
        self.text = Line(Qt.AlignmentFlag.AlignRight, Qt.TextElideMode.ElideRight)
        self.bar = progress_bar(1000)
        self.bar.setFixedWidth(128)
        parts = self.model, wide(self.text), self.bar, self.elsewhere, self.training
        in_row(*parts, on=self, margins=(16, 0, 16, 0), spacing=12)
        document.changed.connect(self._show_model)
        document.changed.connect(self._show_status)
        self._show_model()
        self._show_status()

    @after(Changes.MODEL)
    def _show_model(self) -> None:
        self.model.setText(status.model(self._document))

    @after(_STATUS)
    def _show_status(self) -> None:
        self.text.setText(status.status(self._document))
        show_text(self.elsewhere, status.elsewhere(self._document))
        opened = self._document.pictures.current
        now = opened.results.progress if opened is not None else None
        running = opened is not None and opened.status.running
        doubts = self._document.doubts
        if not running and opened is not None and doubts.ahead(opened.results.shown) == 0:
            running, now = True, doubts.progress
        self.bar.setVisible(running)
        fraction = (now.step + now.tile / now.tiles) / now.steps if now and running else 0.0
        self.bar.setValue(round(fraction * 1000))

    @Slot(str)
    def show_training(self, words: str) -> None:
        """How a training goes that runs beside all this; "" if none does."""
        self.training.setText(words)
