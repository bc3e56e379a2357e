"""The loss on held-out pictures, one dot per measurement."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from restorer.training.ticks import ticks
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.plots import StillPlot
from restorer.words import number, tr

#: From this ratio of largest to smallest on, labels are 1, 2 and 5 times powers of ten.
_WIDE = 4.0
_LEFT = 56  # room for the labels


def loss_ticks(low: float, high: float) -> list[float]:
    """Round numbers around a range of losses, for a logarithmic axis."""
    if high < _WIDE * low:
        return [value for value in ticks(low, high, 4) if value > 0]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
    first = max(i for i, mark in enumerate(marks) if mark <= low * 1.001)
    last = min(i for i, mark in enumerate(marks) if mark >= high * 0.999)
    return marks[first : last + 1]


class LossCurve(QWidget):
    """Loss (logarithmic) over the minutes trained, in the colours of the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Loss over time"))
        self._end = 0.0
        self.measured: list[tuple[float, float]] = []
        self._plot = StillPlot(tr("Loss over time"), tr("minutes"), self._color_lines)
        self._plot.showGrid(y=True, alpha=0.15)
        self._plot.setLogMode(y=True)
        self._plot.getAxis("left").setWidth(_LEFT)
        self._line = self._plot.plot(symbol="o", symbolSize=5)
        empty = label(tr("The curve begins with the next measurement"), "quiet")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(empty)
        self._pages.addWidget(self._plot)
        self._plot.recolor()

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 140)

    def clear(self) -> None:
        self.measured.clear()
        self._end = 0.0
        self._show()

    def set_progress(self, seconds: float, progress: float) -> None:
        """Set the axis from the progress (0..1) after so many seconds."""
        self._end = max(seconds / 60, seconds / 60 / max(progress, 1e-6))
        self._plot.setXRange(0, self._end, padding=0.02)

    def mark(self, seconds: float, loss: float) -> None:
        """Add a milestone as a dot on the line."""
        if math.isfinite(loss):
            self.measured.append((seconds / 60, loss))
            self._end = max(self._end, seconds / 60)
            self.setAccessibleDescription(tr("loss {0:.4f}").format(loss))
            self._show()

    def _show(self) -> None:
        losses = [loss for _, loss in self.measured]
        self._pages.setCurrentIndex(int(len(losses) > 1))
        if losses:
            marks = [
                (math.log10(y), number(y, ".4g")) for y in loss_ticks(min(losses), max(losses))
            ]
            self._plot.getAxis("left").setTicks([marks])
            self._plot.setYRange(marks[0][0], marks[-1][0], padding=0.07)
        self._line.setData([minutes for minutes, _ in self.measured], losses)
        self._plot.setXRange(0, self._end or 1, padding=0.02)

    def _color_lines(self, palette: QPalette) -> None:
        text = palette.color(QPalette.ColorRole.Text)
        self._line.setPen(text, width=1.5)
        self._line.setSymbolPen(text)
        self._line.setSymbolBrush(text)
