"""The mask tools as a narrow strip beside the canvas."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout

from restorer.ui.actions import Actions

WIDTH = 40

TOOLS = ("look", "brush", "eraser", "line", "lasso", "select", "find")


class MaskStrip(QFrame):
    """One button for each tool."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("maskstrip")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Mask tools"))
        self.buttons = {name: tool_button(actions[name]) for name in TOOLS}
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 8, 5, 8)
        column.setSpacing(4)
        for name, button in self.buttons.items():
            column.addWidget(button)
            if name in ("look", "select"):
                column.addSpacing(8)
        column.addStretch(1)


def tool_button(action: QAction) -> QToolButton:
    """A button of 30 by 30 that can be reached by Tab."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(20, 20))
    button.setFixedSize(30, 30)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
