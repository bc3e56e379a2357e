"""A heading that shows and hides the widget below it.

superqt's QCollapsible only sets the height to 0, so that Tab still reaches the hidden fields,
and its own style sheet removes the focus ring.
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
