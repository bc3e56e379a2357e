"""The canvas widget: what is on view, how it is compared, and what people drop on it."""

from __future__ import annotations

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QPointF,
    QRect,
    Qt,
    QVariantAnimation,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QWidget

from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.canvas.compositor import CompareMode, Compositor, ForwardSource
from restorer.ui.canvas.draw import draw_ring, quiet_ink
from restorer.ui.canvas.drop import DropTarget
from restorer.ui.canvas.forward import noise_field
from restorer.ui.canvas.layer import Box, Layer, LayerBuilder, Source, next_serial
from restorer.ui.canvas.tools import PaintedView, PaintTool

FADE_MS = 80
DIVIDER_REACH = 10  # logical pixels to either side that still grab it
DIVIDER_STEP = 0.02


class Canvas(PaintedView):
    """Shows a picture as it came and what became of it.

    Attributes:
        reduced_motion: frames appear at once instead of fading in.
        empty_text: the words on an empty canvas; "" when something else is laid over it.
    """

    cursor_moved = Signal(int, int, object)  # x, y of what is on view, (r, g, b) 0..255 or None
    divider_moved = Signal(float)  # 0..1 of the picture's visible width
    open_requested = Signal()
    dropped = Signal(object)  # Dropped
    failed = Signal(object)  # RestorerError

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reduced_motion = False
        self.empty_text = self.tr("Drop a picture here, or double-click to open one")
        self._background = QColor(0x30, 0x30, 0x30)
        self._name = ""
        self._cursor = QPointF(-1, -1)
        self._drop_over = False
        self._fade_next = True
        self._scene = Compositor()
        self.set_labels(self.tr("restored"), self.tr("as it came"))

        self._builds = Background("canvas", self)
        # so that the first touch of the timeline finds it there
        self._builds.run(noise_field, lambda field: None, self.failed.emit)
        self._original_builder = LayerBuilder(self._builds, self)
        self._original_builder.ready.connect(self._install_original)
        self._original_builder.failed.connect(self.failed)
        self._shown_builder = LayerBuilder(self._builds, self)
        self._shown_builder.ready.connect(self._on_shown)
        self._shown_builder.failed.connect(self.failed)
        self._fade = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=FADE_MS)
        self._fade.valueChanged.connect(self._on_fade)
        self._fade.finished.connect(self._on_faded)
        if app := QCoreApplication.instance():
            app.aboutToQuit.connect(self._builds.shutdown)

        drops = DropTarget(self)
        drops.hovered.connect(self._on_drop_hovered)
        drops.dropped.connect(self.dropped)
        self.setAccessibleName(self.tr("Picture"))
        self._describe()

    # What is on view

    def set_original(
        self,
        pixels: Pixels | None,
        icc: bytes | None = None,
        name: str = "",
        alpha: Pixels | None = None,
    ) -> None:
        """Show another picture as it came; what became of the one before is forgotten.

        Pictures above 4 megapixels are converted in a thread; until they are ready, what was on
        view stays.

        Args:
            pixels: (H, W, 3) float32 in 0..1, not changed afterwards; None empties the canvas.
            icc: the profile they are in; None means sRGB.
            name: for the screen reader.
            alpha: (H, W) float32 in 0..1; what is not covered shows a checkerboard.
        """
        self._shown_builder.cancel()
        self._name = name
        if pixels is None:
            self._original_builder.cancel()
            self._install_original(Layer())
        else:
            self._original_builder.request(Source(pixels, icc, alpha))

    def set_shown(self, pixels: Pixels | None, fade: bool = True) -> None:
        """Lay a frame over the original, or take it away with None.

        Args:
            pixels: (H, W, 3) float32 in 0..1 in the original's colour space; H and W may be
                `times` those of the original.
            fade: let it fade in; not for stepping by hand.
        """
        if pixels is None:
            self._shown_builder.cancel()
            self._install_shown(Layer(), fade=False)
            return
        self._fade_next = fade
        source = self._original_builder.pending or self._scene.original.source
        icc, alpha = (source.icc, source.alpha) if source else (None, None)
        self._shown_builder.request(Source(pixels, icc, alpha))

    def set_times(self, times: int) -> None:
        """Frames are so many times larger now; zooms are counted in their pixels."""
        if times != self._view.times:
            self._view.set_times(times)
            self._scene.shown.times = times
            self._view_changed()

    def paint_partial(self, box: Box, pixels: Pixels) -> None:
        """Draw a finished tile over what is on view, until the next `set_shown`.

        Args:
            box: (left, top, right, bottom) in pixels of the frame, as in `Progress.box`.
            pixels: (bottom - top, right - left, 3) float32 in 0..1.
        """
        source = self._scene.original.source
        if self._original_builder.pending or source is None:
            return  # a preview of a picture that is not on view yet
        left, top, right, bottom = box
        alpha = None
        if source.alpha is not None:
            n = self._view.times
            alpha = source.alpha[top // n : -(-bottom // n), left // n : -(-right // n)]
        pyramid = Source(pixels, source.icc, alpha).build()
        tiles = self._scene.shown.tiles
        tiles.pop(box, None)  # what is painted last comes last
        tiles[box] = next_serial(), pyramid
        self._content_changed()

    def clear(self) -> None:
        """An empty canvas."""
        self._scene.alpha_bar = None
        self.set_original(None)

    def visible_rect(self) -> QRect:
        """The picture pixels that can be seen; empty on an empty canvas."""
        return QRect(*self._view.visible)

    def set_tool(self, tool: PaintTool | None) -> None:
        super().set_tool(tool)
        self._scene.painting = tool is not None

    # Comparing

    @property
    def compare(self) -> CompareMode:
        """How before and after are put beside each other."""
        return self._scene.compare

    def set_compare(self, mode: CompareMode) -> None:
        """Single, wipe, side by side or difference; all need something shown."""
        self._scene.compare = mode
        self._describe()
        self._content_changed()

    @property
    def divider(self) -> float:
        """Where the wipe divides what is visible of the picture, 0..1 from the left."""
        return self._scene.divider

    def set_divider(self, place: float) -> None:
        """Move the divider; `divider_moved` follows when it did."""
        place = min(1.0, max(0.0, place))
        if place != self._scene.divider:
            self._scene.divider = place
            self.divider_moved.emit(place)
            self.update()

    def set_labels(self, shown: str, original: str, badge: str = "") -> None:
        """The words beside the divider ("noise", "as it came"), and on what is shown alone."""
        self._scene.labels, self._scene.badge = (shown, original), badge
        self.update()

    def hold_original(self, held: bool) -> None:
        """While held, the picture as it came is in the place of everything else."""
        if held != self._scene.held:
            self._scene.held = held
            self._content_changed()

    def show_forward(self, alpha_bar: float | None, source: ForwardSource = "original") -> None:
        """Show x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps, live, on the part that is visible.

        Args:
            alpha_bar: 1 (the picture) to 0 (pure noise); None ends it.
            source: x_0 is the picture as it came, or what is shown over it.
        """
        if alpha_bar is not None and not 0.0 <= alpha_bar <= 1.0:
            raise ValueError(f"alpha_bar {alpha_bar} is not in 0..1")
        self._scene.alpha_bar, self._scene.forward_source = alpha_bar, source
        self.update()

    # Looks

    @property
    def background(self) -> QColor:
        """The neutral grey around the picture."""
        return self._background

    def set_background(self, color: QColor) -> None:
        """For the light theme; keep it neutral, pictures are judged on it."""
        self._background = QColor(color)
        self.update()

    # Pictures arriving

    @Slot(object)
    def _install_original(self, layer: Layer) -> None:
        self._scene.original = layer
        if self._scene.shown.serial < layer.serial or not layer:
            self._install_shown(Layer(), fade=False)
        self._view.set_picture(*(layer.pyramid.size if layer.pyramid else (0, 0)))
        self._layout_view()  # nobody has told the size before the first show
        self._describe()
        self._view_changed()

    @Slot(object)
    def _on_shown(self, layer: Layer) -> None:
        tiles = self._scene.shown.tiles.items()
        layer.tiles.update({box: tile for box, tile in tiles if tile[0] > layer.serial})
        self._install_shown(layer, self._fade_next)

    def _install_shown(self, layer: Layer, fade: bool) -> None:
        self._fade.stop()
        layer.times = self._view.times
        before, self._scene.shown = self._scene.shown, layer
        self._scene.leaving = Layer()
        if fade and layer and self.isVisible() and not self.reduced_motion:
            self._scene.leaving = before if before.pyramid else self._scene.original
            self._fade.start()
        self._content_changed()

    def _content_changed(self) -> None:
        """Something else is on view: its panes, and what the cursor stands on."""
        self._layout_view()
        if self.underMouse():
            self._hover(self._cursor)
        self.update()

    @Slot(object)
    def _on_fade(self, opacity: float) -> None:
        self._scene.opacity = opacity
        self.update()

    @Slot()
    def _on_faded(self) -> None:
        self._scene.leaving = Layer()
        self.update()

    # Navigation

    def _pane_size(self, width: int, height: int) -> tuple[int, int]:
        return self._scene.pane_size(width, height)

    def _pane_origin(self, x: float) -> float:
        width, height = self._device_size()
        second = width - self._scene.pane_size(width, height)[0]
        return float(second) if x >= second else 0.0

    def _view_changed(self) -> None:
        self._describe()
        super()._view_changed()

    def _near_divider(self, position: QPointF) -> bool:
        x = self._scene.divider_x(self._view)
        if x is None:
            return False
        return abs(position.x() - x / self.devicePixelRatioF()) <= DIVIDER_REACH

    def _grab(self, position: QPointF) -> bool:
        return self._near_divider(position)

    def _drag_to(self, position: QPointF) -> None:
        seen = self._scene.seen(self._view)
        self.set_divider((self._device(position)[0] - seen.left()) / max(1, seen.width()))

    def _update_cursor(self, position: QPointF) -> None:
        super()._update_cursor(position)
        if self._dragging or (not self._space_held and self._near_divider(position)):
            self.setCursor(Qt.CursorShape.SplitHCursor)

    def _hover(self, position: QPointF) -> None:
        self._cursor = position
        if not self._scene.original:
            return
        x, y = self._view.to_picture(*self._device(position))
        second = self._pane_origin(position.x() * self.devicePixelRatioF()) > 0
        value = self._scene.value_at(x, y, self._device(position)[0], second, self._view)
        n = self._view.times
        self.cursor_moved.emit(int(x * n // 1), int(y * n // 1), value)

    def leaveEvent(self, event: QEvent) -> None:
        self.cursor_moved.emit(-1, -1, None)
        super().leaveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._scene.original:
            super().mouseDoubleClickEvent(event)
        else:
            self.open_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        steps = {Qt.Key.Key_Left.value: -DIVIDER_STEP, Qt.Key.Key_Right.value: DIVIDER_STEP}
        step = steps.get(event.key())
        if event.key() == Qt.Key.Key_Backslash:
            self.hold_original(True)
        elif shift and step is not None and self.compare == CompareMode.WIPE:
            self.set_divider(self.divider + step)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self.hold_original(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_original(False)
        super().focusOutEvent(event)

    @Slot(bool)
    def _on_drop_hovered(self, over: bool) -> None:
        self._drop_over = over
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._background)
        ratio = self.devicePixelRatioF()
        if self._scene.original:
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._scene.paint(painter, self._view, self._device_size())
            if not self._scene.held:
                self._paint_overlay(painter)
            painter.restore()
            self._scene.paint_marks(painter, self._view, self._device_size(), ratio)
            self._paint_tool(painter)
        elif self.empty_text:
            painter.setPen(quiet_ink(self._background))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        if self._drop_over or self._keyboard_focus:
            draw_ring(painter, self.rect(), accent, veiled=self._drop_over)
        painter.end()

    def _describe(self) -> None:
        """What a screen reader says besides "Picture"."""
        width, height = self._view.picture
        words = self.tr("Empty. Press Ctrl+O to open a picture.")
        if width:
            words = self.tr("{name}, {width} by {height} pixels, zoom {zoom} %, {mode}").format(
                name=self._name or self.tr("untitled"),
                width=width * self._view.times,
                height=height * self._view.times,
                zoom=round(self._view.percent * 100),
                mode=self.compare.value,
            )
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
