"""The backdrop: the band of noise that thins out, and the alpha-bar curve."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QLinearGradient, QPainter, QPen, QPolygonF

from restorer.ui.timeline.layout import Layout
from restorer.ui.widgets.theme import Theme

TILE = (509, 64)


@lru_cache
def _grain() -> QImage:
    """A tile of Gaussian grain, in the alpha channel."""
    width, height = TILE
    grain = np.random.default_rng(7).normal(96, 72, width * height)
    values = np.clip(np.rint(grain), 0, 255).astype(np.uint8).tobytes()
    tile = QImage(values, width, height, width, QImage.Format.Format_Alpha8)
    return tile.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # a copy


def _noise(layout: Layout, theme: Theme, pixels_wide: int, pixels_high: int) -> QImage:
    """Grain for the noise of each t: its share of x_t, sqrt(1 - abar), is the opacity."""
    noise = QImage(pixels_wide, pixels_high, QImage.Format.Format_ARGB32_Premultiplied)
    noise.fill(theme["grain"])
    fade = QLinearGradient(0, 0, pixels_wide, 0)
    color = theme["grain"]
    for fraction, abar in _alpha_bar(layout, 32):
        color.setAlphaF(0.3 * (1 - abar) ** 0.5)
        fade.setColorAt(fraction, color)
    painter = QPainter(noise)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.fillRect(noise.rect(), QBrush(_grain()))
    painter.fillRect(noise.rect(), fade)
    painter.end()
    return noise


def paint_band(painter: QPainter, layout: Layout, theme: Theme, ratio: float) -> None:
    """Grain, curve and base line."""
    band = QRectF(layout.width.start, layout.band.start, layout.width.size, layout.band.size)
    painter.fillRect(band, theme["band"])
    noise = _noise(layout, theme, round(band.width() * ratio), round(band.height() * ratio))
    noise.setDevicePixelRatio(ratio)
    painter.drawImage(band.topLeft(), noise)
    curve = _curve(layout, band)
    fill = theme["curve"]
    fill.setAlphaF(0.14)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon(QPolygonF([*curve, band.bottomRight(), band.bottomLeft()]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # too slow for the fill above
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme["curve"], 1.25))
    painter.drawPolyline(QPolygonF(curve))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(band.left(), band.bottom(), band.width(), 1), theme["line"])


def _curve(layout: Layout, band: QRectF) -> list[QPointF]:
    """alpha-bar over the band, 0 at its foot and 1 near its top."""
    foot, height = band.bottom() - 1, band.height() - 4
    samples = _alpha_bar(layout, max(int(band.width() / 4), 2))
    return [QPointF(band.left() + band.width() * u, foot - height * abar) for u, abar in samples]


def _alpha_bar(layout: Layout, intervals: int) -> list[tuple[float, float]]:
    """(fraction of the axis, alpha-bar there) at even places from end to end."""
    fractions = np.linspace(0.0, 1.0, intervals + 1)
    abar = layout.axis.schedule.alpha_bar(layout.axis.times_at(fractions))
    return list(zip(fractions.tolist(), abar.tolist(), strict=True))
