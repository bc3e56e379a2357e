"""The residual as curves: its histogram and its spectrum, against those of white noise."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from restorer.engine.inspection import ResidualReport
from restorer.ui.inspector import words
from restorer.ui.widgets.curves import COLOURS, Curves
from restorer.ui.widgets.layouts import in_column
from restorer.words import tr


class ResidualCurves(QWidget):
    """Hidden without a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.histogram = Curves(tr("How often each value was taken"), tr("of 255"))
        self.spectrum = Curves(tr("Power of its waves, long to fine"), tr("waves a pixel"))
        for curves in (self.histogram, self.spectrum):
            curves.add_lines(COLOURS[2:3], ("",))
        in_column(self.histogram, self.spectrum, on=self, spacing=10)

    def show_residual(self, residual: ResidualReport | None) -> None:
        """Show the residual as solid lines and white noise as dashed ones."""
        self.setVisible(residual is not None)
        if residual is None:
            return
        middles = (residual.edges[1:] + residual.edges[:-1]) / 2
        lines = [(middles, residual.counts), (middles, residual.gaussian)]
        self.histogram.show_lines(lines, words.spread(residual))
        flat = np.ones_like(residual.power)
        lines = [(residual.frequencies, residual.power), (residual.frequencies, flat)]
        self.spectrum.show_lines(lines, words.spectrum(residual))
