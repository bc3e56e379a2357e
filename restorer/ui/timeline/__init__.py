"""The noise timeline."""

from restorer.ui.timeline.axis import Spacing, TimeAxis
from restorer.ui.timeline.colors import DARK, LIGHT, TimelineColors
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.widget import NoiseTimeline

__all__ = [
    "DARK",
    "LIGHT",
    "NoiseTimeline",
    "PlayheadPosition",
    "Spacing",
    "TimeAxis",
    "TimelineColors",
]
