"""A grid with a row per way and a column per t, from noise to clean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QLabel, QWidget

from restorer.imaging.picture import Pixels
from restorer.ui.side_by_side.variations import VARIATIONS
from restorer.ui.widgets.buttons import button, progress_bar
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, empty, in_column, in_row, wide
from restorer.ui.widgets.qimage import to_qimage
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.words import marked as _
from restorer.words import tr

SIDE = 160  # longest side of a picture in the grid, pixels


@dataclass(frozen=True, eq=False)
class Row:
    """The result of one way.

    Attributes:
        title: name of the way.
        told: evaluations, time, and the PSNR where the truth is known.
        pictures: one per column, the last is the result; (H, W, 3) in 0..1.
    """

    title: str
    told: str
    pictures: tuple[Pixels, ...]


class SideBySideDialog(QDialog):
    """Stays beside the window."""

    wanted = Signal(int)  # index of a variation
    taken = Signal(int)  # index of a row
    left = Signal()  # it was closed

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Variations"))
        self.what = QComboBox()
        self.what.setAccessibleName(tr("What differs"))
        self.what.addItems([tr(variation.title) for variation in VARIATIONS])
        self.try_button = button(tr("Try"), self._try, main=72)
        self.take_buttons: list[QWidget] = []
        self.told = label(tr(_ABOUT), "caption", wrapped=True)
        self.waiting = progress_bar()
        self.waiting.hide()
        self._place = in_column()
        row = in_row(label(tr("What differs"), "caption"), self.what, self.try_button, SPACE)
        row.setSpacing(8)
        body = QWidget()
        in_column(self._place, SPACE, on=body)
        area = scroll_area(body)  # a narrow screen has no room for all columns
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        in_column(row, self.told, self.waiting, wide(area), on=self, margins=16, spacing=10)
        fit_on_screen(self, QSize(1080, 760), QSize(480, 320))
        self.finished.connect(self.left)

    def show_message(self, words: str) -> None:
        """Say what is tried, or why nothing can be tried."""
        self.told.setText(words)

    def show_progress(self, made: int, of: int) -> None:
        """Show how many evaluations are done; 0 of 0 hides the bar."""
        self.waiting.setVisible(made < of)
        self.waiting.setRange(0, of)
        self.waiting.setValue(made)

    def show_rows(self, columns: list[str], rows: list[Row]) -> None:
        """Show these rows under the names of the columns, in place of the former ones."""
        empty(self._place)
        self.take_buttons = []
        if rows:
            self._place.addWidget(self._grid(columns, rows))

    def _grid(self, columns: list[str], rows: list[Row]) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for column, name in enumerate(columns, 1):
            grid.addWidget(label(name, "quiet"), 0, column)
        for number, row in enumerate(rows):
            take = button(tr("Take"), partial(self.taken.emit, number))
            take.setAccessibleName(tr("Take {0}").format(row.title))
            self.take_buttons.append(take)
            title = row.title[:1].upper() + row.title[1:]
            words = label(title, "value", wrapped=True), label(row.told, "quiet", wrapped=True)
            about = QWidget()
            in_column(*words, in_row(take, SPACE), SPACE, on=about, spacing=4)
            about.setFixedWidth(150)
            grid.addWidget(about, number + 1, 0)
            for column, pixels in enumerate(row.pictures, 1):
                image = _Image(pixels, f"{row.title}, {columns[column - 1]}")
                image.setToolTip(take.accessibleName())
                image.clicked.connect(take.click)
                grid.addWidget(image, number + 1, column)
        grid.setColumnStretch(len(columns) + 1, 1)
        return body

    @Slot()
    def _try(self) -> None:
        self.wanted.emit(self.what.currentIndex())


_ABOUT = _(
    "Try cleans the middle of the picture in several ways, from the same start, and shows them "
    "beside one another, step by step. Take restores the whole picture in the way that you like. "
    "Until then nothing changes."
)


class _Image(QLabel):
    """A picture of a way; a click takes the way, as its button does."""

    clicked = Signal()

    def __init__(self, pixels: Pixels, name: str) -> None:
        super().__init__()
        self.setPixmap(QPixmap.fromImage(to_qimage(pixels)))
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
