"""Curves over one axis with a title and a caption, in the colours of the palette."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, wide
from restorer.ui.widgets.plots import StillPlot

Numbers = NDArray[np.float64]

#: Visible on light and dark; the first three stand for R, G and B.
COLOURS = ("#d9534f", "#3d9e5a", "#4f86e0", "#b8860b")
HEIGHT = 128


class Curves(QWidget):
    """Solid lines, and dashed ones to compare with.

    Attributes:
        caption: under them.
    """

    def __init__(self, title: str, across: str, grows: bool = False, counts: bool = False) -> None:
        """Make an empty plot.

        Args:
            grows: takes all available height instead of a fixed one.
            counts: as `StillPlot` takes it.
        """
        super().__init__()
        self._title, self._across, self._grows, self._counts = title, across, grows, counts
        self._plot: StillPlot | None = None
        self._lines: list[Any] = []
        self._pens: list[tuple[str, bool]] = []
        self.caption = label("", "quiet", wrapped=True)
        self._place = QWidget()
        self._place.setMinimumHeight(HEIGHT)
        place = wide(self._place) if grows else self._place
        in_column(label(title, "caption", wrapped=True), place, self.caption, on=self)

    def add_lines(self, solid: tuple[str, ...], dashed: tuple[str, ...]) -> None:
        """Add a line of each colour; "" is the colour of text."""
        self._pens = [*((colour, False) for colour in solid), *((c, True) for c in dashed)]

    def _made(self) -> StillPlot:
        """The plot, made on first use since each takes a thirtieth of a second."""
        if self._plot is None:
            self._plot = StillPlot(self._title, self._across, self._color_lines, self._counts)
            self._plot.setMinimumHeight(HEIGHT)
            if self._grows:  # else it would ask for 480 pixels
                ignored = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored
                self._plot.setSizePolicy(*ignored)
            else:
                self._plot.setFixedHeight(HEIGHT)
            in_column(wide(self._plot) if self._grows else self._plot, on=self._place)
            self._lines = [self._plot.plot() for _ in self._pens]
            self._plot.recolor()
        return self._plot

    def show_lines(self, lines: list[tuple[Numbers, Numbers]], caption: str) -> None:
        """Show (x, y) of each line, in the order in which they were added."""
        plot = self._made()
        for line, (x, y) in zip(self._lines, lines, strict=True):
            line.setData(x, y)
        self.caption.setText(caption)
        plot.setAccessibleDescription(caption)

    def _color_lines(self, palette: QPalette) -> None:
        text = palette.color(QPalette.ColorRole.Text)
        for line, (colour, dashed) in zip(self._lines, self._pens, strict=True):
            style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
            line.setPen(colour or text, width=1 if dashed else 1.5, style=style)
