"""The timeline's context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from restorer.ui.timeline.axis import Spacing

if TYPE_CHECKING:
    from restorer.ui.timeline.widget import NoiseTimeline

SPACINGS = {Spacing.LOG_SNR: "Space the axis by noise (log SNR)", Spacing.LINEAR: "Linear t"}


def timeline_menu(timeline: NoiseTimeline) -> QMenu:
    """A menu that goes away with its closing."""
    menu = QMenu(timeline)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    group = QActionGroup(menu)
    for spacing, title in SPACINGS.items():
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(timeline.spacing is spacing)
        action.triggered.connect(lambda _, spacing=spacing: timeline.set_spacing(spacing))
        group.addAction(action)
    menu.addSeparator()
    loop = menu.addAction("Play in a loop")
    loop.setCheckable(True)
    loop.setChecked(timeline.loop)
    loop.toggled.connect(lambda on: setattr(timeline, "loop", on))
    reset = menu.addAction("Put the start back")
    reset.setEnabled(timeline.live)
    reset.triggered.connect(timeline.reset_start)
    return menu
