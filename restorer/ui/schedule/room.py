"""Four plots of the schedules over a chosen axis, each with the timeline's playhead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from restorer.diffusion.schedule import Schedule
from restorer.ui.schedule.curves import AXES, QUANTITIES, SCHEDULES, Quantity, shown, t_at
from restorer.ui.widgets.curves import COLOURS
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_row, wide
from restorer.ui.widgets.plots import StillPlot
from restorer.ui.widgets.screen import fit_on_screen
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.turns import in_turns
from restorer.words import number, tr

_POINTS = np.linspace(0, 999, 500)


@dataclass(frozen=True, eq=False)
class Shown:
    """The timeline's state: the schedule in use, the picture's place, steps, and the playhead."""

    schedule: Schedule
    place: float | None
    steps: tuple[float, ...]
    playhead: float


class _Plot(QWidget):
    """One quantity of all schedules, the steps on the one in use, and a draggable line."""

    moved = Signal(float)  # x

    def __init__(self, quantity: Quantity) -> None:
        super().__init__()
        self._quantity = quantity
        self.plot = StillPlot(tr(quantity.sign), "", self._color_lines)
        self.plot.setLogMode(y=quantity.logarithmic)
        self.plot.getAxis("left").setWidth(48)
        self.plot.setAccessibleDescription(tr(quantity.told))
        self.plot.setToolTip(tr(quantity.told))
        self._curves = [self.plot.plot() for _ in SCHEDULES]
        self._steps = self.plot.plot(symbol="o", symbolSize=6, pen=None)
        self._place = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.line = pyqtgraph.InfiniteLine(angle=90, movable=True)
        for line in (self._place, self.line):
            self.plot.addItem(line)
        self.line.sigDragged.connect(lambda line: self.moved.emit(float(line.value())))
        self.value = label("", "value")
        head = in_row(label(tr(quantity.sign), "section"), self.value, SPACE, spacing=8)
        told = label(tr(quantity.told), "quiet", wrapped=True)
        in_column(head, told, wide(self.plot), on=self, spacing=2)
        self.plot.recolor()

    def show_all(self, axis: Quantity, known: Shown) -> None:
        """Show everything over this axis."""
        self.plot.setLogMode(x=axis.logarithmic, y=self._quantity.logarithmic)
        self.plot.getViewBox().invertX(axis.falls)
        self.plot.setLabel("bottom", tr(axis.sign))
        for curve, (_, schedule, _) in zip(self._curves, SCHEDULES, strict=True):
            values = self._quantity.values(schedule, _POINTS)
            curve.setData(axis.values(schedule, _POINTS), values)
        steps = np.array(known.steps)
        here = axis.values(known.schedule, steps), self._quantity.values(known.schedule, steps)
        self._steps.setData(*here)
        self._place.setVisible(known.place is not None)
        if known.place is not None:
            self._place.setValue(_x(axis, known.schedule, known.place))
        self.show_playhead(axis, known)

    def show_playhead(self, axis: Quantity, known: Shown) -> None:
        self.line.setValue(_x(axis, known.schedule, known.playhead))
        value = float(self._quantity.values(known.schedule, np.array([known.playhead]))[0])
        self.value.setText(number(value, ".4g").replace("-", "\N{MINUS SIGN}"))

    def _color_lines(self, palette: QPalette) -> None:
        text = palette.color(QPalette.ColorRole.Text)
        accent = palette.color(QPalette.ColorRole.Accent)
        for curve, colour in zip(self._curves, COLOURS, strict=False):
            curve.setPen(colour, width=1.5)
        self._steps.setSymbolBrush(text)
        self._place.setPen(accent, width=1.5)
        self.line.setPen(text, width=1)
        self.line.setHoverPen(text, width=3)


class ScheduleRoom(QDialog):
    """Stays open beside the window; dragging the playhead in one moves it in the other."""

    wanted = Signal(float)  # t, dragged to

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Schedule room"))
        fit_on_screen(self, QSize(880, 620), QSize(480, 400))
        self._axis = AXES[0]
        self._known = Shown(SCHEDULES[0][1], None, (), 0.0)
        self.plots: list[_Plot] = []
        self.axes = Segmented([(axis, tr(axis.sign), "", tr(axis.told)) for axis in AXES])
        self.axes.select(self._axis)
        self.axes.chosen.connect(self._choose)
        self._where = label("", "value", wrapped=True)
        grid = QGridLayout()
        grid.setSpacing(12)
        places = [QWidget() for _ in QUANTITIES]
        for at, place in enumerate(places):
            row, column = divmod(at, 2)
            grid.addWidget(place, row, column)
            grid.setRowStretch(row, 1)
            grid.setColumnStretch(column, 1)
        head = in_row(self._legend(), SPACE, label(tr("Axis"), "caption"), self.axes, spacing=8)
        in_column(head, self._where, wide(_on_widget(grid)), on=self, margins=16, spacing=8)
        plots = zip(QUANTITIES, places, strict=True)
        in_turns([partial(self._put_plot, *plot) for plot in plots], self)

    def _put_plot(self, quantity: Quantity, place: QWidget) -> None:
        plot = _Plot(quantity)
        plot.moved.connect(self._dragged)
        in_column(wide(plot), on=place)
        plot.show_all(self._axis, self._known)
        self.plots.append(plot)

    @property
    def axis(self) -> Quantity:
        return self._axis

    def show_known(self, known: Shown) -> None:
        """Show the timeline's state."""
        before, self._known = self._known, known
        same = (before.schedule, before.place, before.steps)
        if same == (known.schedule, known.place, known.steps) and self.isVisible():
            for plot in self.plots:
                plot.show_playhead(self._axis, known)
        else:
            self._show()
        self._say()

    @Slot(object)
    def _choose(self, axis: Quantity) -> None:
        self._axis = axis
        self.axes.select(axis)
        self._show()
        self._say()

    def _show(self) -> None:
        for plot in self.plots:
            plot.show_all(self._axis, self._known)

    @Slot(float)
    def _dragged(self, x: float) -> None:
        self.wanted.emit(t_at(self._axis, self._known.schedule, x))

    def _say(self) -> None:
        known = self._known
        schedule = next((tr(n) for n, s, _ in SCHEDULES if s is known.schedule), tr("the model's"))
        words = [
            tr("Line to drag: the playhead, at t {0:.0f} of the schedule {1}.").format(
                known.playhead, schedule
            )
        ]
        if known.place is not None:
            words.append(tr("Orange line: your picture, at t {0:.1f}.").format(known.place))
        if known.steps:
            words.append(tr("Dots: the {0} recorded steps.").format(len(known.steps)))
        if self._axis.name != "t":
            words.append(tr("Over noise the schedules agree: they only walk it at another pace."))
        self._where.setText(" ".join(words))

    @staticmethod
    def _legend() -> QWidget:
        legend = QWidget()
        row = in_row(on=legend, spacing=6)
        for (name, _, whose), colour in zip(SCHEDULES, COLOURS, strict=False):
            sign, text = label("●"), label(tr(name), "caption")
            sign.setStyleSheet(f"color: {colour}")
            for part in (sign, text):
                part.setToolTip(tr(whose))
                row.addWidget(part)
        return legend


def _x(axis: Quantity, schedule: Schedule, t: float) -> float:
    return float(shown(axis.values(schedule, np.array([t])), axis.logarithmic)[0])


def _on_widget(grid: QGridLayout) -> QWidget:
    body = QWidget()
    body.setLayout(grid)
    grid.setContentsMargins(0, 0, 0, 0)
    return body
