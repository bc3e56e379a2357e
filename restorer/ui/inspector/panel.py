"""The inspector: the pixel, its equation, its path, and the residual around it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QWidget

from restorer.engine.inspection import SIDE, ResidualReport
from restorer.ui.inspector import words
from restorer.ui.inspector.residual_curves import ResidualCurves
from restorer.ui.inspector.words import PixelReport
from restorer.ui.widgets.curves import COLOURS, Curves
from restorer.ui.widgets.labels import label, show_text
from restorer.ui.widgets.layouts import SPACE, in_column, in_row, wide
from restorer.ui.widgets.screen import scroll_area
from restorer.ui.widgets.slider import CalmSpinBox
from restorer.words import tr

WIDTH = 320
CHANNELS = COLOURS[:3]


class InspectorPanel(QFrame):
    """Shows an inspection; a person can type the pixel's place, or hold the current one.

    Attributes:
        x_, y_: its place in the shown picture.
        held: ticked while the pointer does not change the pixel.
    """

    typed = Signal()  # a person typed another place

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.x_, self.y_ = _place("x", self), _place("y", self)
        self.held = QCheckBox(tr("Hold"))
        self.held.setToolTip(tr("Keep this pixel; otherwise the pointer chooses it"))
        self.summary, self.onward, self.noise = (label("", "value", wrapped=True) for _ in range(3))
        self.away = label(tr("TAKEN AWAY, {0} × {0} PIXELS AROUND").format(SIDE), "section")
        self.equation, self.update_ = _monospaced(), _monospaced()
        self.path = Curves(tr("Its path over the steps"), tr("step"), counts=True)
        self.path.add_lines(CHANNELS, CHANNELS)
        self.curves = ResidualCurves()
        body = QWidget()
        body.setObjectName("panelBody")
        place = in_row(label("x"), self.x_, label("y"), self.y_, SPACE, self.held, spacing=6)
        in_column(
            label(tr("INSPECTOR"), "section"), place, self.summary, self.equation, self.onward,
            self.update_, self.path, self.away, self.noise, self.curves, SPACE,
            on=body, margins=16, spacing=10,
        )  # fmt: skip
        in_column(wide(scroll_area(body)), on=self)
        self.show_reason(words.no_pixel())

    def set_size(self, width: int, height: int) -> None:
        """Limit the place to the size of the shown picture."""
        for field, side in ((self.x_, width), (self.y_, height)):
            with QSignalBlocker(field):
                field.setMaximum(max(0, side - 1))

    def point_at(self, x: int, y: int) -> None:
        for field, value in ((self.x_, x), (self.y_, y)):
            with QSignalBlocker(field):
                field.setValue(value)

    def show_reason(self, why: str) -> None:
        """Show nothing but the reason."""
        self.summary.setText(why)
        for part in (self.equation, self.onward, self.update_, self.path):
            part.hide()
        self._show_residual(None)

    def show_pixel(self, pixel: PixelReport) -> None:
        """Show the report of a pixel."""
        found = pixel.found
        self.summary.setText(pixel.summary)
        show_text(self.equation, words.equation(found.state))
        show_text(self.onward, pixel.onward)
        update = found.update
        show_text(self.update_, words.update_equation(found.state, update) if update else "")
        self.path.setVisible(len(found.x_0) > 1)
        if len(found.x_0) > 1:
            steps = np.arange(1.0, len(found.x_0) + 1)
            lines = [(steps, values[:, c]) for values in (found.x_0, found.x_t) for c in range(3)]
            self.path.show_lines(lines, words.path(found.x_0))
        self._show_residual(found.residual)

    def _show_residual(self, residual: ResidualReport | None) -> None:
        self.away.setVisible(residual is not None)
        show_text(self.noise, residual.sentence if residual is not None else "")
        self.curves.show_residual(residual)


def _place(axis: str, panel: InspectorPanel) -> CalmSpinBox:
    field = CalmSpinBox(0, 0)
    field.setAccessibleName(tr("Pixel {axis}").format(axis=axis))
    field.valueChanged.connect(panel.typed)
    return field


def _monospaced() -> QLabel:
    """A label for an equation, which can be selected and copied."""
    result = label("", "quiet")
    result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result
