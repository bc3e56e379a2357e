"""The part of the picture that a widget shows: zoom and pan in the widget's coordinates."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QWidget

from restorer.ui.canvas.geometry import Geometry

FIT_MARGIN = 12  # logical pixels around a fitted picture


class Viewport(QObject):
    """Zoom and position of the picture on a widget.

    Points are in logical pixels of the widget, zooms in device pixels per shown pixel.

    Attributes:
        geometry: the same in device pixels.
    """

    moved = Signal()  # the zoom or the position changed: repaint
    zoom_changed = Signal(float)  # 1.0 is 100%

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self.geometry = Geometry()

    @property
    def zoom(self) -> float:
        """Device pixels per shown pixel; 1.0 is 100%."""
        return self.geometry.percent

    @property
    def ratio(self) -> float:
        return self._widget.devicePixelRatioF()

    @property
    def scale(self) -> float:
        """Logical pixels per pixel of the picture as it came."""
        return self.geometry.zoom / self.ratio

    @property
    def device_size(self) -> tuple[int, int]:
        """(width, height) of the whole widget in device pixels."""
        return round(self._widget.width() * self.ratio), round(self._widget.height() * self.ratio)

    # Zooming and panning

    def fit(self) -> None:
        """Show the whole picture, also after resizing; see `Geometry.fit_zoom`."""
        self.geometry.fit()
        self._zoomed()

    def actual(self) -> None:
        """One shown pixel per device pixel."""
        self.zoom_to(1.0)

    def zoom_in(self) -> None:
        self._zoom(self.geometry.next_stop(inwards=True))

    def zoom_out(self) -> None:
        self._zoom(self.geometry.next_stop(inwards=False))

    def zoom_to(self, zoom: float) -> None:
        """Set the zoom about the middle of the widget."""
        self._zoom(zoom * self.geometry.times)

    def zoom_by(self, factor: float, position: QPointF) -> None:
        """Multiply the zoom about a position."""
        if self.geometry.picture != (0, 0):
            self.geometry.zoom_by(factor, *self.to_pane(position))
            self._zoomed()

    def pan(self, by: QPointF) -> None:
        """Move the picture; one that fits stays where it is."""
        by = by * self.ratio
        self.geometry.pan(by.x(), by.y())
        self.moved.emit()

    def centre_on(self, x: float, y: float) -> None:
        """Centre a pixel of the original, as far as the picture's border allows."""
        self.geometry.centre_on(x, y)
        self.moved.emit()

    def _zoom(self, zoom: float) -> None:
        self.geometry.zoom_to(zoom)
        self._zoomed()

    def _zoomed(self) -> None:
        self.zoom_changed.emit(self.zoom)
        self.moved.emit()

    # What is shown, and where

    def set_picture(self, size: tuple[int, int], split: bool) -> None:
        """Show another picture; one of the same (width, height) keeps zoom and position."""
        self.geometry.set_picture(*size)
        self.lay_out(split)  # the size is unknown before the widget is first shown
        self._zoomed()

    def set_times(self, times: int) -> None:
        """The shown picture has sides so many times longer than the original's."""
        self.geometry.set_times(times)
        self._zoomed()

    def lay_out(self, split: bool) -> None:
        """Take over the widget's size and number of panes."""
        before = self.zoom
        self.geometry.set_viewport(*self.device_size, FIT_MARGIN * self.ratio, split)
        if self.zoom != before:
            self.zoom_changed.emit(self.zoom)

    # Points

    def pane_at(self, position: QPointF) -> int:
        """Left edge of the pane under a position, in device pixels."""
        return self.geometry.pane_at(position.x() * self.ratio)

    def to_pane(self, position: QPointF) -> tuple[float, float]:
        """A position in device pixels of its pane."""
        return position.x() * self.ratio - self.pane_at(position), position.y() * self.ratio

    def to_picture(self, position: QPointF) -> tuple[float, float]:
        """A position in pixels of the picture; its first pixel covers 0..1."""
        return self.geometry.to_picture(*self.to_pane(position))

    def to_widget(self, x: float, y: float, pane: int) -> QPointF:
        """A point of the picture in logical pixels, in the pane with this left edge."""
        left, top, *_ = self.geometry.target
        zoom = self.geometry.zoom
        return QPointF(left + x * zoom + pane, top + y * zoom) / self.ratio
