"""The popup over the axis at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from restorer.ui.widgets.theme import Theme

PADDING = 8
IMAGE_SIDE = 176


class HoverPopup(QWidget):
    """An optional image over lines of text.

    A child of the window rather than a window of its own: it needs no compositor, takes no focus
    and can't outlive the timeline's window.
    """

    def __init__(self, owner: QWidget, theme: Theme) -> None:
        super().__init__(owner.window())
        self._image: QImage | None = None
        self._lines: list[str] = []
        self.theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def lines(self) -> list[str]:
        return list(self._lines)

    @property
    def image(self) -> QImage | None:
        return self._image

    def show_over(self, owner: QWidget, at: QPoint, image: QImage | None, lines: list[str]) -> None:
        """Show the popup with its foot at a point of the owner, inside the window."""
        window = owner.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self._image, self._lines = image, lines
        self.setFont(owner.font())
        self.resize(self._wanted_size())
        corner = owner.mapTo(window, at) - QPoint(self.width() // 2, self.height() + 4)
        room = window.rect().marginsRemoved(self.contentsMargins())
        x = min(max(corner.x(), room.left() + 4), room.right() - self.width() - 3)
        self.move(x, max(corner.y(), room.top()))
        self.raise_()
        self.show()
        self.update()

    def _image_size(self) -> QSize:
        if self._image is None or self._image.isNull():
            return QSize(0, 0)
        side = IMAGE_SIDE
        return self._image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)

    def _wanted_size(self) -> QSize:
        metrics, image = QFontMetrics(self.font()), self._image_size()
        text = max((metrics.horizontalAdvance(line) for line in self._lines), default=0)
        height = 2 * PADDING + len(self._lines) * metrics.lineSpacing()
        if image.height():
            height += image.height() + PADDING
        return QSize(2 * PADDING + max(text, image.width()), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme["popup_edge"], 1))
        painter.setBrush(self.theme["popup"])
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        y, size = PADDING, self._image_size()
        if self._image is not None and size.height():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            left = (self.width() - size.width()) // 2
            painter.drawImage(QRectF(left, y, size.width(), size.height()), self._image)
            y += size.height() + PADDING
        metrics = painter.fontMetrics()
        for number, line in enumerate(self._lines):
            painter.setPen(self.theme["text" if number == 0 else "dim"])
            left = (self.width() - metrics.horizontalAdvance(line)) // 2
            painter.drawText(left, y + metrics.ascent(), line)
            y += metrics.lineSpacing()
        painter.end()
