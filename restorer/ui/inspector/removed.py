"""What was taken away, in curves: its histogram and its spectrum, against those of white noise."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from restorer.engine.inspection import Taken
from restorer.ui.inspector import words
from restorer.ui.widgets.curves import COLOURS, Curves
from restorer.ui.widgets.layouts import in_column
from restorer.words import tr


class TakenCurves(QWidget):
    """Hidden where nothing was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.histogram = Curves(tr("How often each value was taken"), tr("of 255"))
        self.spectrum = Curves(tr("Power of its waves, long to fine"), tr("waves a pixel"))
        for curves in (self.histogram, self.spectrum):
            curves.add_lines(COLOURS[2:3], ("",))
        in_column(self.histogram, self.spectrum, on=self, spacing=10)

    def show_taken(self, taken: Taken | None) -> None:
        """Solid what was taken, dashed white noise."""
        self.setVisible(taken is not None)
        if taken is None:
            return
        middles = (taken.edges[1:] + taken.edges[:-1]) / 2
        lines = [(middles, taken.counts), (middles, taken.gaussian)]
        self.histogram.show_lines(lines, words.spread(taken))
        flat = np.ones_like(taken.power)
        lines = [(taken.frequencies, taken.power), (taken.frequencies, flat)]
        self.spectrum.show_lines(lines, words.spectrum(taken))
