"""The shortcut sheet: every key and gesture, with a search field."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, wide
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.ui.window.actions import MENUS
from restorer.words import marked as _
from restorer.words import tr

#: Keys and gestures of the canvas and the timeline, which are no actions.
GESTURES = (
    (_("Hold to see the original"), "\\"),
    (_("Zoom at the cursor"), _("Wheel")),
    (_("Hold a pixel (inspector)"), _("Click")),
    (_("Pan"), _("Space-drag, middle-drag")),
    (_("Move the divider (canvas)"), _("Drag, Shift+Left, Shift+Right")),
    (_("Step (timeline)"), _("Left, Right")),
    (_("First and last step (timeline)"), _("Home, End")),
    (_("Play"), _("Space")),
    (_("Move the start (timeline)"), _("Up, Down")),
    (_("Reset a slider or the start"), _("Double-click")),
    (_("Erase (mask)"), _("Right button, Alt-drag, other end of the pen")),
    (_("Straight from the last stroke (mask)"), _("Shift-click")),
    (_("Remove a mark, grow it (find scratches)"), _("Click, right button")),
    (_("That colour anywhere (select by colour)"), _("Ctrl-click")),
)


def sheet_rows() -> list[tuple[str, str, str]]:
    """(section, description, keys) in the order of the menus."""
    rows = []
    for menu, actions in MENUS.items():
        for action in actions:
            if action is not None and action.keys:
                keys = ", ".join(action.shown_keys)
                rows.append((tr(menu), tr(action.text), keys))
    mouse = tr("Mouse and keys")
    rows += [(mouse, tr(text), tr(keys)) for text, keys in GESTURES]
    return rows


class ShortcutSheet(QDialog):
    """Type to narrow the list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Shortcuts"))
        fit_on_screen(self, QSize(640, 720), QSize(360, 320))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(tr("Search the shortcuts"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 16, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._rows: list[tuple[str, tuple[QLabel, QLabel]]] = []
        self._sections: dict[str, tuple[QLabel, list[QLabel]]] = {}
        for section, text, keys in sheet_rows():
            if section not in self._sections:
                title = label(section.upper(), "section")
                grid.addWidget(title, grid.rowCount(), 0, 1, 2)
                self._sections[section] = (title, [])
            pair = (label(text), label(keys, "caption"))
            for part in pair:
                part.setWordWrap(True)
            row = grid.rowCount()
            grid.addWidget(pair[0], row, 0)
            grid.addWidget(pair[1], row, 1)
            self._rows.append((f"{text} {keys}".casefold(), pair))
            self._sections[section][1].append(pair[0])
        grid.setRowStretch(grid.rowCount(), 1)
        in_column(self.search, wide(scroll_area(body)), on=self, margins=16, spacing=16)

    @Slot(str)
    def _narrow(self, text: str) -> None:
        wanted = text.casefold().split()
        for searched, pair in self._rows:
            for part in pair:
                part.setVisible(all(word in searched for word in wanted))
        for title, members in self._sections.values():
            title.setVisible(any(not member.isHidden() for member in members))
