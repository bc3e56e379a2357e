"""A heading that shows and hides what is under it.

superqt's QCollapsible only takes the height from what it hides, so that Tab goes to fields that
nobody sees, and its own style sheet takes away the ring of the focus.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from restorer.ui.widgets.icons import icon
from restorer.ui.widgets.layouts import in_column

_QUIET = QPalette.ColorRole.Mid


class Fold(QWidget):
    """Closed at first; `heading` is the button that opens it."""

    opened = Signal()

    def __init__(self, title: str, body: QWidget) -> None:
        super().__init__()
        self.heading = QPushButton(title)
        self.heading.setObjectName("fold")
        self.heading.setCheckable(True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.setIcon(icon("right", _QUIET))
        self.heading.toggled.connect(self._on_toggled)
        self._body = body
        self._body.setVisible(False)
        in_column(self.heading, self._body, on=self, spacing=8)

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        self._body.setVisible(shown)
        self.heading.setIcon(icon("down" if shown else "right", _QUIET))
        if shown:
            self.opened.emit()
