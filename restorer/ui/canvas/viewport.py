"""The part of a picture that a widget shows: zoom and pan, in the widget's own coordinates."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QWidget

from restorer.ui.canvas.geometry import Geometry

FIT_MARGIN = 12  # logical pixels around a fitted picture


class Viewport(QObject):
    """Zoom and place of the picture on a widget.

    Points are logical pixels of the widget, zooms device pixels per pixel of what is on view.

    Attributes:
        geometry: the same in device pixels.
    """

    moved = Signal()  # another zoom or another place: draw anew
    zoom_changed = Signal(float)  # 1.0 is 100%

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self.geometry = Geometry()

    @property
    def zoom(self) -> float:
        """Device pixels per pixel of what is on view; 1.0 is 100%."""
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
        """Show all of the picture, and keep doing so on resize; see `Geometry.fit_zoom`."""
        self.geometry.fit()
        self._zoomed()

    def actual(self) -> None:
        """One pixel of what is on view per device pixel."""
        self.zoom_to(1.0)

    def zoom_in(self) -> None:
        self._zoom(self.geometry.next_stop(inwards=True))

    def zoom_out(self) -> None:
        self._zoom(self.geometry.next_stop(inwards=False))

    def zoom_to(self, zoom: float) -> None:
        """Any zoom, about the middle of the widget."""
        self._zoom(zoom * self.geometry.times)

    def zoom_by(self, factor: float, position: QPointF) -> None:
        """Multiply the zoom; the picture point under a position stays there."""
        if self.geometry.picture != (0, 0):
            self.geometry.zoom_by(factor, *self.to_pane(position))
            self._zoomed()

    def pan(self, by: QPointF) -> None:
        """Move the picture; one that is wholly in view stays where it is."""
        by = by * self.ratio
        self.geometry.pan(by.x(), by.y())
        self.moved.emit()

    def centre_on(self, x: float, y: float) -> None:
        """Put a pixel of the picture as it came in the middle, as far as its border lets it."""
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
        """Another picture; one of the same (width, height) keeps zoom and place."""
        self.geometry.set_picture(*size)
        self.lay_out(split)  # nobody has told the size before the first show
        self._zoomed()

    def set_times(self, times: int) -> None:
        """What is on view has sides so many times longer than the picture's."""
        self.geometry.set_times(times)
        self._zoomed()

    def lay_out(self, split: bool) -> None:
        """The widget has another size, or another number of panes."""
        before = self.zoom
        self.geometry.set_viewport(*self.device_size, FIT_MARGIN * self.ratio, split)
        if self.zoom != before:
            self.zoom_changed.emit(self.zoom)

    # Points

    def pane_at(self, position: QPointF) -> int:
        """Where the pane under a position begins, in device pixels."""
        return self.geometry.pane_at(position.x() * self.ratio)

    def to_pane(self, position: QPointF) -> tuple[float, float]:
        """A position in device pixels of the pane it is in."""
        return position.x() * self.ratio - self.pane_at(position), position.y() * self.ratio

    def to_picture(self, position: QPointF) -> tuple[float, float]:
        """A position in pixels of the picture; its first pixel covers 0..1."""
        return self.geometry.to_picture(*self.to_pane(position))

    def to_widget(self, x: float, y: float, pane: int) -> QPointF:
        """Where a point of the picture lies in the pane that begins there."""
        left, top, *_ = self.geometry.target
        zoom = self.geometry.zoom
        return QPointF(left + x * zoom + pane, top + y * zoom) / self.ratio
