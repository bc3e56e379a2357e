"""The histogram of the shown picture against that of the original."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from restorer.document import Changes, Document
from restorer.imaging.bands import bands
from restorer.imaging.picture import Pixels
from restorer.jobs.background import go_on
from restorer.ui.noise.live_dialog import LiveDialog
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import wide
from restorer.words import tr

Shares = NDArray[np.float64]

_BARS = 256


def shares_of(pixels: Pixels) -> Shares:
    """(3, 256): percentage of pixels with each value of R, G and B, for (H, W, 3) in 0..1."""
    counts = np.zeros((3, _BARS))
    for rows in bands(pixels.shape, go_on):
        levels = np.clip(pixels[rows] * 255 + 0.5, 0, 255).astype(np.uint8)
        for channel in range(3):
            counts[channel] += np.bincount(levels[..., channel].ravel(), minlength=_BARS)
    shares: Shares = 100 * counts / max(1, pixels.shape[0] * pixels.shape[1])
    return shares


def description(shares: Shares) -> str:
    """Describe the median, and the shares of black and white."""
    bright = shares.mean(axis=0)
    middle = int(np.searchsorted(np.cumsum(bright), 50))
    black, white = bright[:2].sum(), bright[-2:].sum()
    words = tr(
        "Half of it is darker than {middle} of 255. Black: {black:.1f} %, white: {white:.1f} %."
    ).format(middle=middle, black=black, white=white)
    return words.replace(" %", "\N{NO-BREAK SPACE}%")


class HistogramDialog(LiveDialog):
    """The histogram of the shown picture."""

    after = Changes.CURRENT | Changes.SHOWN

    def __init__(self, document: Document, parent: QWidget) -> None:
        from restorer.ui.widgets.curves import COLOURS, Curves  # pyqtgraph comes with it

        self.curves = Curves(tr("Percentage of the pixels with each value"), tr("0 to 255"), True)
        self.curves.add_lines(COLOURS[:3], ("",))
        self.sentence = label("", "value", wrapped=True)
        super().__init__(document, parent, QSize(440, 300), self.sentence, wide(self.curves))
        self.setWindowTitle(tr("Histogram"))

    def work(self) -> Callable[[], tuple[Shares, Shares]] | None:
        opened = self._document.pictures.current
        picture = opened.content.picture if opened is not None else None
        if picture is None:  # none is open, or it is still being read
            return None
        shown = self._document.display.shown
        return partial(_both, picture.pixels if shown is None else shown, picture.pixels)

    def show_found(self, found: tuple[Shares, Shares] | None) -> None:
        if found is None:
            self.curves.show_lines([(np.zeros(0), np.zeros(0))] * 4, "")
            self.sentence.setText("")
            return
        shown, came = found
        values = np.arange(float(_BARS))
        # peaks at black and white would flatten the rest; the sentence tells them
        top = 1.1 * max(float(shares[:, 1:-1].max()) for shares in found) or 100.0
        shown, came = np.minimum(shown, top), np.minimum(came.mean(axis=0), top)
        lines = [(values, channel) for channel in shown]
        caption = tr("red, green, blue: on view; dashed: as it came, all three together")
        self.curves.show_lines([*lines, (values, came)], caption)
        self.sentence.setText(description(found[0]))


def _both(shown: Pixels, came: Pixels) -> tuple[Shares, Shares]:
    of_came = shares_of(came)
    return (of_came if shown is came else shares_of(shown)), of_came
