"""Functions that make buttons and progress bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, SignalInstance
from PySide6.QtGui import QAction, QHelpEvent, QPalette
from PySide6.QtWidgets import QMenu, QProgressBar, QPushButton, QToolButton

from restorer.ui.widgets.icons import icon
from restorer.words import tr

_ICON = QSize(20, 20)


def button(
    text: str, run: Callable[[], Any] | SignalInstance, hint: str = "", main: int = 0
) -> QPushButton:
    """A button that calls a function or emits a signal.

    Args:
        hint: its tooltip.
        main: for the main button of a page, its least width in pixels.
    """
    made = QPushButton(text)
    made.clicked.connect(run)
    made.setToolTip(hint)
    if main:
        made.setObjectName("restore")
        made.setMinimumWidth(main)
    return made


class Menu(QMenu):
    """A menu whose tooltips say why a disabled entry cannot be used."""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            action = self.actionAt(event.pos())
            self.setToolTipsVisible(action is not None and not action.isEnabled())
        return super().event(event)


def tool_button(action: QAction, side: int | None = None) -> QToolButton:
    """A button for an action that Tab reaches; `side`: its width and height in pixels."""
    made = QToolButton()
    made.setDefaultAction(action)
    made.setIconSize(_ICON)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if side is not None:
        made.setFixedSize(side, side)
    return made


def icon_button(
    sign: str, name: str, ink: QPalette.ColorRole = QPalette.ColorRole.ButtonText
) -> QToolButton:
    """A button with only an icon; its name is for the tooltip and screen readers."""
    made = QToolButton()
    show_sign(made, sign, name, ink)
    return made


def show_sign(
    button: QToolButton,
    sign: str,
    name: str,
    ink: QPalette.ColorRole = QPalette.ColorRole.ButtonText,
) -> None:
    """Change the icon and the name of such a button."""
    button.setIcon(icon(sign, ink))
    button.setToolTip(name)
    button.setAccessibleName(name.split(" (")[0])  # without its keys


def menu_button(sign: str, name: str, menu: QMenu) -> QToolButton:
    """An icon button that opens a menu."""
    made = icon_button(sign, name)
    made.setIconSize(_ICON)
    made.setMenu(menu)
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return made


def progress_bar(steps: int = 100) -> QProgressBar:
    """A progress bar without text, from 0 to `steps`."""
    made = QProgressBar()
    made.setRange(0, steps)
    made.setTextVisible(False)
    made.setAccessibleName(tr("Progress"))
    return made
