"""All that a picture of the timeline is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from restorer.ui.timeline.layout import Layout, Span, fit_thumbnails
from restorer.ui.timeline.model import TimelineModel
from restorer.ui.timeline.thumbnails import Thumbnails
from restorer.ui.widgets.theme import Theme

GAP = 4


@dataclass(frozen=True)
class Scene:
    """A model at one size, in one set of colours, on one screen.

    Attributes:
        forward: there are small pictures of the forward process too.
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
        """x of each recorded step and, after them, of those to come."""
        return self.layout.xs([*self.model.places, *self.model.pending])

    @cached_property
    def _spans(self) -> dict[int, Span]:
        """Room for thumbnails of recorded steps and, after them, of those to come."""
        return fit_thumbnails(self.ticks, self.side, GAP, self.layout.width)

    @property
    def step_spans(self) -> dict[int, Span]:
        """Where the thumbnails of recorded steps that fit stand, by frame."""
        return {i: span for i, span in self._spans.items() if i < len(self.model.frames)}

    @property
    def pending_spans(self) -> list[Span]:
        """Where those of steps to come will stand."""
        return [span for i, span in self._spans.items() if i >= len(self.model.frames)]

    @cached_property
    def forward_spans(self) -> dict[float, Span]:
        """Even places for the forward process left of the steps, by the t of their middle."""
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
        """The square of a thumbnail, on whole pixels."""
        return QRectF(round(span.start), round(self.layout.strip.start), self.side, self.side)
