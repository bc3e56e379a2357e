"""The slim bar at the top: common actions, and the name of the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QMenu

from restorer.document import Settings
from restorer.ui.widgets.buttons import Menu, menu_button, tool_button
from restorer.ui.widgets.labels import Line
from restorer.ui.widgets.layouts import in_row, wide
from restorer.ui.window.actions import MENUS, VIEW, Actions
from restorer.ui.window.presets_menu import PresetsMenu
from restorer.ui.window.recent_menu import RecentMenu
from restorer.words import tr

HEIGHT = 40


class ToolBar(QFrame):
    """Menus, open and paste, undo and redo, crop, the title, view, copy and save."""

    def __init__(self, actions: Actions, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setFixedHeight(HEIGHT)
        self.title = Line(Qt.AlignmentFlag.AlignCenter, Qt.TextElideMode.ElideMiddle)
        self.recent, self.presets = RecentMenu(settings, self), PresetsMenu(self)
        self._menu = menu_button("menu", tr("Menu"), self._all_menus(actions))
        self._view = menu_button("view", tr("View"), _one_menu(actions, VIEW, self))
        names = "open", "paste", "undo", "redo", "crop", "copy", "save"
        get, paste, undo, redo, crop, copy, self.save_button = (
            tool_button(actions[name]) for name in names
        )
        left = self._menu, 8, get, paste, 8, undo, redo, 8, crop
        right = wide(self.title), self._view, copy, self.save_button
        in_row(*left, *right, on=self, margins=(8, 0, 8, 0), spacing=4)

    def _all_menus(self, actions: Actions) -> QMenu:
        menu = QMenu(self)
        for title in MENUS:
            part = _one_menu(actions, title, self)
            if actions["close"] in part.actions():
                part.insertMenu(actions["close"], self.recent)
                part.insertMenu(actions["save_recipe"], self.presets)
                part.aboutToShow.connect(self.recent.renew)
                part.aboutToShow.connect(
                    lambda: self.presets.renew(possible=actions["load_recipe"].isEnabled())
                )
            menu.addMenu(part)
        return menu


def _one_menu(actions: Actions, title: str, parent: QFrame) -> QMenu:
    menu = Menu(tr(title), parent)
    actions.fill(menu, title)
    return menu
