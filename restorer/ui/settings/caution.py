"""What to know of a result that a model with prompts has made, before one believes it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.views import CLEAN, DOUBT
from restorer.ui.settings.form import Part
from restorer.ui.text import models
from restorer.ui.widgets.labels import label


class CautionPart(Part):
    """Hands, faces and writing; or that there is only a preview yet, which can be decoded."""

    help_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(8)
        self.text = label()
        self.text.setWordWrap(True)
        self.decode = QPushButton(self.tr("Decode this step"))
        self.decode.setToolTip(self.tr("Makes a picture of the preview, which can be saved."))
        self.decode.clicked.connect(document.decode)
        self.where = QPushButton(self.tr("Show where"))
        self.where.setCheckable(True)
        self.where.setToolTip(self.tr("Frames where the result has most detail of its own (5)."))
        self.where.clicked.connect(self._on_where)
        self.why = QPushButton(self.tr("What to do"))
        self.why.setToolTip(self.tr("Why that is so, and what helps."))
        self.why.clicked.connect(self.help_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.decode, self.where, self.why):
            row.addWidget(button)
        self._column.addWidget(self.text)
        self._column.addLayout(row)
        document.view_changed.connect(self._show_where)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        made = entry is not None and entry.run is not None and entry.run.latent is not None
        over = made and entry is not None and entry.frames > 0 and not entry.under_way
        self.setVisible(over)
        if entry is None or not over:
            return
        self.text.setText(models.caution(entry))
        self.decode.setVisible(entry.decodable)
        self.where.setVisible(entry.judged)
        self.why.setVisible(entry.judged)
        self._show_where()

    @Slot()
    def _show_where(self) -> None:
        self.where.setChecked(self._document.view is DOUBT)

    @Slot(bool)
    def _on_where(self, shown: bool) -> None:
        self._document.set_view(DOUBT if shown else CLEAN)
