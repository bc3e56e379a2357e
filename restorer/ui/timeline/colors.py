"""The colours of the timeline, dark and light."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor


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


DARK = TimelineColors(
    background="#232323",
    band="#2b2b2b",
    line="#4a4a4a",
    tick="#8a8a8a",
    grain="#c8c8c8",
    curve="#7d7d7d",
    text="#dedede",
    dim="#a0a0a0",
    faint="#6e6e6e",
    playhead="#f4f4f4",
    accent="#e0a458",
    hover="#363636",
    popup="#181818",
    popup_edge="#454545",
)

LIGHT = TimelineColors(
    background="#efefef",
    band="#e3e3e3",
    line="#bdbdbd",
    tick="#7c7c7c",
    grain="#4a4a4a",
    curve="#9a9a9a",
    text="#1f1f1f",
    dim="#5c5c5c",
    faint="#8b8b8b",
    playhead="#101010",
    accent="#b8731f",
    hover="#dedede",
    popup="#fbfbfb",
    popup_edge="#c4c4c4",
)
