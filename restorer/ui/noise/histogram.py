"""How often each brightness occurs in what is on view, against the picture as it came."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Slot
from PySide6.QtWidgets import QDialog, QWidget

from restorer.document import Changes, Document
from restorer.imaging.bands import bands
from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background, go_on
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, wide
from restorer.ui.widgets.screen import fit_on_screen, scrolling
from restorer.words import tr

Shares = NDArray[np.float64]

_BARS = 256


def shares_of(pixels: Pixels) -> Shares:
    """(3, 256): the percentage of the pixels with each value of R, G and B; (H, W, 3) in 0..1."""
    counts = np.zeros((3, _BARS))
    for rows in bands(pixels.shape, go_on):
        levels = np.clip(pixels[rows] * 255 + 0.5, 0, 255).astype(np.uint8)
        for channel in range(3):
            counts[channel] += np.bincount(levels[..., channel].ravel(), minlength=_BARS)
    shares: Shares = 100 * counts / max(1, pixels.shape[0] * pixels.shape[1])
    return shares


def told(shares: Shares) -> str:
    """How much is black or white, and where the middle lies."""
    bright = shares.mean(axis=0)
    middle = int(np.searchsorted(np.cumsum(bright), 50))
    black, white = bright[:2].sum(), bright[-2:].sum()
    return tr(
        "Half of it is darker than {middle} of 255. Black: {black:.1f} %, white: {white:.1f} %."
    ).format(middle=middle, black=black, white=white)


class HistogramDialog(QDialog):
    """Stays beside the window, and shows what it is given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        from restorer.ui.widgets.curves import COLOURS, Curves  # pyqtgraph comes with it

        self.setWindowTitle(tr("Histogram"))
        self.curves = Curves(tr("Percentage of the pixels with each value"), tr("0 to 255"), True)
        self.curves.add_lines(COLOURS[:3], ("",))
        self.sentence = label("", "value", wrapped=True)
        body = QWidget()
        in_column(self.sentence, wide(self.curves), on=body, margins=16, spacing=10)
        in_column(scrolling(body), on=self)
        fit_on_screen(self, QSize(440, 300), QSize(320, 240))

    def show_shares(self, found: tuple[Shares, Shares]) -> None:
        """(3, 256) of what is on view, and of the picture as it came."""
        shown, came = found
        values = np.arange(float(_BARS))
        # what is cut off at black and white is told in words, and would flatten all the rest
        top = 1.1 * max(float(shares[:, 1:-1].max()) for shares in found) or 100.0
        shown, came = np.minimum(shown, top), np.minimum(came.mean(axis=0), top)
        lines = [(values, channel) for channel in shown]
        caption = tr("red, green, blue: on view; dashed: as it came, all three together")
        self.curves.show_lines([*lines, (values, came)], caption)
        self.sentence.setText(told(found[0]))

    def show_nothing(self) -> None:
        """No picture is open, or it is still being read."""
        none = np.zeros(0)
        self.curves.show_lines([(none, none)] * 4, "")
        self.sentence.setText("")


class Histogram(QObject):
    """Counts off the main thread, whenever something else is on view."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("histogram", self)
        self.dialog: HistogramDialog | None = None
        document.changed.connect(self._on_changed)

    def show(self) -> None:
        """Open it, or bring it forward."""
        if self.dialog is None:
            self.dialog = HistogramDialog(self._window)
        self.dialog.show()
        self.dialog.activateWindow()
        self._count()

    def shutdown(self) -> None:
        """Wait for its thread."""
        self._background.shutdown()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        other = bool(changes & (Changes.CURRENT | Changes.SHOWN))
        if other and self.dialog is not None and self.dialog.isVisible():
            self._count()

    def _count(self) -> None:
        opened = self._document.pictures.current
        picture = opened.content.picture if opened is not None else None
        if self.dialog is None:
            return
        if picture is None:
            self._background.cancel()
            self.dialog.show_nothing()
            return
        shown = self._document.display.shown
        counting = partial(_both, picture.pixels if shown is None else shown, picture.pixels)
        report = self._document.notices.report
        self._background.run(counting, self.dialog.show_shares, report, newest_only=True)


def _both(shown: Pixels, came: Pixels) -> tuple[Shares, Shares]:
    of_came = shares_of(came)
    return (of_came if shown is came else shares_of(shown)), of_came
