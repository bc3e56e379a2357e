"""Message boxes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def message_box(parent: QWidget, text: str, more: str = "") -> QMessageBox:
    """A message box with plain text, since it may contain file names."""
    box = QMessageBox(parent)
    box.setWindowTitle("Restorer")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more)
    return box


def confirmed(parent: QWidget, question: str, do_it: str, more: str = "") -> bool:
    """Ask a question; True if the button `do_it` was pressed. Enter and Escape cancel."""
    box = message_box(parent, question, more)
    yes = box.addButton(do_it, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is yes
