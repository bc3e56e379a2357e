"""The canvas widget: the original and its result, at any zoom."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from restorer.engine.views import Legend
from restorer.imaging.picture import Pixels
from restorer.ui.canvas.compositor import CompareMode, Compositor
from restorer.ui.canvas.draw import draw_ring, quiet_ink
from restorer.ui.canvas.drop import can_read, read_mime
from restorer.ui.canvas.keys import Keys
from restorer.ui.canvas.layers import Layers
from restorer.ui.canvas.mask_overlay import MaskLayer
from restorer.ui.canvas.navigator import Navigator
from restorer.ui.canvas.pointer import Pointer
from restorer.ui.canvas.tools import DividerTool, PaintTool
from restorer.ui.canvas.viewport import Viewport
from restorer.ui.widgets.drop import DropTarget
from restorer.words import tr


class Canvas(QWidget):
    """Holds the parts of the canvas, and draws them.

    Attributes:
        reduced_motion: frames appear at once, without fading in.
        empty_text: shown on an empty canvas; "" when something else covers it.
        viewport: zoom and position.
        layers: before and after.
        divider: between before and after in a wipe.
        pointer: the mouse, and the tool that it paints with.
        mask_layer: the painted mask, tinted.
        navigator: the whole picture in small, while only a part is visible.
    """

    cursor_moved = Signal(int, int, object)  # x, y in the shown picture, (r, g, b) 0..255 or None
    open_requested = Signal()
    dropped = Signal(object)  # Dropped

    def __init__(self) -> None:
        super().__init__()
        self._handlers: tuple[Keys | Pointer, ...] = ()  # Qt sends events before they exist
        self.reduced_motion = False
        self.empty_text = tr("Drop a picture here, or double-click to open one")
        self._background = QColor(0x30, 0x30, 0x30)
        self._name = ""
        self._drop_over = False
        self.viewport = Viewport(self)
        self.viewport.moved.connect(self.update)
        self.viewport.zoom_changed.connect(self._describe)
        self.layers = Layers(lambda: self.isVisible() and not self.reduced_motion, self)
        self.layers.original_changed.connect(self._on_original)
        self.layers.shown_changed.connect(self._content_changed)
        self.layers.faded.connect(self.update)
        self._compositor = Compositor(self.layers)
        self.set_labels(tr("restored"), tr("original"))
        self.divider = DividerTool(self._compositor, self.viewport, self)
        self.divider.moved.connect(self.update)
        self.mask_layer = MaskLayer(self, self.viewport)
        self.pointer = Pointer(self, self.viewport, self.divider)
        self.pointer.hovered.connect(self._hover)
        self.pointer.left.connect(partial(self.cursor_moved.emit, -1, -1, None))
        self._keys = Keys(self, self.viewport, self.pointer, self.divider, self.hold_original)
        self._handlers = (self._keys, self.pointer)
        drops = DropTarget(self, read_mime, can_read)
        drops.hovered.connect(self._on_drop_hovered)
        drops.dropped.connect(self.dropped)
        self.navigator = Navigator(self, self.viewport, self.layers)
        self.setAccessibleName(tr("Picture"))
        self._describe()

    # What is shown

    def set_original(
        self,
        pixels: Pixels | None,
        icc: bytes | None = None,
        name: str = "",
        alpha: Pixels | None = None,
    ) -> None:
        """Show another original, or none; see `Layers.set_original`.

        Args:
            name: for screen readers.
        """
        self._name = name
        self.layers.set_original(pixels, icc, alpha)

    def set_times(self, times: int) -> None:
        """Frames are now so many times larger; zooms count their pixels."""
        if times != self.layers.times:
            self.layers.set_times(times)
            self.viewport.set_times(times)

    def clear(self) -> None:
        self._compositor.alpha_bar = None
        self.set_original(None)

    def set_tool(self, tool: PaintTool | None) -> None:
        """Paint with this tool; None leaves the canvas for looking only."""
        self.pointer.set_tool(tool)
        self._compositor.painting = tool is not None

    def show_forward(self, alpha_bar: float | None) -> None:
        """Show x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps, live, on the visible part of x_0.

        Args:
            alpha_bar: from 1 (the picture) to 0 (pure noise); None ends it.
        """
        if alpha_bar is not None and not 0.0 <= alpha_bar <= 1.0:
            raise ValueError(f"alpha_bar {alpha_bar} is not in 0..1")
        self._compositor.alpha_bar = alpha_bar
        self.update()

    # Comparing

    @property
    def compare(self) -> CompareMode:
        """How before and after are compared."""
        return self._compositor.compare

    @property
    def comparing(self) -> CompareMode:
        """The same, but one picture under the forward process or a brush."""
        return self._compositor.comparing

    def set_compare(self, mode: CompareMode) -> None:
        """Set single, wipe, side by side or difference; they show once there is a result."""
        self._compositor.compare = mode
        self._describe()
        self._content_changed()

    @property
    def labels(self) -> tuple[str, str, str]:
        return *self._compositor.labels, self._compositor.badge

    def set_labels(self, shown: str, original: str, badge: str = "") -> None:
        """The labels beside the divider, and the badge on a picture that stands alone."""
        self._compositor.labels, self._compositor.badge = (shown, original), badge
        self.update()

    def set_legend(self, legend: Legend | None) -> None:
        """Explain the colours of the shown picture."""
        self._compositor.legend = legend
        self.update()

    def hold_original(self, held: bool) -> None:
        """While held, show only the original."""
        if held != self._compositor.held:
            self._compositor.held = held
            self._content_changed()

    # Colours

    @property
    def background(self) -> QColor:
        """The neutral grey around the picture."""
        return self._background

    def set_background(self, color: QColor) -> None:
        """Set it for a theme; it must be neutral, since pictures are judged on it."""
        self._background = QColor(color)
        self.update()

    # Change

    @Slot()
    def _on_original(self) -> None:
        pyramid = self.layers.original.pyramid
        size = pyramid.size if pyramid else (0, 0)
        self.viewport.set_picture(size, self._compositor.split)

    @Slot()
    def _content_changed(self) -> None:
        """Update the panes and the value under the pointer after the shown picture changed."""
        self.viewport.lay_out(self._compositor.split)
        if self.underMouse() and self.pointer.position is not None:
            self._hover(self.pointer.position)
        self.update()

    @Slot(QPointF)
    def _hover(self, position: QPointF) -> None:
        if not self.layers.original:
            return
        x, y = self.viewport.to_picture(position)
        pane_x, second = self.viewport.to_pane(position)[0], self.viewport.pane_at(position) > 0
        value = self._compositor.value_at(x, y, pane_x, second, self.viewport.geometry)
        n = self.layers.times
        self.cursor_moved.emit(int(x * n // 1), int(y * n // 1), value)

    @Slot(bool)
    def _on_drop_hovered(self, over: bool) -> None:
        self._drop_over = over
        self.update()

    @Slot()
    def _describe(self) -> None:
        """Set what a screen reader says besides "Picture"."""
        width, height = self.viewport.geometry.picture
        words = tr("Empty. Press Ctrl+O to open a picture.")
        if width:
            words = tr("{name}, {width} by {height} pixels, zoom {zoom} %, {mode}").format(
                name=self._name or tr("untitled"),
                width=width * self.layers.times,
                height=height * self.layers.times,
                zoom=round(self.viewport.zoom * 100),
                mode=self.compare.value,
            )
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    # Events

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonDblClick and not self.layers.original:
            self.open_requested.emit()
            return True
        if kind == QEvent.Type.DevicePixelRatioChange:
            self._content_changed()
        if any(handler.handle(event) for handler in self._handlers):
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.viewport.lay_out(self._compositor.split)
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._background)
        ratio, geometry = self.viewport.ratio, self.viewport.geometry
        if self.layers.original:
            size = self.viewport.device_size
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._compositor.paint(painter, geometry, size)
            if not self._compositor.held:
                self.mask_layer.paint(painter)
            painter.restore()
            self._compositor.paint_marks(painter, geometry, size, ratio)
            tool, position = self.pointer.tool, self.pointer.position
            if tool is not None and (position is not None or tool.always_visible):
                at = QPointF(self.rect().center()) if position is None else position
                tool.paint(painter, self.pointer.tool_view(at))
        elif self.empty_text:
            painter.setPen(quiet_ink(self._background))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        if self._drop_over or self._keys.focused:
            draw_ring(painter, self.rect(), accent, veiled=self._drop_over)
        painter.end()
