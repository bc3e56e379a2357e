"""The timeline's context menu."""

from __future__ import annotations

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from restorer.ui.timeline.axis import Spacing
from restorer.ui.timeline.playback import Playback
from restorer.ui.timeline.start_edit import StartEdit
from restorer.ui.timeline.view import TimelineView
from restorer.words import marked as _
from restorer.words import tr

SPACINGS = {Spacing.LOG_SNR: _("Space the axis by noise (log SNR)"), Spacing.LINEAR: _("Linear t")}


def timeline_menu(
    parent: QWidget,
    view: TimelineView,
    playback: Playback,
    start: StartEdit,
    go_on: SignalInstance | None,
) -> QMenu:
    """A menu that is deleted when it closes; `go_on` is emitted to branch from this step."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    onward = menu.addAction(tr("Go on from this step with other settings"))
    onward.setEnabled(go_on is not None)
    if go_on is not None:
        onward.triggered.connect(go_on)
    menu.addSeparator()
    group = QActionGroup(menu)
    for spacing, title in SPACINGS.items():
        action = menu.addAction(tr(title))
        action.setCheckable(True)
        action.setChecked(view.spacing is spacing)
        action.triggered.connect(lambda _, spacing=spacing: view.set_spacing(spacing))
        group.addAction(action)
    menu.addSeparator()
    loop = menu.addAction(tr("Play in a loop"))
    loop.setCheckable(True)
    loop.setChecked(playback.loop)
    loop.toggled.connect(playback.set_loop)
    reset = menu.addAction(tr("Put the start back"))
    reset.setEnabled(start.possible)
    reset.triggered.connect(start.reset)
    return menu
