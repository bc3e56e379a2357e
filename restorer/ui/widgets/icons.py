"""Our own icons: one SVG each, recoloured for the theme, sharp at every scale."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from restorer.resources import resource_path

GRID = 20
_SCALES = (1.0, 2.0)


def icon_pixmap(name: str, color: str, size: int = GRID, scale: float = 1.0) -> QPixmap:
    """An icon in one colour, `size` logical pixels wide on a screen of this scale."""
    svg = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", color).encode()))
    pixels = round(size * scale)
    pixmap = QPixmap(QSize(pixels, pixels))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, color: str, disabled: str) -> QIcon:
    """An icon for buttons and actions, with a colour for when they cannot be used."""
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(icon_pixmap(name, color, scale=scale), QIcon.Mode.Normal)
        result.addPixmap(icon_pixmap(name, disabled, scale=scale), QIcon.Mode.Disabled)
    return result
