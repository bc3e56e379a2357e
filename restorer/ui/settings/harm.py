"""That a result has lost something of the picture, where, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.views import CLEAN, RESIDUAL
from restorer.ui.settings.form import Part
from restorer.ui.widgets.labels import label


class HarmPart(Part):
    """Hidden unless the check of the result on view says so."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(8)
        self.text = label()
        self.text.setWordWrap(True)
        self.where = QPushButton(self.tr("Show what went"))
        self.where.setCheckable(True)
        self.where.setToolTip(self.tr("What was taken away: grey is nothing, shapes are loss (4)."))
        self.where.clicked.connect(self._on_where)
        self.back = QPushButton(self.tr("Take it back"))
        self.back.setToolTip(
            self.tr("Shows the picture as it came; Undo and Former result bring the result again.")
        )
        self.back.clicked.connect(self._on_back)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.where)
        row.addWidget(self.back)
        self._column.addWidget(self.text)
        self._column.addLayout(row)
        document.view_changed.connect(self._show_where)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        judgement = entry.run.judgement if entry is not None and entry.run is not None else None
        lost = judgement is not None and judgement.alarm
        self.setVisible(lost)
        if judgement is not None and lost:
            self.text.setText(judgement.sentence)
            self.back.setEnabled(entry is not None and entry.making is None)
            self._show_where()

    @Slot()
    def _show_where(self) -> None:
        self.where.setChecked(self._document.view is RESIDUAL)

    @Slot(bool)
    def _on_where(self, shown: bool) -> None:
        self._document.set_view(RESIDUAL if shown else CLEAN)

    @Slot()
    def _on_back(self) -> None:
        self._document.take_back(self.back.text())
