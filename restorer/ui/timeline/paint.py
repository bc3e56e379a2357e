"""Painting the timeline: one pixmap that seldom changes, and the two handles over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from restorer.ui.timeline.backdrop import paint_band, paint_labels
from restorer.ui.timeline.colors import TimelineColors
from restorer.ui.timeline.layout import Layout, Span, fit_thumbnails, keep_apart
from restorer.ui.timeline.readout import number, tabular
from restorer.ui.timeline.state import TimelineState
from restorer.ui.timeline.thumbnails import Thumbnails

CLEAN_NOTE = "this picture is clean: nothing to take off; drag the start handle to clean anyway"
EMPTY_NOTE = "Open a picture to see where it stands"
BEFORE_NOTE = "Restore to fill this"
FORWARD_NOTE = "Drag the playhead left: noise settles on your picture"


@dataclass(frozen=True)
class Scene:
    """All that a picture of the timeline is made of."""

    layout: Layout
    state: TimelineState
    thumbnails: Thumbnails
    colors: TimelineColors
    font: QFont
    ratio: float

    @cached_property
    def metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.font)

    def crisp(self, x: float) -> float:
        """The nearest edge between device pixels."""
        return round(x * self.ratio) / self.ratio

    @cached_property
    def thumbnail_spans(self) -> dict[int, Span]:
        """Where the thumbnails that fit stand."""
        centres = [self.layout.x(frame.t) for frame in self.state.frames]
        return fit_thumbnails(centres, self.side, 4, self.layout.width)

    @property
    def side(self) -> int:
        """Edge of a thumbnail."""
        return int(self.layout.strip.size)

    def thumbnail_rect(self, index: int) -> QRectF:
        span = self.thumbnail_spans[index]
        return QRectF(round(span.start), round(self.layout.strip.start), self.side, self.side)


def render_backdrop(scene: Scene, size: QSize) -> QPixmap:
    """What only size, colours and spacing change."""
    pixmap = QPixmap(size * scene.ratio)
    pixmap.setDevicePixelRatio(scene.ratio)
    pixmap.fill(scene.colors["background"])
    painter = QPainter(pixmap)
    painter.setFont(tabular(scene.font))
    paint_band(painter, scene.layout, scene.colors, scene.ratio)
    paint_labels(painter, scene.layout, scene.colors)
    painter.end()
    return pixmap


def render_static(scene: Scene, backdrop: QPixmap) -> QPixmap:
    """The backdrop with everything on it but the handles and what they light up."""
    pixmap = backdrop.copy()
    painter = QPainter(pixmap)
    painter.setFont(scene.font)
    _paint_notes(painter, scene)
    if scene.state.place is not None and not scene.state.clean:
        _paint_place(painter, scene, scene.state.place)
    _paint_steps(painter, scene)
    _paint_hints(painter, scene)
    painter.end()
    return pixmap


def place_note(state: TimelineState) -> str:
    """What is written over the axis about the picture."""
    if state.clean:
        return CLEAN_NOTE
    if state.place is None:
        return ""
    return f"your picture is here: t = {number(state.place)}, noise {number(state.noise)}/255"


def _paint_notes(painter: QPainter, scene: Scene) -> None:
    """The row over the band: the picture's place first, then the ends, then the curve's name."""
    layout, state, width = scene.layout, scene.state, scene.metrics.horizontalAdvance
    # where abar = 1/2, sigma = 1
    half = layout.x(float(state.schedule.t_from_sigma(1.0)))
    anchors = {
        place_note(state): layout.width.end if state.clean else layout.x(state.place or 0.0),
        "pure noise": layout.width.start,
        "clean": layout.width.end,
        "abar": half,
    }
    wanted = [
        (text, Span.about(x, width(text), layout.width)) for text, x in anchors.items() if text
    ]
    baseline = round(layout.notes.start + scene.metrics.ascent())
    for text, span in keep_apart(wanted, 16).items():
        painter.setPen(scene.colors["text" if text == place_note(state) else "faint"])
        painter.drawText(round(span.start), baseline, text)


def _paint_place(painter: QPainter, scene: Scene, place: float) -> None:
    """A stem through the band with a ring on the base line."""
    x, band, colors = scene.layout.x(place), scene.layout.band, scene.colors
    stem = QRectF(scene.crisp(x - 0.5), band.start - 3, 1, band.size + 3)
    painter.fillRect(stem, colors["dim"])


def _paint_steps(painter: QPainter, scene: Scene) -> None:
    """A tick for each recorded step, a faint one for each to come, thumbnails under them."""
    layout, state, colors = scene.layout, scene.state, scene.colors
    for t in state.pending:
        _tick(painter, scene, t, 5, "line")
    for frame in state.frames:
        _tick(painter, scene, frame.t, 9, "tick")
    for index in scene.thumbnail_spans:
        rect = scene.thumbnail_rect(index)
        pixmap = scene.thumbnails.square(index, scene.side, scene.ratio)
        if pixmap is None:
            painter.fillRect(rect, colors["band"])
        else:
            painter.drawPixmap(rect.topLeft(), pixmap)
    taken = list(scene.thumbnail_spans.values())
    for t in state.pending:
        span = Span.about(layout.x(t), scene.side, layout.width)
        if all(span.apart(other, 4) for other in taken):
            taken.append(span)
            rect = QRectF(round(span.start), round(layout.strip.start), scene.side, scene.side)
            painter.setPen(QPen(colors["line"], 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))


def _tick(painter: QPainter, scene: Scene, t: float, height: float, color: str) -> None:
    x, foot = scene.crisp(scene.layout.x(t) - 0.5), scene.layout.band.end
    painter.fillRect(QRectF(x, foot - height, 1, height), scene.colors[color])


def _paint_hints(painter: QPainter, scene: Scene) -> None:
    """What will be where there is nothing yet."""
    layout, state, width = scene.layout, scene.state, scene.metrics.horizontalAdvance
    wanted: list[tuple[str, Span]] = []
    if not state.has_picture:
        wanted.append(
            (EMPTY_NOTE, Span.about(layout.width.middle, width(EMPTY_NOTE), layout.width))
        )
    else:
        border = layout.x(state.border)
        if not state.frames and not state.running and not state.clean:
            room = Span(layout.x(state.start), layout.width.end)
            wanted.append((BEFORE_NOTE, Span.about(room.middle, width(BEFORE_NOTE), layout.width)))
        left = Span(layout.width.start, border - scene.side)
        if left.size > width(FORWARD_NOTE):
            wanted.append((FORWARD_NOTE, Span.about(left.middle, width(FORWARD_NOTE), left)))
    metrics = scene.metrics
    baseline = round(layout.strip.middle + (metrics.ascent() - metrics.descent()) / 2)
    painter.setPen(scene.colors["faint"])
    for text, span in keep_apart(wanted, 24).items():
        painter.drawText(round(span.start), baseline, text)


def _halo(painter: QPainter, scene: Scene, path: QPainterPath | QPolygonF, fill: str) -> None:
    """A filled shape parted from what is behind it by a thin line of the background."""
    outline = path
    if isinstance(path, QPolygonF):
        outline = QPainterPath()
        outline.addPolygon(path)
        outline.closeSubpath()
    painter.setPen(QPen(scene.colors["background"], 2, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
    painter.setPen(QPen(scene.colors[fill], 1, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(scene.colors[fill])
    painter.drawPath(outline)


def start_grip(scene: Scene, x: float) -> QPolygonF:
    """A little house under the base line that points at its t."""
    y = scene.layout.band.end + 2
    return QPolygonF(
        [QPointF(x + dx, y + dy) for dx, dy in ((0, 0), (5, 5), (5, 12), (-5, 12), (-5, 5))]
    )


def playhead_cap(scene: Scene, x: float) -> QPolygonF:
    """The same upside down, over the band."""
    y = scene.layout.band.start - 3
    return QPolygonF(
        [QPointF(x + dx, y + dy) for dx, dy in ((-5, 0), (5, 0), (5, 5), (0, 10), (-5, 5))]
    )


def paint_start(painter: QPainter, scene: Scene, focused: bool) -> None:
    """The start handle: the one thing in the accent colour."""
    x = scene.crisp(scene.layout.x(scene.state.start))
    band = scene.layout.band
    painter.fillRect(QRectF(x - 1, band.start, 2, band.size + 3), scene.colors["accent"])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    grip = start_grip(scene, x)
    if scene.state.clean and scene.state.start == 0:
        painter.setPen(QPen(scene.colors["accent"], 1.5, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(scene.colors["background"])
        painter.drawPolygon(grip)
    else:
        _halo(painter, scene, grip, "accent")
    if focused:
        _focus_ring(painter, scene, grip.boundingRect())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_playhead(painter: QPainter, scene: Scene, fraction: float, focused: bool) -> None:
    """The playhead where it is shown (it may be gliding), and a frame about its thumbnail."""
    x, band = scene.crisp(scene.layout.x_of(fraction)), scene.layout.band
    painter.fillRect(QRectF(x - 2, band.start, 4, band.size), scene.colors["background"])
    painter.fillRect(QRectF(x - 1, band.start, 2, band.size + 1), scene.colors["playhead"])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap = playhead_cap(scene, x)
    _halo(painter, scene, cap, "playhead")
    if focused:
        _focus_ring(painter, scene, cap.boundingRect())
    frame = scene.state.playhead.frame
    if frame in scene.thumbnail_spans:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(scene.colors["playhead"], 2, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(scene.thumbnail_rect(frame).adjusted(-1, -1, 1, 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _focus_ring(painter: QPainter, scene: Scene, rect: QRectF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(scene.colors["accent"], 1.5))
    painter.drawRoundedRect(rect.adjusted(-3.25, -3.25, 3.25, 3.25), 4, 4)


def paint_hover(painter: QPainter, scene: Scene, x: float) -> None:
    """A hairline where the pointer is."""
    band = scene.layout.band
    color = scene.colors["text"]
    color.setAlphaF(0.45)
    painter.fillRect(QRectF(scene.crisp(x - 0.5), band.start, 1, band.size), color)
