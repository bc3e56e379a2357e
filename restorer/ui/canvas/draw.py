"""Drawing for the canvas: layers, checkerboard, difference, labels. All in device pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPixmap,
)

from restorer.engine.views import Legend
from restorer.ui.canvas.layer import Box, Layer
from restorer.ui.widgets.qimage import Pyramid, bytes_of, to_bytes

DIFFERENCE_GAIN = 4

_CHECK = 8
_CHECK_LIGHT, _CHECK_DARK = QColor(0x66, 0x66, 0x66), QColor(0x4A, 0x4A, 0x4A)
_PILL = QColor(20, 20, 20, 170)
_PILL_EDGE = QColor(255, 255, 255, 40)
_INK = QColor(255, 255, 255, 235)
_SCALE, _PAD = 72, 8  # logical pixels


def checkerboard() -> QPixmap:
    """A tile of the pattern that stands for transparency."""
    tile = QPixmap(2 * _CHECK, 2 * _CHECK)
    tile.fill(_CHECK_LIGHT)
    painter = QPainter(tile)
    painter.fillRect(0, 0, _CHECK, _CHECK, _CHECK_DARK)
    painter.fillRect(_CHECK, _CHECK, _CHECK, _CHECK, _CHECK_DARK)
    painter.end()
    return tile


def quiet_ink(background: QColor) -> QColor:
    """The colour of text on an empty canvas."""
    dark = background.lightness() < 128
    return QColor(0xB8, 0xB8, 0xB8) if dark else QColor(0x50, 0x50, 0x50)


@dataclass(frozen=True)
class Placement:
    """Where a picture is drawn.

    Attributes:
        picture: (width, height) of the original.
        target: the rectangle of the whole picture, in whole device pixels.
        smooth: interpolate when scaling.
    """

    picture: tuple[int, int]
    target: QRect
    smooth: bool

    def of_box(self, box: Box, times: int = 1) -> QRect:
        """The rectangle of a part; neighbours share their rounded edge, so that no seam shows.

        Args:
            times: pixels of the box per pixel of the picture.
        """
        left, top, right, bottom = box
        sx = self.target.width() / (self.picture[0] * times)
        sy = self.target.height() / (self.picture[1] * times)
        x0, x1 = self.target.left() + round(left * sx), self.target.left() + round(right * sx)
        y0, y1 = self.target.top() + round(top * sy), self.target.top() + round(bottom * sy)
        return QRect(x0, y0, x1 - x0, y1 - y0)


def draw_layer(painter: QPainter, layer: Layer, place: Placement, clip: QRect) -> None:
    """Draw the part of a layer inside `clip`, with its tiles over it."""
    if layer.pyramid is not None:
        draw_pyramid(painter, layer.pyramid, place.target, clip, place.smooth)
    for box, (_, pyramid) in layer.tiles.items():
        draw_pyramid(painter, pyramid, place.of_box(box, layer.times), clip, place.smooth)


def draw_pyramid(
    painter: QPainter, pyramid: Pyramid, target: QRect, clip: QRect, smooth: bool
) -> None:
    """Draw the part of a pyramid inside `clip`; the whole pyramid would fill `target`.

    Only the visible part is touched, so the cost depends on the canvas, not on the picture.
    """
    seen = target & clip
    if seen.isEmpty():
        return
    width, height = pyramid.size
    image = pyramid.level_for(min(target.width() / width, target.height() / height))
    sx, sy = image.width() / target.width(), image.height() / target.height()
    # A margin of two pixels gives interpolation its neighbours; the clip removes it again.
    x0 = max(0, int((seen.left() - target.left()) * sx) - 2)
    y0 = max(0, int((seen.top() - target.top()) * sy) - 2)
    x1 = min(image.width(), int((seen.right() + 1 - target.left()) * sx) + 3)
    y1 = min(image.height(), int((seen.bottom() + 1 - target.top()) * sy) + 3)
    to = QRectF(target.left() + x0 / sx, target.top() + y0 / sy, (x1 - x0) / sx, (y1 - y0) / sy)
    exact = target.size() == image.size()
    painter.save()
    painter.setClipRect(seen, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth and not exact)
    painter.drawImage(to, image, QRectF(x0, y0, x1 - x0, y1 - y0))
    painter.restore()


def difference(shown: QImage, original: QImage) -> QImage:
    """Mid grey plus `DIFFERENCE_GAIN` times (shown - original), of two RGB32 renders."""
    a, b = to_bytes(shown).astype(np.int16), to_bytes(original)
    np.subtract(a, b, out=a)
    np.multiply(a, DIFFERENCE_GAIN, out=a)
    np.add(a, 128, out=a)
    np.clip(a, 0, 255, out=a)
    image = QImage(shown.width(), shown.height(), QImage.Format.Format_RGB888)
    bytes_of(image)[:] = a.reshape(shown.height(), -1)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def label_size(painter: QPainter, text: str) -> tuple[float, float]:
    """(width, height) of a label in the painter's own units."""
    metrics = QFontMetricsF(painter.font())
    return metrics.horizontalAdvance(text) + 2 * _PAD, metrics.height() + 6


def shortened(painter: QPainter, text: str, width: float) -> str:
    """The text, shortened to fit on a label of this width."""
    metrics = QFontMetricsF(painter.font())
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 2 * _PAD)


def draw_label(painter: QPainter, text: str, place: QRectF) -> None:
    """Small text on a dark pill, readable over any picture."""
    painter.setPen(QPen(_PILL_EDGE, 1))
    painter.setBrush(_PILL)
    painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
    painter.setPen(_INK)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def draw_legend(painter: QPainter, legend: Legend, corner: QPointF) -> None:
    """A colour scale with a label at each end, on a dark pill with this upper left corner.

    Without words for its upper end, only those for the lower.
    """
    metrics = QFontMetricsF(painter.font())
    low, high = (metrics.horizontalAdvance(text) for text in (legend.low, legend.high))
    height = metrics.height() + 6
    if not legend.high:
        draw_label(painter, legend.low, QRectF(corner, QSizeF(low + 2 * _PAD, height)))
        return
    place = QRectF(corner, QSizeF(low + _SCALE + high + 4 * _PAD, height))
    draw_label(painter, "", place)
    scale = QRectF(place.left() + low + 2 * _PAD, place.top() + height / 2 - 4, _SCALE, 8)
    colours = QLinearGradient(scale.topLeft(), scale.topRight())
    for part, colour in enumerate(legend.colours):
        colours.setColorAt(part, QColor(*colour))
    painter.fillRect(scale, colours)
    painter.setPen(_INK)
    words = QRectF(place.left() + _PAD, place.top(), low, height)
    painter.drawText(words, Qt.AlignmentFlag.AlignCenter, legend.low)
    words = QRectF(scale.right() + _PAD, place.top(), high, height)
    painter.drawText(words, Qt.AlignmentFlag.AlignCenter, legend.high)


def draw_ring(painter: QPainter, around: QRect, accent: QColor, veiled: bool) -> None:
    """The ring of keyboard focus; with a veil it shows that a drop would be accepted."""
    if veiled:
        veil = QColor(accent)
        veil.setAlphaF(0.06)
        painter.fillRect(around, veil)
    painter.setPen(QPen(accent, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(around.adjusted(1, 1, -1, -1))


def draw_divider(painter: QPainter, x: float, top: float, bottom: float, handle_y: float) -> None:
    """The line between before and after, and the grip to drag it by."""
    painter.setPen(QPen(QColor(0, 0, 0, 110), 3))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.setPen(QPen(_INK, 1))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.setBrush(QColor(245, 245, 245))
    painter.setPen(QPen(QColor(0, 0, 0, 130), 1))
    painter.drawEllipse(QPointF(x, handle_y), 14, 14)
    arrows = QPainterPath()
    for side in (-1, 1):
        arrows.moveTo(x + side * 4, handle_y - 4)
        arrows.lineTo(x + side * 8, handle_y)
        arrows.lineTo(x + side * 4, handle_y + 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(60, 60, 60), 1.5))
    painter.drawPath(arrows)


def draw_outline(painter: QPainter, shapes: QPainterPath) -> None:
    """The outline of a tool, visible over anything; the painter uses logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255, 230), 1.2)):
        painter.setPen(QPen(color, width))
        painter.drawPath(shapes)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def widened(line: QPainterPath, width: float) -> QPainterPath:
    """The outline of a line of this width with round ends."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    return stroker.createStroke(line)
