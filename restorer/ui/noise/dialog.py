"""What was taken away, its histogram and its spectrum, each against that of white noise."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QWidget

from restorer.engine.inspection import Taken
from restorer.ui.inspector.removed import TakenCurves
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column
from restorer.ui.widgets.screen import fit_on_screen, scrolling
from restorer.words import tr


class NoiseDialog(QDialog):
    """Stays beside the window, and shows what it is given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Read the noise"))
        self.sentence = label("", "value", wrapped=True)
        self.measured = label("", "caption", wrapped=True)
        self.curves = TakenCurves()
        why = tr(
            "Noise has no memory: its values follow a bell curve, and waves of every length are "
            "equally strong in it. Where the solid line leaves the dashed one, something else went "
            "with it: texture, edges, or noise that is not white. Taken away (4) shows where."
        )
        body = QWidget()
        in_column(
            self.sentence, self.measured, self.curves, label(why, "caption", wrapped=True), SPACE,
            on=body, margins=16, spacing=10,
        )  # fmt: skip
        in_column(scrolling(body), on=self)
        fit_on_screen(self, QSize(440, 560), QSize(320, 320))

    def show_taken(self, taken: Taken | None) -> None:
        """What went; None where no noise was taken off."""
        self.curves.show_taken(taken)
        self.measured.setVisible(taken is not None)
        if taken is None:
            self.sentence.setText(tr("This run took no noise off: there is none to read."))
            return
        self.sentence.setText(taken.sentence)
        self.measured.setText(_in_numbers(taken))


def _in_numbers(taken: Taken) -> str:
    """How far the two curves lie from those of white noise."""
    off = 100 * float(np.abs(taken.counts - taken.gaussian).sum() / 2 / max(1, taken.counts.sum()))
    uneven = 100 * float(np.abs(taken.power - 1).mean())
    return tr(
        "Deviation {std:.1f} of 255. {off:.0f} % of its values lie elsewhere than a bell curve has "
        "them; its waves differ from equally strong ones by {uneven:.0f} %."
    ).format(std=taken.std, off=off, uneven=uneven)
