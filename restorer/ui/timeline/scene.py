"""All that is needed to paint the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from restorer.ui.timeline.layout import GAP, THINNEST, Layout, Span, fit_thumbnails
from restorer.ui.timeline.model import TimelineModel
from restorer.ui.timeline.thumbnails import Thumbnails
from restorer.ui.widgets.theme import Theme


@dataclass(frozen=True)
class Scene:
    """A model at one size, in one set of colours, on one screen.

    Attributes:
        forward: there are thumbnails of the forward process too.
        ratio: device pixels per logical pixel.
    """

    layout: Layout
    model: TimelineModel
    thumbnails: Thumbnails
    theme: Theme
    font: QFont
    ratio: float

    @cached_property
    def metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.font)

    def crisp(self, x: float) -> float:
        """The nearest edge between device pixels."""
        return round(x * self.ratio) / self.ratio

    @property
    def side(self) -> int:
        """Edge of a thumbnail."""
        return int(self.layout.strip.size)

    @property
    def forward(self) -> bool:
        return self.thumbnails.render is not None and self.model.place is not None

    @cached_property
    def ticks(self) -> list[float]:
        """x of each recorded step and, after them, of each pending step."""
        return self.layout.xs([*self.model.places, *self.model.pending])

    @cached_property
    def _spans(self) -> dict[int, Span]:
        """Spans for thumbnails of recorded steps and, after them, of pending steps."""
        return fit_thumbnails(self.ticks, self.side, self.layout.width)

    @property
    def step_spans(self) -> dict[int, Span]:
        """The spans of the recorded steps whose thumbnails fit, by frame."""
        return {i: span for i, span in self._spans.items() if i < len(self.model.frames)}

    def span_of(self, frame: int) -> Span:
        """The span of a recorded step's thumbnail, even if there is no room for it."""
        there = self._spans.get(frame)
        return there or Span.about(self.ticks[frame], THINNEST, self.layout.width)

    def frame_near(self, x: float) -> int | None:
        """The recorded step with the nearest thumbnail; None if x is left of them all."""
        spans = self.step_spans
        if not spans or x < min(span.start for span in spans.values()) - GAP:
            return None
        return min(spans, key=lambda index: abs(spans[index].middle - x))

    @property
    def pending_spans(self) -> list[Span]:
        """The spans of the pending steps' thumbnails."""
        return [span for i, span in self._spans.items() if i >= len(self.model.frames)]

    @cached_property
    def forward_spans(self) -> dict[float, Span]:
        """Evenly spaced spans for the forward process, by the t of their middle."""
        if not self.forward:
            return {}
        left = self.layout.width.start
        starts = [span.start for span in self._spans.values()]
        room = min([self.layout.x(self.model.border), *starts]) - 3 * GAP - left
        count = int((room + GAP) / (self.side + GAP))
        pitch = (room - self.side) / (count - 1) if count > 1 else 0.0
        spans = (Span(left + i * pitch, left + i * pitch + self.side) for i in range(count))
        by_middle = {span.middle: span for span in spans}
        return dict(zip(self.layout.ts_at(list(by_middle)), by_middle.values(), strict=True))

    def rect(self, span: Span) -> QRectF:
        """The rectangle of a thumbnail on whole pixels: a square, or narrower."""
        top = round(self.layout.strip.start)
        return QRectF(round(span.start), top, round(span.size), self.side)

    def enlarged(self, span: Span) -> QRectF:
        """The full square of a thumbnail, over its neighbours."""
        return self.rect(Span.about(span.middle, self.side, self.layout.width))
