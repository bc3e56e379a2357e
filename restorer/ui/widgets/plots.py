"""Plots to look at, in the colours of the palette; loads pyqtgraph."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette


def still_plot() -> Any:
    """A `pyqtgraph.PlotWidget` that neither mouse nor keys move."""
    plot = pyqtgraph.PlotWidget()
    plot.setMouseEnabled(False, False)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return plot


def set_plot_colors(plot: Any, palette: QPalette) -> None:
    """Ground and axes of such a plot as in the rest of the window."""
    dim = palette.color(QPalette.ColorRole.PlaceholderText)
    plot.setBackground(palette.color(QPalette.ColorRole.Window))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(dim)
        axis.setTextPen(dim)
