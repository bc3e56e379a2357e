"""Our own icons: one SVG file each, in the colours of the palette, sharp at every scale."""

from __future__ import annotations

import logging

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from restorer.resources import resource_path

_log = logging.getLogger(__name__)

GRID = 20
_ROLE = QPalette.ColorRole
#: PySide deletes the result of a virtual function with its last reference, though Qt owns it.
_clones: list[QIconEngine] = []


def icon(name: str, role: QPalette.ColorRole = _ROLE.ButtonText) -> QIcon:
    """An icon for buttons and actions, in the colour that the palette has for `role`."""
    return QIcon(_Engine(name, role))


def icon_pixmap(name: str, color: QColor, size: int = GRID, scale: float = 1.0) -> QPixmap:
    """An icon in one colour, `size` logical pixels wide on a screen of this scale."""
    pixels = round(size * scale)
    pixmap = _transparent(QSize(pixels, pixels))
    painter = QPainter(pixmap)
    _draw(painter, QRectF(0, 0, pixels, pixels), name, color)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _transparent(size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _draw(painter: QPainter, place: QRectF, name: str, color: QColor) -> None:
    try:
        svg = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    except OSError as error:  # the button still works without its icon
        _log.warning("No icon %s: %s", name, error)
        return
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", color.name()).encode()))
    renderer.render(painter, place)


class IconLabel(QWidget):
    """An icon as a widget."""

    def __init__(self, name: str, role: QPalette.ColorRole, size: int = GRID) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self._icon = icon(name, role)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._icon.paint(QPainter(self), self.rect())


class _Engine(QIconEngine):
    """Reads the palette at each painting, so that every icon follows the theme."""

    def __init__(self, name: str, role: QPalette.ColorRole) -> None:
        super().__init__()
        self._name, self._role = name, role

    def clone(self) -> QIconEngine:
        copy = _Engine(self._name, self._role)
        _clones.append(copy)
        return copy

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        group = QPalette.ColorGroup
        disabled = mode == QIcon.Mode.Disabled
        palette = QGuiApplication.palette()
        color = palette.color(group.Disabled if disabled else group.Active, self._role)
        side = min(rect.width(), rect.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QPointF(QRectF(rect).center()))
        _draw(painter, square, self._name, color)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = _transparent(size)
        if pixmap.isNull():  # a button without size asks, too
            return pixmap
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap
