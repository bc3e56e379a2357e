"""The context menu of the canvas with the most common actions."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QMenu

from restorer.ui.canvas import Canvas
from restorer.ui.mask.tools import MaskTools
from restorer.ui.widgets.buttons import Menu
from restorer.ui.window.actions import Actions

#: Names of actions; None is a separator.
_NAMES = (
    "restore", None, "copy", "save", "share", None, "zoom_fit", "zoom_actual", None,
    "single", "wipe", "side_by_side", "difference", None, "inspector", "noise", "mask", "crop",
)  # fmt: skip


class CanvasMenu(QObject):
    """Opens the menu; with a mask tool the right button erases instead."""

    def __init__(self, canvas: Canvas, actions: Actions, tools: MaskTools) -> None:
        super().__init__(canvas)
        self._canvas, self._actions, self._tools = canvas, actions, tools
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        canvas.customContextMenuRequested.connect(self._open)

    def menu(self) -> QMenu:
        made = Menu(self._canvas)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in _NAMES:
            if name is None:
                made.addSeparator()
            else:
                made.addAction(self._actions[name])
        return made

    @Slot(QPoint)
    def _open(self, position: QPoint) -> None:
        if self._tools.tool is None:
            self.menu().popup(self._canvas.mapToGlobal(position))
