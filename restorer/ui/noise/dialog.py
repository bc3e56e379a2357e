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

        self.sentence = label(tr("Reading what was taken away…"), "value", wrapped=True)
        self.measured = label("", "caption", wrapped=True)
        self.curves = ResidualCurves()
        self.curves.show_residual(None)
        why = tr(
            "Noise has no memory: its values follow a bell curve, and waves of every length are "
            "equally strong in it. Where waves lie above the dashed line, something else went with "
            "it: texture, edges, or noise that is not white. Below it, noise has stayed: long "
            "waves look so much like a picture that the network leaves them. Taken away (4) shows "
            "where."
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
    """What the two curves say against those of white noise."""
    off = 100 * float(
        np.abs(residual.counts - residual.gaussian).sum() / 2 / max(1, residual.counts.sum())
    )
    parts = np.array_split(residual.power, 4)
    long, fine = (100 * float(part.mean()) if len(part) else 0.0 for part in (parts[0], parts[-1]))
    return tr(
        "Deviation {std:.1f} of 255, of {told:.1f} that the run was told of. {off:.0f} % of the "
        "values lie elsewhere than a bell curve has them. Of the power of its long waves "
        "{long:.0f} % went, of that of its fine ones {fine:.0f} %."
    ).format(std=residual.std, told=residual.told, off=off, long=long, fine=fine)
