"""Under the canvas: the zoom, the colour at the cursor, what is shown and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from restorer.engine.views import VIEWS
from restorer.ui.canvas import CompareMode
from restorer.ui.canvas.zoom_field import ZoomField
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.window.actions import translated

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread

_HEIGHT = 32


class ViewBar(QFrame):
    """Under the canvas: zoom and colour on the left, what is shown and how on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewbar")
        self.setFixedHeight(_HEIGHT)
        self._spread: Spread | None = None
        self.zoom = ZoomField()
        self._cursor = label()
        self._cursor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.view = Segmented(
            [
                (view, translated(view.title), "", f"{translated(view.hint)} ({view.key})")
                for view in VIEWS
            ]
        )
        self.compare = Segmented(
            [
                (CompareMode.SINGLE, "", "single", self.tr("One picture (A)")),
                (CompareMode.WIPE, "", "wipe", self.tr("Wipe between after and before (W)")),
                (CompareMode.SIDE_BY_SIDE, "", "side-by-side", self.tr("Side by side (S)")),
                (CompareMode.DIFFERENCE, "", "difference", self.tr("Difference (D)")),
            ]
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(16)
        row.addWidget(self.zoom)
        row.addWidget(self._cursor, 1)
        row.addWidget(self.view)
        row.addWidget(self.compare)

    def set_spread(self, spread: Spread | None) -> None:
        """Tell the doubt at the cursor instead of the colour."""
        self._spread = spread

    @Slot(int, int, object)
    def show_cursor(self, x: int, y: int, value: tuple[int, int, int] | None) -> None:
        if value is None:
            self._cursor.setText("")
        elif self._spread is not None:
            self._cursor.setText(f"x {x}  y {y}     ± {2 * self._spread.at(x, y):.0f}")
        else:
            red, green, blue = value
            self._cursor.setText(f"x {x}  y {y}     R {red}  G {green}  B {blue}")
