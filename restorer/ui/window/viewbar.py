"""The bar under the canvas: zoom, colour at the cursor, view and comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout

from restorer.engine.views import VIEWS, View
from restorer.ui.canvas import CompareMode
from restorer.ui.canvas.zoom_field import ZoomField
from restorer.ui.widgets.labels import Line
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.window.actions import COMPARING
from restorer.ui.window.notice import BAR_HEIGHT
from restorer.words import tr

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread

_SPACING, _TIGHT, _MARGIN = 16, 4, 8
_LETTERS = 6  # a list shows at least so many letters of a choice


class ViewBar(QFrame):
    """Zoom and colour on the left, view and comparison on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewbar")
        self.setFixedHeight(BAR_HEIGHT)
        self._spread: Spread | None = None
        self.zoom = ZoomField()
        self._cursor = Line(Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideRight)
        self.view = Segmented(
            [(view, tr(view.title), "", f"{tr(view.hint)} ({view.key})") for view in VIEWS]
        )
        self.compare = Segmented(
            [
                (CompareMode.SINGLE, "", "single", tr("One picture (A)")),
                (CompareMode.WIPE, "", "wipe", tr("Wipe between after and before (W)")),
                (CompareMode.SIDE_BY_SIDE, "", "side-by-side", tr("Side by side (S)")),
                (CompareMode.DIFFERENCE, "", "difference", tr("Difference (D)")),
            ]
        )
        views = {view: view.title for view in VIEWS}
        self.view_list = _list_for(self.view, tr("View"), views)
        self.compare_list = _list_for(self.compare, tr("Compare"), COMPARING)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        row.addWidget(self.zoom)
        row.addWidget(self._cursor, 1)
        row.addWidget(self.view)
        row.addWidget(self.view_list)
        row.addWidget(self.compare)
        row.addWidget(self.compare_list)
        self.setMinimumWidth(1)  # `_fit` replaces what does not fit
        self._fit()

    def show_view(self, view: View | None) -> None:
        """Show the current view, None if it is no view of a run; emits nothing."""
        self.view.select(view)
        self.view_list.setCurrentIndex(-1 if view is None else VIEWS.index(view))

    def show_compare(self, mode: CompareMode) -> None:
        """Show how before and after are compared; emits nothing."""
        self.compare.select(mode)
        self.compare_list.setCurrentIndex(list(COMPARING).index(mode))

    def set_choosable(self, choosable: bool) -> None:
        """Enable the choices while there are frames."""
        for part in (self.view, self.view_list, self.compare, self.compare_list):
            part.setEnabled(choosable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Replace buttons by lists where room is short; the zoom goes last."""
        compare, margins = self.compare.sizeHint().width(), 2 * _MARGIN
        buttons = self.view.sizeHint().width() + compare
        roomy = self.width() >= self.zoom.minimumWidth() + buttons + 3 * _SPACING + margins
        lists = self.view_list.minimumSizeHint().width()
        narrow = self.width() >= self.zoom.minimumWidth() + lists + compare + 3 * _TIGHT + margins
        lists += self.compare_list.minimumSizeHint().width()
        self.compare.setMinimumWidth(compare)
        self.view.setVisible(roomy)
        self.view_list.setVisible(not roomy)
        self.compare.setVisible(narrow)
        self.compare_list.setVisible(not narrow)
        both = self.width() >= self.zoom.minimumWidth() + lists + 3 * _TIGHT + margins
        self.zoom.setVisible(narrow or both)
        self._row.setSpacing(_SPACING if roomy else _TIGHT)

    def set_spread(self, spread: Spread | None) -> None:
        """Show the doubt at the cursor instead of the colour."""
        self._spread = spread

    @Slot(int, int, object)
    def show_cursor(self, x: int, y: int, value: tuple[int, int, int] | None) -> None:
        if value is None:
            self._cursor.setText("")
        elif self._spread is not None:
            self._cursor.setText(f"x {x}  y {y}     ± {2 * self._spread.value_at(x, y):.0f}")
        else:
            red, green, blue = value
            self._cursor.setText(f"x {x}  y {y}     R {red}  G {green}  B {blue}")


def _list_for(buttons: Segmented, name: str, choices: Mapping[Any, str]) -> QComboBox:
    """A list that replaces these buttons, with values and their titles."""
    made, values = QComboBox(), list(choices)
    made.setAccessibleName(name)
    # without a label, screen readers read the choice in place of the name
    made.setAccessibleDescription(name)
    made.setPlaceholderText(name)  # while none is shown
    made.setMinimumContentsLength(_LETTERS)
    made.addItems([tr(title) for title in choices.values()])
    made.activated.connect(lambda row: buttons.chosen.emit(values[row]))
    return made
