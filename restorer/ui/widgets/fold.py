"""A heading that shows and hides what is under it.

superqt's QCollapsible only takes the height from what it hides, so that Tab goes to fields that
nobody sees, and its own style sheet takes away the ring of the focus.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from restorer.ui.widgets.icons import icon

_QUIET = QPalette.ColorRole.Mid


class Fold(QWidget):
    """Closed at first."""

    opened = Signal()

    def __init__(self, title: str, body: QWidget) -> None:
        super().__init__()
        self._button = QPushButton(title)
        self._button.setObjectName("fold")
        self._button.setCheckable(True)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button.setIcon(icon("right", _QUIET))
        self._button.toggled.connect(self._on_toggled)
        self._body = body
        self._body.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._button)
        column.addWidget(self._body)

    def set_open(self, shown: bool) -> None:
        self._button.setChecked(shown)

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        self._body.setVisible(shown)
        self._button.setIcon(icon("down" if shown else "right", _QUIET))
        if shown:
            self.opened.emit()
