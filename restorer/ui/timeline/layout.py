"""Where things go in the timeline, and what is dropped so that nothing overlaps. Numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from restorer.ui.timeline.axis import TimeAxis

Key = TypeVar("Key")

MARGIN = 16.0
TRANSPORT_TOP = 2
TRANSPORT_HEIGHT = 28
BAND_HEIGHT = 22.0
GRIP_HEIGHT = 14.0
BOTTOM = 5.0
#: Gap between thumbnails, and between narrow ones.
GAP, THIN_GAP = 4, 1
#: Least width of a thumbnail.
THINNEST = 6


@dataclass(frozen=True)
class Span:
    """A stretch of a row or column, from `start` to `end`, in logical pixels."""

    start: float
    end: float

    @property
    def size(self) -> float:
        return self.end - self.start

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    def is_clear_of(self, other: Span, gap: float = 0.0) -> bool:
        return self.end + gap <= other.start or other.end + gap <= self.start

    @classmethod
    def about(cls, centre: float, size: float, within: Span) -> Span:
        """A span around a centre, moved inside `within`."""
        start = min(max(centre - size / 2, within.start), max(within.start, within.end - size))
        return cls(start, start + size)


@dataclass(frozen=True)
class Layout:
    """The rows below the transport row from top to bottom, and the axis."""

    axis: TimeAxis
    width: Span
    notes: Span
    band: Span
    labels: Span
    strip: Span

    @classmethod
    def of(cls, axis: TimeAxis, width: float, height: float, text_height: float) -> Layout:
        """The rows for a widget of this size; the strip of thumbnails gets the rest."""
        top = TRANSPORT_TOP + TRANSPORT_HEIGHT + 1.0
        notes = Span(top, top + text_height)
        band = Span(notes.end + 4, notes.end + 4 + BAND_HEIGHT)
        labels = Span(band.end + 2, band.end + 2 + max(GRIP_HEIGHT, text_height))
        strip = Span(labels.end + 4, max(height - BOTTOM, labels.end + 20))
        return cls(axis, Span(MARGIN, max(width - MARGIN, MARGIN + 1)), notes, band, labels, strip)

    def x(self, t: float) -> float:
        return self.x_of(self.axis.fraction(t))

    def xs(self, t: Sequence[float]) -> list[float]:
        """The same for many t at once."""
        return [self.x_of(fraction) for fraction in self.axis.fractions(t).tolist()]

    def x_of(self, fraction: float) -> float:
        return self.width.start + fraction * self.width.size

    def t_at(self, x: float) -> float:
        return self.axis.t_at((x - self.width.start) / self.width.size)

    def ts_at(self, xs: Sequence[float]) -> list[float]:
        """The same for many x at once."""
        fractions = [(x - self.width.start) / self.width.size for x in xs]
        times: list[float] = self.axis.times_at(fractions).tolist()
        return times


def keep_apart(wanted: Iterable[tuple[Key, Span]], gap: float) -> dict[Key, Span]:
    """Keep the spans that stay `gap` away from all earlier ones; the most important come first."""
    placed: dict[Key, Span] = {}
    for key, span in wanted:
        if all(span.is_clear_of(other, gap) for other in placed.values()):
            placed[key] = span
    return placed


def fit_thumbnails(ticks: Sequence[float], side: int, within: Span) -> dict[int, Span]:
    """Place a thumbnail for each step, or for as many as fit.

    `ticks` rise from left to right; the keys are their indices. All of them stand as near to their
    ticks as they can, as wide as `side` or as narrow as they have to be: they share what lies right
    of the first tick, or half of `within`. Where even the narrowest do not all fit, each stands
    under its own tick, if off centre, and the newest is always among them.
    """
    if not ticks:
        return {}
    room = max(within.end - ticks[0] + side / 2, within.size / 2)
    share = int(room / len(ticks))
    size, gap = (side, GAP) if share >= side + GAP else (max(share - THIN_GAP, THINNEST), THIN_GAP)
    if len(ticks) * (size + gap) - gap <= within.size:
        return _all_thumbnails(ticks, size, gap, within)
    latest: dict[int, float] = {}
    limit = within.end - size
    for index in reversed(range(len(ticks))):  # the farthest right each can stand
        start = min(ticks[index], limit)
        if start >= max(ticks[index] - size, within.start):
            latest[index] = start
            limit = start - size - gap
    spans: dict[int, Span] = {}
    limit = within.start
    for index in sorted(latest):  # as near to the middle as its neighbours let it
        start = min(max(ticks[index] - size / 2, limit), latest[index])
        spans[index] = Span(start, start + size)
        limit = start + size + gap
    return spans


def _all_thumbnails(
    ticks: Sequence[float], size: float, gap: float, within: Span
) -> dict[int, Span]:
    """The starts s_i of least sum (s_i + size/2 - tick_i)^2 with s_i+1 - s_i >= size + gap.

    With d_i = s_i - i (size + gap) this is isotonic regression, by pooling neighbours that would
    overlap (Ayer et al., 1955).
    """
    pitch = size + gap
    pools: list[tuple[float, int]] = []  # (sum of what is wanted for d, how many)
    for index, tick in enumerate(ticks):
        total, count = tick - size / 2 - index * pitch, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    most = within.end - (len(ticks) * pitch - gap)
    offsets = [
        min(max(total / count, within.start), most) for total, count in pools for _ in range(count)
    ]
    starts = [offset + index * pitch for index, offset in enumerate(offsets)]
    return {index: Span(start, start + size) for index, start in enumerate(starts)}
