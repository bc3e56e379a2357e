"""Figures of a page, large over the canvas, so that differences of single pixels are visible."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from restorer.ui.canvas import Canvas
from restorer.ui.canvas.draw import quiet_ink
from restorer.ui.course.page import Figure
from restorer.ui.widgets.qimage import to_qimage

_MARGIN, _GAP, _LINES = 16, 12, 2  # logical pixels, and lines of a caption
_WRAPPED = Qt.AlignmentFlag.AlignHCenter.value | Qt.TextFlag.TextWordWrap.value


class Wall(QWidget):
    """Pictures side by side, as large as the canvas allows; a click hides them."""

    put_away = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._title = ""
        self._captions: list[str] = []
        self._images: list[QImage] = []
        canvas.installEventFilter(self)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def show_figures(self, title: str, figures: Sequence[Figure]) -> None:
        """Show these figures under a title."""
        self._title, self._captions = title, [figure.caption for figure in figures]
        pixels = [np.clip(figure.pixels, 0, 1).astype(np.float32) for figure in figures]
        self._images = [to_qimage(each) for each in pixels]
        spoken = ". ".join([title, *(caption.replace("\n", ", ") for caption in self._captions)])
        self.setAccessibleName(spoken)
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self.update()

    def places(self) -> list[QRectF]:
        """The rectangle of each picture, in the number of columns that makes them largest."""
        wide, tall = self._images[0].width(), self._images[0].height()
        count, under = len(self._images), self._line * _LINES + _GAP
        title = self._title_box.height()
        room = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN - title

        def scale(columns: int) -> float:
            across = (room[0] - (columns - 1) * _GAP) / columns / wide
            return min(across, (room[1] / ceil(count / columns) - under) / tall)

        columns = max(range(1, count + 1), key=scale)
        size = max(scale(columns), 0.1)
        left = (self.width() - columns * size * wide - (columns - 1) * _GAP) / 2
        rows = ceil(count / columns)
        top = _MARGIN + title + (room[1] - rows * (size * tall + under)) / 2 + _GAP
        return [
            QRectF(
                left + (place % columns) * (size * wide + _GAP),
                top + (place // columns) * (size * tall + under),
                size * wide,
                size * tall,
            )
            for place in range(count)
        ]

    @property
    def _title_box(self) -> QRectF:
        width = self.width() - 2 * _MARGIN
        words = self.fontMetrics().boundingRect(0, 0, width, 9999, _WRAPPED, self._title)
        return QRectF(_MARGIN, _MARGIN, width, words.height())

    @property
    def _line(self) -> int:
        return self.fontMetrics().lineSpacing()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._canvas.background)
        painter.setPen(quiet_ink(self._canvas.background))
        painter.drawText(self._title_box, _WRAPPED, self._title)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, image, caption in zip(self.places(), self._images, self._captions, strict=True):
            painter.drawImage(place, image)
            below = QRectF(place.left(), place.bottom() + 4, place.width(), self._line * _LINES)
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, caption)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        if not event.spontaneous():
            self.put_away.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return super().eventFilter(watched, event)
