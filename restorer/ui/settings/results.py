"""The row that switches between the original and the results, with a menu for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from restorer.document import Changes, Document, after
from restorer.engine.run import Run
from restorer.ui.text import versions
from restorer.ui.widgets.buttons import icon_button
from restorer.ui.widgets.labels import no_key
from restorer.ui.widgets.layouts import in_row, wide
from restorer.words import tr

_OPENS = "  ▾"  # the sign of a menu


class ResultsRow(QWidget):
    """Switches between the original and the results; hidden without any result.

    Signals:
        name_wanted: a person wants to name the current result.
    """

    name_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.former = self._button("left", tr("Previous result (Ctrl+Left)"), -1)
        self.newer = self._button("right", tr("Next result (Ctrl+Right)"), 1)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.text = QToolButton()
        self.text.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.text.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.text.setMenu(self.menu)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        in_row(self.former, wide(self.text), self.newer, on=self, spacing=6)
        document.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    @after(Changes.CURRENT | Changes.RUN | Changes.STATUS)
    def refresh(self) -> None:
        """Show which version is current."""
        opened = self._document.pictures.current
        self.setVisible(opened is not None and len(opened.results) > 0)
        if opened is None or opened.version < 0:
            return
        title = versions.title_among(opened, opened.results.shown)
        room = self.text.width() - self.fontMetrics().horizontalAdvance(_OPENS) - 16
        cut = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
        self.text.setText(no_key(cut) + _OPENS)
        self.text.setAccessibleName(title)
        self.text.setToolTip(tr("Choose, name, compare or delete results"))
        self.former.setEnabled(opened.has_version(-1))
        self.newer.setEnabled(opened.has_version(1))

    @Slot()
    def _fill(self) -> None:
        """Fill the menu with the versions, and with actions for the current one."""
        menu, opened = self.menu, self._document.pictures.current
        menu.clear()
        if opened is None:
            return
        shown = opened.results.shown
        self._add_versions(menu, opened.versions, shown, self._document.versions.show)
        menu.addSeparator()
        others = menu.addMenu(tr("Compare with"))
        others.setEnabled(shown is not None)
        rest: list[Run | None] = [run for run in opened.versions if run is not shown]
        self._add_versions(others, rest, opened.compared, self._document.display.compare_with)
        menu.addSeparator()
        name = menu.addAction(tr("Name this result…"))
        name.triggered.connect(self.name_wanted)
        delete = menu.addAction(tr("Delete this result"), self._document.versions.delete)
        for action in (name, delete):
            action.setEnabled(self._document.versions.saved is not None)

    def _add_versions(
        self,
        menu: QMenu,
        runs: list[Run | None],
        ticked: Run | None,
        choose: Callable[[Run | None], None],
    ) -> None:
        opened = self._document.pictures.current
        assert opened is not None
        group = QActionGroup(menu)
        for run in runs:
            action = menu.addAction(no_key(versions.title(opened, run)))
            action.setCheckable(True)
            action.setChecked(run is ticked)
            action.triggered.connect(partial(choose, run))
            group.addAction(action)

    def _button(self, sign: str, words: str, by: int) -> QToolButton:
        button = icon_button(sign, words)
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._document.versions.step(by))
        return button
