"""What fits on the screen, at every scale."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME = QSize(16, 48)  # that the system draws around a window, known once it is shown


def fit_on_screen(window: QWidget, wanted: QSize, least: QSize) -> None:
    """Give a window its first and its least size, or as much of them as the screen has."""
    room = window.screen().availableSize() - _FRAME
    window.setMinimumSize(least.boundedTo(room))
    window.resize(wanted.boundedTo(room))
