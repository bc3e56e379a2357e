"""A few choices of which one holds, as joined buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton

from restorer.ui.widgets.icons import icon


class Segmented(QFrame):
    """A few choices of which one holds, as joined buttons."""

    chosen = Signal(object)

    def __init__(self, choices: Sequence[tuple[object, str, str, str]]) -> None:
        """`choices`: value, text, name of an icon or "", what it means."""
        super().__init__()
        self.setObjectName("segmented")
        self.setFixedHeight(24)
        self._group = QButtonGroup(self)
        self._values = [choice[0] for choice in choices]
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for index, (_, text, icon_name, hint) in enumerate(choices):
            button = QToolButton()
            button.setProperty("segment", True)
            button.setCheckable(True)
            button.setToolTip(hint)
            button.setAccessibleName(hint.split(" (")[0])
            button.setFixedHeight(20)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if icon_name:
                button.setIcon(icon(icon_name))
                button.setIconSize(QSize(16, 16))
            else:
                button.setText(text)
            self._group.addButton(button, index)
            row.addWidget(button)
        self._group.idClicked.connect(self._on_clicked)

    def select(self, value: object) -> None:
        """Show a choice, or none for what is none of them; nothing is emitted."""
        self._group.setExclusive(False)
        for button, own in zip(self._group.buttons(), self._values, strict=True):
            button.setChecked(own == value)
        self._group.setExclusive(True)

    @Slot(int)
    def _on_clicked(self, index: int) -> None:
        self.chosen.emit(self._values[index])
