"""The residual's histogram and spectrum, each against that of white noise."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document
from restorer.engine.inspection import ResidualReport, residual_of
from restorer.ui.noise.live_dialog import LiveDialog
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE
from restorer.words import tr


class NoiseDialog(LiveDialog):
    """Shows the residual of the current result."""

    after = Changes.CURRENT | Changes.RUN | Changes.STATUS

    def __init__(self, document: Document, parent: QWidget) -> None:
        from restorer.ui.inspector.residual_curves import ResidualCurves  # pyqtgraph comes with it

        self.sentence = label("", "value", wrapped=True)
        self.measured = label("", "caption", wrapped=True)
        self.curves = ResidualCurves()
        why = tr(
            "Noise has no memory: its values follow a bell curve, and waves of every length are "
            "equally strong in it. Where the solid line leaves the dashed one, something else went "
            "with it: texture, edges, or noise that is not white. Taken away (4) shows where."
        )
        about = label(why, "caption", wrapped=True)
        parts = self.sentence, self.measured, self.curves, about, SPACE
        super().__init__(document, parent, QSize(440, 560), *parts)
        self.setWindowTitle(tr("Read the noise"))

    def work(self) -> Callable[[], ResidualReport | None] | None:
        opened = self._document.pictures.current
        run = opened.results.shown if opened is not None and not opened.under_way else None
        return None if run is None else partial(residual_of, run)

    def show_found(self, residual: ResidualReport | None) -> None:
        self.curves.show_residual(residual)
        self.measured.setVisible(residual is not None)
        if residual is None:
            self.sentence.setText(tr("This run took no noise off: there is none to read."))
            return
        self.sentence.setText(residual.sentence)
        self.measured.setText(_in_numbers(residual))


def _in_numbers(residual: ResidualReport) -> str:
    """How far the two curves are from those of white noise."""
    off = 100 * float(
        np.abs(residual.counts - residual.gaussian).sum() / 2 / max(1, residual.counts.sum())
    )
    uneven = 100 * float(np.abs(residual.power - 1).mean())
    return tr(
        "Deviation {std:.1f} of 255. {off:.0f} % of its values lie elsewhere than a bell curve has "
        "them; its waves differ from equally strong ones by {uneven:.0f} %."
    ).format(std=residual.std, off=off, uneven=uneven)
