"""The zoom as text; click on it to type another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit

from restorer.words import tr


class ZoomField(QLineEdit):
    """Looks like a label until it has the focus. Enter sets the zoom, Escape keeps the old one."""

    entered = Signal(float)  # 1.0 is 100%

    def __init__(self) -> None:
        super().__init__()
        self._zoom = 1.0
        self._just_focused = False
        self.setObjectName("zoom")
        self.setAccessibleName(tr("Zoom"))
        self.setToolTip(tr("Click to type a zoom in percent"))
        self.setFixedWidth(64)  # of 3200 %
        self.returnPressed.connect(self._on_return)

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        self.setText(f"{zoom * 100:.0f} %")

    @Slot()
    def _on_return(self) -> None:
        """Set the zoom, unless the text is no number."""
        try:
            percent = float(self.text().replace("%", "").replace(",", "."))
        except ValueError:
            percent = 0.0
        if percent > 0:
            self.entered.emit(percent / 100)
        self.clearFocus()

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # else Escape would stop a run
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._just_focused = True
        self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The click that gives the focus selects all, as Tab does."""
        super().mouseReleaseEvent(event)
        if self._just_focused and not self.hasSelectedText():
            self.selectAll()
        self._just_focused = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.show_zoom(self._zoom)
