"""Painting the timeline: a pixmap that rarely changes, and the two handles over it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPen, QPixmap

from restorer.ui.timeline.backdrop import paint_band
from restorer.ui.timeline.labels import paint_hints, paint_notes, paint_times
from restorer.ui.timeline.scene import Scene


def render_backdrop(scene: Scene, size: QSize) -> QPixmap:
    """The part that changes only with size, colours and spacing."""
    pixmap = QPixmap(size * scene.ratio)
    pixmap.setDevicePixelRatio(scene.ratio)
    pixmap.fill(scene.theme["panel"])
    painter = QPainter(pixmap)
    paint_band(painter, scene.layout, scene.theme, scene.ratio)
    painter.end()
    return pixmap


def render_static(scene: Scene, backdrop: QPixmap) -> QPixmap:
    """The backdrop with everything except the handles and what they highlight."""
    pixmap = backdrop.copy()
    painter = QPainter(pixmap)
    paint_notes(painter, scene)
    paint_times(painter, scene)
    if scene.model.place is not None and not scene.model.idle:
        _paint_doubt(painter, scene)
        _paint_place(painter, scene, scene.model.place)
    _paint_steps(painter, scene)
    _paint_forward(painter, scene)
    paint_hints(painter, scene)
    painter.end()
    return pixmap


def _paint_doubt(painter: QPainter, scene: Scene) -> None:
    """A soft band around the picture's place, as wide as the place is uncertain."""
    if scene.model.doubt is None or scene.model.place is None:
        return
    left, middle, right = sorted(scene.layout.x(t) for t in (*scene.model.doubt, scene.model.place))
    glow = QLinearGradient(left, 0, right, 0)
    color = scene.theme["text"]
    for x, opacity in ((left, 0.0), (middle, 0.3), (right, 0.0)):
        color.setAlphaF(opacity)
        glow.setColorAt((x - left) / max(right - left, 1e-6), color)
    band = scene.layout.band
    painter.fillRect(QRectF(left, band.start, right - left, band.size), glow)


def _paint_place(painter: QPainter, scene: Scene, place: float) -> None:
    """A line from the note down through the band."""
    x, band = scene.layout.x(place), scene.layout.band
    stem = QRectF(scene.crisp(x - 0.5), band.start - 3, 1, band.size + 3)
    painter.fillRect(stem, scene.theme["dim"])


def _paint_steps(painter: QPainter, scene: Scene) -> None:
    """A tick for each recorded step, a faint one for each pending step, thumbnails below."""
    recorded = len(scene.model.frames)
    for x in scene.ticks[recorded:]:
        _tick(painter, scene, x, 5, "line")
    for x in scene.ticks[:recorded]:
        _tick(painter, scene, x, 9, "tick")
    for index, span in scene.step_spans.items():
        _paint_thumbnail(painter, scene, index, scene.rect(span))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(scene.theme["line"], 1))
    for span in scene.pending_spans:
        painter.drawRect(scene.rect(span).adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_thumbnail(painter: QPainter, scene: Scene, index: int, rect: QRectF) -> None:
    """The middle of a step's thumbnail, as wide as the rectangle."""
    pixmap = scene.thumbnails.of_frame(index, scene.side, scene.ratio)
    if pixmap is None:
        painter.fillRect(rect, scene.theme["band"])
        return
    shown = QRectF(0, 0, rect.width() * scene.ratio, pixmap.height())
    shown.moveLeft(round((pixmap.width() - shown.width()) / 2))
    painter.drawPixmap(rect, pixmap, shown)


def _tick(painter: QPainter, scene: Scene, x: float, height: float, color: str) -> None:
    foot = scene.layout.band.end
    painter.fillRect(QRectF(scene.crisp(x - 0.5), foot - height, 1, height), scene.theme[color])


def _paint_forward(painter: QPainter, scene: Scene) -> None:
    """Thumbnails of the picture under more and more noise, fading out."""
    for t, span in scene.forward_spans.items():
        pixmap = scene.thumbnails.of_forward(t, scene.side, scene.ratio)
        if pixmap is not None:
            painter.setOpacity(0.2 + 0.5 * float(scene.model.schedule.alpha_bar(t)) ** 0.5)
            painter.drawPixmap(scene.rect(span).topLeft(), pixmap)
    painter.setOpacity(1.0)


def _house(x: float, y: float, upright: float) -> QPainterPath:
    """The shape of a handle: a little house with its roof at (x, y), inverted for -1."""
    path = QPainterPath(QPointF(x, y))
    for dx, dy in ((5, 5), (5, 12), (-5, 12), (-5, 5)):
        path.lineTo(x + dx, y + upright * dy)
    path.closeSubpath()
    return path


def _paint_handle(
    painter: QPainter, scene: Scene, shape: QPainterPath, color: str, focused: bool, hollow: bool
) -> None:
    """Draw the shape, with an outline in the background colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    outlines = [("accent", 7.0), ("panel", 4.0)] if focused else [("panel", 4.0)]
    for name, width in outlines:
        painter.strokePath(shape, QPen(scene.theme[name], width, j=Qt.PenJoinStyle.RoundJoin))
    fill = "panel" if hollow else color
    painter.fillPath(shape, scene.theme[fill])
    painter.strokePath(shape, QPen(scene.theme[color], 1.25, j=Qt.PenJoinStyle.RoundJoin))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_start(painter: QPainter, scene: Scene, focused: bool) -> None:
    """The start handle, in the accent colour; hollow while there is nothing to do."""
    x, band = scene.crisp(scene.layout.x(scene.model.start)), scene.layout.band
    painter.fillRect(QRectF(x - 1, band.start, 2, band.size + 3), scene.theme["accent"])
    hollow = scene.model.clean and scene.model.start == 0
    _paint_handle(painter, scene, _house(x, band.end + 3, 1), "accent", focused, hollow)


def paint_playhead(painter: QPainter, scene: Scene, fraction: float, focused: bool) -> None:
    """The playhead where it is shown (it may be gliding), and a frame around its thumbnail."""
    x, band = scene.crisp(scene.layout.x_of(fraction)), scene.layout.band
    painter.fillRect(QRectF(x - 2, band.start, 4, band.size), scene.theme["panel"])
    painter.fillRect(QRectF(x - 1, band.start, 2, band.size + 1), scene.theme["playhead"])
    _paint_handle(painter, scene, _house(x, band.start + 12, -1), "playhead", focused, False)
    frame = scene.model.playhead.frame
    if frame is not None:
        paint_enlarged(painter, scene, frame, "playhead")


def paint_enlarged(painter: QPainter, scene: Scene, frame: int, color: str) -> None:
    """The whole thumbnail of a step with a frame, however narrow its place is."""
    rect = scene.enlarged(scene.span_of(frame))
    _paint_thumbnail(painter, scene, frame, rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(scene.theme[color], 2, j=Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(rect.adjusted(-1, -1, 1, 1))


def paint_hover(painter: QPainter, scene: Scene, x: float) -> None:
    """A hairline at the pointer."""
    band = scene.layout.band
    color = scene.theme["text"]
    color.setAlphaF(0.45)
    painter.fillRect(QRectF(scene.crisp(x - 0.5), band.start, 1, band.size), color)
