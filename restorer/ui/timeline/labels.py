"""The labels of the timeline: where each goes, and which are dropped for lack of room."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from restorer.ui.timeline.layout import Span, keep_apart
from restorer.ui.timeline.model import TimelineModel
from restorer.ui.timeline.readout import number, tabular
from restorer.ui.timeline.scene import Scene
from restorer.words import marked as _
from restorer.words import tr

CLEAN_NOTE = _("hardly any noise to remove; drag the start handle to clean anyway")
EMPTY_NOTE = _("Your picture gets its place here once it is measured")
BEFORE_NOTE = _("The steps of the run will be here")
FORWARD_NOTE = _("Drag the playhead left: noise settles on your picture")


def place_note(model: TimelineModel) -> str:
    """The note about the picture over the axis."""
    if model.idle:
        return tr(CLEAN_NOTE)
    if model.place is None:
        return ""
    if model.latent:
        return tr("your picture, unchanged")
    return tr(
        "your picture is here: t = {t}, noise {noise}/255",
        t=number(model.place),
        noise=number(model.noise),
    )


def paint_notes(painter: QPainter, scene: Scene) -> None:
    """Draw the row over the band: the picture's place first, then the ends, then the curve."""
    layout, model, width = scene.layout, scene.model, scene.metrics.horizontalAdvance
    half = layout.x(float(model.schedule.t_from_sigma(1.0)))  # abar is 1/2 here
    anchors = {
        place_note(model): layout.width.end if model.idle else layout.x(model.place or 0.0),
        tr("pure noise"): layout.width.start,
        tr("clean"): layout.width.end,
        tr("abar"): half,
    }
    wanted = [
        (text, Span.about(x, width(text), layout.width)) for text, x in anchors.items() if text
    ]
    painter.setFont(scene.font)
    baseline = round(layout.notes.start + scene.metrics.capHeight()) + 1
    for text, span in keep_apart(wanted, 16).items():
        painter.setPen(scene.theme["text" if text == place_note(model) else "faint"])
        painter.drawText(round(span.start), baseline, text)


def paint_times(painter: QPainter, scene: Scene) -> None:
    """Draw t along the axis with ticks, clear of each other and of the start handle."""
    layout, last = scene.layout, int(scene.layout.axis.t_max)
    painter.setFont(tabular(scene.font))
    metrics = QFontMetricsF(painter.font())
    texts = {t: f"t {t}" if t == last else str(t) for t in layout.axis.label_candidates()}
    wanted: list[tuple[int | None, Span]] = []
    if scene.model.has_picture:
        wanted.append((None, Span.about(layout.x(scene.model.start), 12, layout.width)))
    xs = dict(zip(texts, layout.xs(list(texts)), strict=True))
    for t, text in texts.items():
        wanted.append((t, Span.about(xs[t], metrics.horizontalAdvance(text), layout.width)))
    baseline = round(layout.labels.start + metrics.capHeight()) + 3
    for key, span in keep_apart(wanted, 8).items():
        if key is not None:
            x = min(round(xs[key]), round(layout.width.end) - 1)
            painter.fillRect(QRectF(x, layout.band.end + 1, 1, 3), scene.theme["line"])
            painter.setPen(scene.theme["faint"])
            painter.drawText(round(span.start), baseline, texts[key])


def paint_hints(painter: QPainter, scene: Scene) -> None:
    """Say in the empty strip what will appear there."""
    layout, model, metrics = scene.layout, scene.model, scene.metrics
    wanted: list[tuple[str, Span]] = []

    def offer(text: str, room: Span) -> None:
        width = metrics.horizontalAdvance(text)
        if width <= room.size:
            wanted.append((text, Span.about(room.middle, width, layout.width)))

    if not model.has_picture:
        offer(tr(EMPTY_NOTE), layout.width)
    elif not model.frames and not model.running:
        if not model.idle:
            begin = max(layout.x(model.start), layout.x(model.border))
            offer(tr(BEFORE_NOTE), Span(begin, layout.width.end))
        if not scene.forward:
            offer(tr(FORWARD_NOTE), Span(layout.width.start, layout.x(model.border) - 16))
    baseline = round(layout.strip.middle + metrics.capHeight() / 2)
    painter.setFont(scene.font)
    painter.setPen(scene.theme["faint"])
    for text, span in keep_apart(wanted, 24).items():
        painter.drawText(round(span.start), baseline, text)
