"""Keys that Qt does not handle itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QToolButton, QWidget


def press_focused(window: QWidget, event: QKeyEvent) -> bool:
    """Let Enter press the focused button, as Space does; false if there is none."""
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return False
    match window.focusWidget():
        case QToolButton() as button if button.menu() is not None:
            button.showMenu()
        case QAbstractButton() as button:
            button.click()
        case QComboBox() as choice:
            choice.showPopup()
        case _:
            return False
    return True
