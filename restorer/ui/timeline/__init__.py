"""The noise timeline."""

from restorer.ui.timeline.axis import Spacing, TimeAxis
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.widget import NoiseTimeline

__all__ = ["NoiseTimeline", "PlayheadPosition", "Spacing", "TimeAxis"]
