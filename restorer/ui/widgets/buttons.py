"""Push buttons, said in one go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QPushButton


def button(
    text: str, run: Callable[[], Any] | SignalInstance, hint: str = "", main: int = 0
) -> QPushButton:
    """A button that runs something, or emits a signal.

    Args:
        hint: its tooltip.
        main: it is what the page is for, and at least so many pixels wide.
    """
    made = QPushButton(text)
    made.clicked.connect(run)
    made.setToolTip(hint)
    if main:
        made.setObjectName("restore")
        made.setMinimumWidth(main)
    return made
