"""The colours of the timeline, dark and light."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from restorer.ui.widgets import theme


@dataclass(frozen=True)
class TimelineColors:
    """Names of colours as `QColor` reads them; neutral greys but for the one accent.

    Attributes:
        accent: the start handle and focus, nothing else.
        grain: the noise painted behind the axis.
    """

    background: str
    band: str
    line: str
    tick: str
    grain: str
    curve: str
    text: str
    dim: str
    faint: str
    playhead: str
    accent: str
    hover: str
    popup: str
    popup_edge: str

    def __getitem__(self, name: str) -> QColor:
        return QColor(getattr(self, name))


def _with(base: theme.Theme, **own: str) -> TimelineColors:
    """The theme's colours, and those that only the timeline has."""
    return TimelineColors(
        background=base.panel,
        line=base.line,
        text=base.text,
        dim=base.dim,
        faint=base.faint,
        accent=base.accent,
        hover=base.hover,
        popup=base.popup,
        **own,
    )


DARK = _with(
    theme.DARK,
    band="#2b2b2b",
    tick="#8a8a8a",
    grain="#c8c8c8",
    curve="#7d7d7d",
    playhead="#f4f4f4",
    popup_edge="#454545",
)

LIGHT = _with(
    theme.LIGHT,
    band="#e3e3e3",
    tick="#7c7c7c",
    grain="#4a4a4a",
    curve="#9a9a9a",
    playhead="#101010",
    popup_edge="#c4c4c4",
)
