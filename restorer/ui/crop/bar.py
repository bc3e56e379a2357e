"""The bar above the picture while a person crops it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame

from restorer.ui.crop.tool import CropTool
from restorer.ui.widgets.buttons import button, icon_button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_row
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.slider import CalmSlider
from restorer.words import number, tr

_BAR_HEIGHT = 40
#: Degrees to either side, and positions of the slider per degree.
MOST, PLACES = 15, 10


class CropBar(QFrame):
    """Shows the state of the crop tool, and emits what a person wants."""

    straightened = Signal(float)  # degrees clockwise
    turned = Signal(int)  # quarters clockwise
    whole_wanted = Signal()
    kept = Signal()
    left = Signal()

    def __init__(self, tool: CropTool) -> None:
        super().__init__()
        self.setObjectName("maskbar")
        self.setFixedHeight(_BAR_HEIGHT)
        self._tool = tool
        self.shape = Segmented(
            [
                (False, tr("Rectangle"), "", tr("Sides stay square to one another")),
                (
                    True,
                    tr("Four corners"),
                    "",
                    tr("Each corner moves alone, for a print that was photographed (Ctrl)"),
                ),
            ]
        )
        self.shape.chosen.connect(self._set_free)
        name, hint = tr("Straighten"), tr("Straighten; double-click for level")
        self.slider = CalmSlider(name, -MOST * PLACES, MOST * PLACES, hint)
        self.slider.setMinimumWidth(70)
        self.slider.setMaximumWidth(180)
        self.slider.valueChanged.connect(lambda place: self.straightened.emit(place / PLACES))
        self.slider.reset.connect(lambda: self.slider.setValue(0))
        self._name, self._value = label(name, "caption"), label(kind="value")
        self._value.setMinimumWidth(44)
        back = icon_button("turn-left", tr("Turn left"))
        back.clicked.connect(lambda: self.turned.emit(-1))
        on = icon_button("turn-right", tr("Turn right"))
        on.clicked.connect(lambda: self.turned.emit(1))
        all_of = button(tr("Whole"), self.whole_wanted, tr("Keep all of the picture, level"))
        keep = button(tr("Keep this"), self.kept, tr("Crop to what is framed (Enter)"))
        leave = button(tr("Cancel"), self.left, tr("Leave the picture as it was (Esc)"))
        straighten = self._name, self.slider, self._value
        parts = self.shape, 8, *straighten, back, on, 8, all_of, SPACE, keep, leave
        in_row(*parts, on=self, margins=(8, 0, 8, 0), spacing=4)

    def refresh(self) -> None:
        """Show the state of the tool; emits nothing."""
        selection = self._tool.selection
        self.shape.select(self._tool.free)
        if selection is None:
            return
        self._name.setVisible(self.width() >= 640)
        self.slider.setEnabled(selection.square)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(selection.angle * PLACES))
        self.slider.words = (
            f"{number(selection.angle, '+.1f')}°" if abs(selection.angle) >= 0.05 else "0°"
        )
        self._value.setText(self.slider.words)

    def _set_free(self, free: bool) -> None:
        self._tool.free = free
        self.refresh()
