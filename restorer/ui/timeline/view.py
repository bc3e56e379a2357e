"""Shows the timeline: its thumbnails, the readout, and the popup at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QTimer
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from restorer.ui.timeline.axis import Spacing, TimeAxis
from restorer.ui.timeline.draw import (
    paint_enlarged,
    paint_hover,
    paint_playhead,
    paint_start,
    render_backdrop,
    render_static,
)
from restorer.ui.timeline.layout import TRANSPORT_HEIGHT, TRANSPORT_TOP, Layout
from restorer.ui.timeline.model import Handle, PlayheadPosition, TimelineModel
from restorer.ui.timeline.motion import GLIDE_MS, Glide
from restorer.ui.timeline.popup import HoverPopup
from restorer.ui.timeline.readout import hover_lines, readout
from restorer.ui.timeline.scene import Scene
from restorer.ui.timeline.thumbnails import ForwardPreview, Thumbnails
from restorer.ui.timeline.transport import Transport
from restorer.ui.widgets.theme import DARK, Theme
from restorer.words import tr

#: Milliseconds of making thumbnails before events have their turn.
FORWARD_MS = 8


class TimelineView(QObject):
    """Shows a `TimelineModel` on a widget; after changing the model, call `changed` or `show`.

    Attributes:
        transport: the row of buttons with the readout.
        thumbnails: of the strip.
        reduced_motion: the playhead jumps, nothing glides.
    """

    def __init__(self, widget: QWidget, model: TimelineModel) -> None:
        super().__init__(widget)
        self.reduced_motion = False
        self.thumbnails = Thumbnails()
        self._widget = widget
        self._model = model
        self._theme = DARK
        self._hover_x: float | None = None
        self._scene: Scene | None = None
        self._backdrop: QPixmap | None = None
        self._static: QPixmap | None = None
        self._popup: HoverPopup | None = None
        self._forward_timer = QTimer(self)
        self._forward_timer.setSingleShot(True)
        self._forward_timer.timeout.connect(self._make_forward)
        self._glide = Glide(self)
        self._glide.moved.connect(self.update_axis)
        self.transport = Transport(self._theme, widget)
        self.transport.entered.connect(self.end_hover)

    # How it looks

    @property
    def spacing(self) -> Spacing:
        return self._model.axis.spacing

    def set_spacing(self, spacing: Spacing) -> None:
        self._model.axis = TimeAxis(self._model.schedule, spacing)
        self.show(self._model.playhead, glide=False)
        self.restyled()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.transport.set_theme(theme)
        if self._popup is not None:
            self._popup.theme = theme
        self.restyled()

    def set_forward_preview(self, render: ForwardPreview | None) -> None:
        """Set what renders the picture with the noise of t, for the strip and the popup.

        Called for each place of the strip, about 25, after this and `set_place` (a few at a
        time, between events), and at each move of a hover: a few milliseconds and 200 pixels are
        right. None instead of a function: no picture.
        """
        self.thumbnails.set_render(render)
        self.changed()

    @property
    def text_height(self) -> float:
        """Height of the labels along the axis, in logical pixels."""
        metrics = QFontMetricsF(self._small_font())
        return round(metrics.capHeight() + metrics.descent()) + 1.0

    def _small_font(self) -> QFont:
        font = QFont(self._widget.font())
        if font.pointSizeF() > 0:
            font.setPointSizeF(max(font.pointSizeF() * 0.88, 6.0))
        else:
            font.setPixelSize(max(round(font.pixelSize() * 0.88), 8))
        return font

    # Where things are

    @property
    def layout(self) -> Layout:
        """The layout at the current size."""
        return self._current_scene().layout

    def position_at(self, x: float) -> PlayheadPosition:
        """Where the playhead goes when it is dropped at x."""
        return self._model.snapped(self.layout.t_at(x))

    def thumbnail_at(self, point: QPointF) -> int | None:
        """The frame with the nearest thumbnail, if the point is in their row."""
        scene = self._current_scene()
        in_the_row = point.y() >= scene.layout.strip.start
        return scene.frame_near(point.x()) if in_the_row else None

    def _current_scene(self) -> Scene:
        if self._scene is None:
            width, height = self._widget.width(), self._widget.height()
            self._scene = Scene(
                Layout.of(self._model.axis, width, height, self.text_height),
                self._model,
                self.thumbnails,
                self._theme,
                self._small_font(),
                self._widget.devicePixelRatioF(),
            )
        return self._scene

    # Change

    def show(self, position: PlayheadPosition, glide: bool = True, ms: int = GLIDE_MS) -> None:
        """Move the playhead; its drawing may glide there within `ms` milliseconds."""
        self._model.playhead = position
        fraction = self._model.axis.fraction(position.t)
        if glide and not self.reduced_motion and self._widget.isVisible():
            self._glide.glide_to(fraction, ms)
        else:
            self._glide.jump(fraction)
        self.update_readout()

    def changed(self) -> None:
        """Repaint after a change of the model beyond the handles."""
        self._scene = self._static = None
        if self.thumbnails.render is not None:
            self._forward_timer.start(0)
        self.transport.set_live(self._model.has_picture)
        self.update_readout()
        self.update_axis()

    def restyled(self) -> None:
        self._backdrop = None
        self.changed()

    def resized(self) -> None:
        width = self._widget.width() - 16
        self.transport.setGeometry(8, TRANSPORT_TOP, width, TRANSPORT_HEIGHT)
        self.restyled()

    def update_readout(self) -> None:
        """The line beside the transport buttons."""
        self.transport.readout.show_items(readout(self._model))

    def update_axis(self) -> None:
        """Repaint everything below the transport row."""
        top = TRANSPORT_TOP + TRANSPORT_HEIGHT
        self._widget.update(QRect(0, top, self._widget.width(), self._widget.height() - top))

    def _make_forward(self) -> None:
        """Make some of the strip's forward thumbnails between two events."""
        scene = self._current_scene()
        spans, ratio = scene.forward_spans, scene.ratio
        if self.thumbnails.make_forward(spans, scene.side, ratio, FORWARD_MS):
            self._static = None
            self.update_axis()
            self._forward_timer.start(0)

    # Painting

    def paint(self) -> None:
        if self._scene is not None and self._scene.ratio != self._widget.devicePixelRatioF():
            self._backdrop = self._static = self._scene = None
        scene = self._current_scene()
        if self._backdrop is None:
            self._backdrop = render_backdrop(scene, self._widget.size())
        if self._static is None:
            self._static = render_static(scene, self._backdrop)
        painter = QPainter(self._widget)
        painter.drawPixmap(0, 0, self._static)
        if self._model.has_picture:
            focus = self._model.active if self._widget.hasFocus() else None
            if self._hover_x is not None:
                paint_hover(painter, scene, self._hover_x)
                hovered = self.position_at(self._hover_x).frame
                if hovered is not None:
                    paint_enlarged(painter, scene, hovered, "dim")
            paint_start(painter, scene, focus is Handle.START)
            paint_playhead(painter, scene, self._glide.value, focus is Handle.PLAYHEAD)
        painter.end()

    # What appears under the pointer

    def hover(self, x: float) -> None:
        width = self.layout.width
        x = min(max(x, width.start), width.end)
        self._mark(x)
        position = self.position_at(x)
        if position.frame is None:  # right of the picture too, where the playhead cannot go
            position = PlayheadPosition(self.layout.t_at(x))
        self._show_popup(x, hover_lines(self._model, position), self._hover_image(position))

    def end_hover(self) -> None:
        self._mark(None)
        if self._popup is not None:
            self._popup.hide()

    def show_start(self) -> None:
        """Show the start of the next run in the popup."""
        lines = hover_lines(self._model, PlayheadPosition(self._model.start))
        self._show_popup(self.layout.x(self._model.start), [tr("Restore from here"), *lines])

    def _mark(self, x: float | None) -> None:
        if x != self._hover_x:
            self._hover_x = x
            self.update_axis()

    def _hover_image(self, position: PlayheadPosition) -> QImage | None:
        if position.frame is not None:
            return self.thumbnails.image(position.frame)
        place, render = self._model.place, self.thumbnails.render
        return render(position.t) if render and place is not None and position.t >= place else None

    def _show_popup(self, x: float, lines: list[str], image: QImage | None = None) -> None:
        if self._popup is None:
            self._popup = HoverPopup(self._widget, self._theme)
        # above the axis, clear of the readout
        self._popup.show_over(self._widget, QPoint(round(x), 0), image, lines)
