"""Transport icons, drawn on a 20 px grid with a 1.5 px stroke."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

GRID = 20


class Glyph(StrEnum):
    """The transport icons."""

    FIRST = "first"
    BACK = "back"
    PLAY = "play"
    PAUSE = "pause"
    FORWARD = "forward"
    LAST = "last"
    LOOP = "loop"


def _line(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def glyph_path(glyph: Glyph) -> QPainterPath:
    """The strokes of an icon on the 20 x 20 grid."""
    path = QPainterPath()
    match glyph:
        case Glyph.FIRST:
            _line(path, (5.25, 5), (5.25, 15))
            _line(path, (14.25, 5), (8.75, 10), (14.25, 15))
        case Glyph.BACK:
            _line(path, (12.25, 5), (6.75, 10), (12.25, 15))
        case Glyph.PLAY:
            _line(path, (6.75, 4.25), (15.25, 10), (6.75, 15.75))
            path.closeSubpath()
        case Glyph.PAUSE:
            path.addRoundedRect(QRectF(5.75, 4.75, 2.5, 10.5), 0.5, 0.5)
            path.addRoundedRect(QRectF(11.75, 4.75, 2.5, 10.5), 0.5, 0.5)
        case Glyph.FORWARD:
            _line(path, (7.75, 5), (13.25, 10), (7.75, 15))
        case Glyph.LAST:
            _line(path, (5.75, 5), (11.25, 10), (5.75, 15))
            _line(path, (14.75, 5), (14.75, 15))
        case Glyph.LOOP:  # two arrows that chase each other
            path.moveTo(4.25, 10)
            path.arcTo(QRectF(4.25, 6.25, 7, 7), 180, -90)
            path.lineTo(14.75, 6.25)
            _line(path, (12.5, 4), (14.9, 6.25), (12.5, 8.5))
            path.moveTo(15.75, 10)
            path.arcTo(QRectF(8.75, 6.75, 7, 7), 0, -90)
            path.lineTo(5.25, 13.75)
            _line(path, (7.5, 11.5), (5.1, 13.75), (7.5, 16))
    return path


def paint_glyph(painter: QPainter, glyph: Glyph, centre: QPointF, color: QColor) -> None:
    """Draw an icon about this point."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(centre - QPointF(GRID / 2, GRID / 2))
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(color, 1.5, Qt.PenStyle.SolidLine, cap, join))
    painter.drawPath(glyph_path(glyph))
    painter.restore()
