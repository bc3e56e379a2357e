"""Which result of a picture is on view, once there are several."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from restorer.document import Changes, Document
from restorer.ui.widgets.icons import icon
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_row, wide


class ResultsRow(QWidget):
    """Goes from the original to the results and back; hidden while there is no result."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.former = self._button("left", self.tr("Previous result (Ctrl+Left)"), -1)
        self.newer = self._button("right", self.tr("Next result (Ctrl+Right)"), 1)
        self.text = label(kind="caption")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        in_row(self.former, wide(self.text), self.newer, on=self, spacing=6)
        document.changed.connect(self._on_changed)
        self.refresh()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & (Changes.CURRENT | Changes.RUN | Changes.STATUS):
            self.refresh()

    def refresh(self) -> None:
        """Which of how many is on view."""
        opened = self._document.pictures.current
        known = opened.runs if opened else []
        self.setVisible(len(known) > 0)
        if opened is None or opened.version < 0:
            return
        if opened.results.shown is None:
            self.text.setText(self.tr("Original"))
        else:
            words = self.tr("Result {n} of {all}")
            self.text.setText(words.format(n=known.index(opened.results.shown) + 1, all=len(known)))
        self.former.setEnabled(opened.has_version(-1))
        self.newer.setEnabled(opened.has_version(1))

    def _button(self, sign: str, words: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(sign))
        button.setIconSize(QSize(20, 20))
        button.setToolTip(words)
        button.setAccessibleName(words.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._document.versions.step(by))
        return button
