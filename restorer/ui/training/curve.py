"""The loss on held-out pictures, one dot a measurement."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from restorer.training.ticks import ticks
from restorer.ui.text import tr

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 8, 24

#: From this ratio of largest to smallest on, labels stand at 1, 2 and 5 times powers of ten.
_WIDE = 4.0


def loss_ticks(low: float, high: float) -> list[float]:
    """Round numbers around a range of losses, for a logarithmic axis."""
    if high < _WIDE * low:
        return [value for value in ticks(low, high, 4) if value > 0]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
    first = max(i for i, mark in enumerate(marks) if mark <= low * 1.001)
    last = min(i for i, mark in enumerate(marks) if mark >= high * 0.999)
    return marks[first : last + 1]


class LossCurve(QWidget):
    """Loss (logarithmic) over the minutes trained; the colours are those of the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Loss over time"))
        self._end = 0.0
        self.measured: list[tuple[float, float]] = []

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 140)

    def clear(self) -> None:
        self.measured.clear()
        self._end = 0.0
        self.update()

    def reach(self, seconds: float, progress: float) -> None:
        """`progress` (0..1) of the training is done after so many seconds."""
        self._end = max(seconds / 60, seconds / 60 / max(progress, 1e-6))
        self.update()

    def mark(self, seconds: float, loss: float) -> None:
        """A milestone: a dot on the line."""
        if math.isfinite(loss):
            self.measured.append((seconds / 60, loss))
            self._end = max(self._end, seconds / 60)
            self.setAccessibleDescription(tr("loss {0:.4f}").format(loss))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = QPalette.ColorRole
        colors = self.palette()
        room = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        points = self.measured
        if len(points) < 2 or not self._end:
            painter.setPen(colors.color(role.PlaceholderText))
            painter.drawLine(room.bottomLeft(), room.bottomRight())
            painter.drawText(
                room, Qt.AlignmentFlag.AlignCenter, tr("The curve begins with the next measurement")
            )
            return
        values = [y for _, y in points]
        losses = loss_ticks(min(values), max(values))
        low, high = math.log(losses[0]), math.log(losses[-1])

        def place(x: float, y: float) -> QPointF:
            across, up = x / self._end, (math.log(y) - low) / (high - low)
            return QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())

        dim = colors.color(role.PlaceholderText)
        faint = QColor(dim)
        faint.setAlphaF(0.25)
        self._draw_axes(painter, room, [(y, place(0, y).y()) for y in losses], dim, faint)
        text = colors.color(role.Text)
        painter.setPen(QPen(text, 1.5, j=Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF([place(x, y) for x, y in points]))
        painter.setBrush(text)
        for spot in points:
            painter.drawEllipse(place(*spot), 2.5, 2.5)

    def _draw_axes(
        self,
        painter: QPainter,
        room: QRectF,
        rows: list[tuple[float, float]],
        dim: QColor,
        faint: QColor,
    ) -> None:
        align = Qt.AlignmentFlag
        for value, y in rows:
            painter.setPen(faint)
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(dim)
            beside = QRectF(0, y - 8, _LEFT - 8, 16)
            painter.drawText(beside, align.AlignRight | align.AlignVCenter, f"{value:.4g}")
        minutes = [x for x in ticks(0, self._end, 5) if x <= self._end * 1.001]
        for x in minutes:
            across = room.left() + x / self._end * room.width()
            last = x == minutes[-1]
            label = tr("{0:g} min").format(x) if last else f"{x:g}"
            below = QRectF(across - 32, room.bottom() + 6, 64, 16)
            if below.right() > self.width():
                below.moveRight(room.right())
                painter.drawText(below, align.AlignRight, label)
            else:
                painter.drawText(below, align.AlignHCenter, label)
