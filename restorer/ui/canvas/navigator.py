"""The whole picture in small, in a corner of the canvas, with a frame around the visible part."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from restorer.ui.canvas.layers import Layers
from restorer.ui.canvas.viewport import Viewport
from restorer.words import tr

_SIDE, _MARGIN = 160, 12  # its longest side, and its distance from the corner, logical pixels


class Navigator(QWidget):
    """Visible while the canvas shows only a part; press or drag in it to see another part.

    Keys move the picture on the canvas itself, so Tab skips it.

    Attributes:
        wanted: a person has switched it on.
    """

    def __init__(self, canvas: QWidget, viewport: Viewport, layers: Layers) -> None:
        super().__init__(canvas)
        self.wanted = False
        self._viewport, self._layers = viewport, layers
        self.setAccessibleName(tr("Navigator"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        viewport.moved.connect(self.refresh)
        layers.original_changed.connect(self.refresh)
        canvas.installEventFilter(self)
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Show or hide it, and put it into its corner."""
        geometry, pyramid = self._viewport.geometry, self._layers.original.pyramid
        width, height = geometry.picture
        part = geometry.visible != (0, 0, width, height)
        there = self.wanted and part and pyramid is not None and min(width, height) > 0
        self.setVisible(there)
        if there:
            size = QSize(width, height).scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio)
            size = size.expandedTo(QSize(8, 8))
            canvas = self.parentWidget()
            assert canvas is not None
            left = canvas.width() - size.width() - _MARGIN
            top = canvas.height() - size.height() - _MARGIN
            self.setGeometry(left, top, size.width(), size.height())
            self.update()

    def eventFilter(self, canvas: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.refresh()
        return super().eventFilter(canvas, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        pyramid, shares = self._layers.original.pyramid, self._viewport.geometry.shares
        if pyramid is None or shares is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        image = pyramid.level_for(ratio * self.width() / max(1, pyramid.size[0]))
        painter.drawImage(self.rect(), image)
        left, top, right, bottom = shares
        wide, tall = self.width() - 1, self.height() - 1
        frame = QRectF(left * wide, top * tall, (right - left) * wide, (bottom - top) * tall)
        for ink, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255, 230), 1.0)):
            painter.setPen(QPen(ink, width))
            painter.drawRect(frame)
        painter.setPen(QColor(0, 0, 0, 160))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, at: QPointF) -> None:
        width, height = self._viewport.geometry.picture
        x, y = at.x() / max(1, self.width()), at.y() / max(1, self.height())
        self._viewport.centre_on(x * width, y * height)
