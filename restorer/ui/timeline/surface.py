"""The surface of the timeline: its state made visible. Painting and hovering, no editing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from restorer.diffusion.schedule import Schedule
from restorer.ui.timeline import draw
from restorer.ui.timeline.axis import Spacing, TimeAxis
from restorer.ui.timeline.colors import DARK, TimelineColors
from restorer.ui.timeline.gestures import Handle
from restorer.ui.timeline.layout import TRANSPORT_HEIGHT, TRANSPORT_TOP, Layout
from restorer.ui.timeline.model import PlayheadPosition, TimelineModel
from restorer.ui.timeline.motion import GLIDE_MS, Glide
from restorer.ui.timeline.popup import HoverPopup
from restorer.ui.timeline.readout import hover_lines, readout
from restorer.ui.timeline.scene import Scene
from restorer.ui.timeline.thumbnails import ForwardPreview, Thumbnails
from restorer.ui.timeline.transport import Transport

#: How long pictures for the strip are made before events have their turn.
FOG_MS = 8


class TimelineSurface(QWidget):
    """Shows a `TimelineModel`; whoever changes it calls `_changed` or `_show`."""

    def __init__(self, schedule: Schedule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        #: Nothing glides; the playhead is where it belongs at once.
        self.reduced_motion = False
        self._state = TimelineModel(schedule)
        self._thumbnails = Thumbnails()
        self._colors = DARK
        self._active = Handle.PLAYHEAD
        self._start_is_moving = False
        self._hover_x: float | None = None
        self._scene: Scene | None = None
        self._backdrop: QPixmap | None = None
        self._static: QPixmap | None = None
        self._popup: HoverPopup | None = None
        self._fog_timer = QTimer(self)
        self._fog_timer.setSingleShot(True)
        self._fog_timer.timeout.connect(self._make_forward)
        self._glide = Glide(self)
        self._glide.moved.connect(self._update_axis)
        self._transport = Transport(self._colors, self)
        self._transport.entered.connect(self._end_hover)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show(self._state.rest, glide=False)
        self._changed()

    # -- looks -----------------------------------------------------------------------------

    @property
    def spacing(self) -> Spacing:
        return self._state.axis.spacing

    def set_spacing(self, spacing: Spacing) -> None:
        """Spread the axis by log SNR or linearly in t."""
        self._state.axis = TimeAxis(self._state.schedule, spacing)
        self._show(self._state.playhead, glide=False)
        self._restyled()

    def set_colors(self, colors: TimelineColors) -> None:
        """Dark or light."""
        self._colors = colors
        self._transport.set_colors(colors)
        if self._popup is not None:
            self._popup.colors = colors
        self._restyled()

    def set_forward_preview(self, render: ForwardPreview | None) -> None:
        """How the picture looks with the noise of t: for the strip and for hovering.

        Called for each place of the strip, about 25, after this and `set_place` (a few at a
        time, between events), and at each move of a hover: a few milliseconds and 200 pixels are
        right. None instead of a function: no picture.
        """
        self._thumbnails.set_render(render)
        self._changed()

    def sizeHint(self) -> QSize:
        return QSize(900, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        layout = Layout.of(self._state.axis, 480, 0, self._text_height())
        return QSize(480, int(layout.strip.start) + 37)

    # -- where things are --------------------------------------------------------------------

    @property
    def schedule_axis(self) -> TimeAxis:
        """The map between t and the fraction of the axis."""
        return self._state.axis

    @property
    def axis_layout(self) -> Layout:
        """Where things lie at the present size."""
        return self._current_scene().layout

    @property
    def readout_text(self) -> str:
        """The line beside the transport buttons."""
        return self._transport.readout.text

    def position_at(self, x: float) -> PlayheadPosition:
        """Where the playhead goes if it is put at x."""
        return self._state.snapped(self.axis_layout.t_at(x))

    def thumbnail_at(self, point: QPointF) -> int | None:
        """The frame whose thumbnail is under this point."""
        scene = self._current_scene()
        spans = scene.step_spans.items()
        hits = (index for index, span in spans if scene.rect(span).contains(point))
        return next(hits, None)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        if font.pointSizeF() > 0:
            font.setPointSizeF(max(font.pointSizeF() * 0.88, 6.0))
        else:
            font.setPixelSize(max(round(font.pixelSize() * 0.88), 8))
        return font

    def _text_height(self) -> float:
        metrics = QFontMetricsF(self._small_font())
        return round(metrics.capHeight() + metrics.descent()) + 1.0

    def _current_scene(self) -> Scene:
        if self._scene is None:
            axis = self._state.axis
            self._scene = Scene(
                Layout.of(axis, self.width(), self.height(), self._text_height()),
                self._state,
                self._thumbnails,
                self._colors,
                self._small_font(),
                self.devicePixelRatioF(),
            )
        return self._scene

    # -- change ------------------------------------------------------------------------------

    def _show(
        self, position: PlayheadPosition, glide: bool = True, glide_ms: int = GLIDE_MS
    ) -> None:
        """The playhead stands there now; what is painted may glide after it."""
        self._state.playhead = position
        fraction = self._state.axis.fraction(position.t)
        if glide and not self.reduced_motion and self.isVisible():
            self._glide.to(fraction, glide_ms)
        else:
            self._glide.jump(fraction)
        self._update_readout()

    def _changed(self) -> None:
        """The state changed in a way that shows outside the handles."""
        self._scene = self._static = None
        if self._thumbnails.render is not None:
            self._fog_timer.start(0)
        self._transport.set_live(self._state.has_picture)
        self._update_readout()
        self._update_axis()

    def _make_forward(self) -> None:
        """Some of the strip's pictures of the forward process, between two events."""
        scene = self._current_scene()
        spans, ratio = scene.forward_spans, scene.ratio
        if self._thumbnails.make_forward(spans, scene.side, ratio, FOG_MS):
            self._static = None
            self._update_axis()
            self._fog_timer.start(0)

    def _restyled(self) -> None:
        """Size, colours, font or spacing changed."""
        self._backdrop = None
        self._changed()

    def _update_readout(self) -> None:
        self._transport.readout.show_items(readout(self._state, self._start_is_moving))

    def _update_axis(self) -> None:
        top = TRANSPORT_TOP + TRANSPORT_HEIGHT
        self.update(QRect(0, top, self.width(), self.height() - top))

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scene is not None and self._scene.ratio != self.devicePixelRatioF():
            self._backdrop = self._static = self._scene = None
        scene = self._current_scene()
        if self._backdrop is None:
            self._backdrop = draw.render_backdrop(scene, self.size())
        if self._static is None:
            self._static = draw.render_static(scene, self._backdrop)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._static)
        if not self._state.has_picture:
            return
        focused = self.hasFocus()
        if self._hover_x is not None:
            draw.paint_hover(painter, scene, self._hover_x)
        draw.paint_start(painter, scene, focused and self._active is Handle.START)
        on_playhead = focused and self._active is Handle.PLAYHEAD
        draw.paint_playhead(painter, scene, self._glide.value, on_playhead)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._transport.setGeometry(8, TRANSPORT_TOP, self.width() - 16, TRANSPORT_HEIGHT)
        self._restyled()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._restyled()
        super().changeEvent(event)

    # -- hovering ----------------------------------------------------------------------------

    def _hover(self, x: float | None) -> None:
        """Show what is at x in the popup; None hides it."""
        if x is not None:
            width = self.axis_layout.width
            x = min(max(x, width.start), width.end)
        if x != self._hover_x:
            self._hover_x = x
            self._update_axis()
        if x is None:
            if self._popup is not None:
                self._popup.hide()
            return
        position = self.position_at(x)
        if position.frame is None:  # also right of the picture, where the playhead won't go
            position = PlayheadPosition(self.axis_layout.t_at(x))
        self._show_popup(x, hover_lines(self._state, position), self._hover_image(position))

    def _end_hover(self) -> None:
        self._hover(None)

    def _hover_image(self, position: PlayheadPosition) -> QImage | None:
        if position.frame is not None:
            return self._thumbnails.image(position.frame)
        place, render = self._state.place, self._thumbnails.render
        return render(position.t) if render and place is not None and position.t >= place else None

    def _show_popup(self, x: float, lines: list[str], image: QImage | None = None) -> None:
        if self._popup is None:
            self._popup = HoverPopup(self, self._colors)
        self._popup.show_over(self, QPoint(round(x), 0), image, lines)  # leaves the readout free
