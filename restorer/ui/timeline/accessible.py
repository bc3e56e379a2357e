"""The timeline as a screen reader meets it: a slider whose value is a sentence."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleValueInterface
from PySide6.QtWidgets import QAccessibleWidget

if TYPE_CHECKING:
    from restorer.ui.timeline.widget import NoiseTimeline

NAME = "Noise timeline"
HELP = (
    "Left and Right step, Home and End jump, Space plays. "
    "Up and Down move the start; Tab goes to the other handle."
)


class TimelineAccessible(QAccessibleWidget, QAccessibleValueInterface):
    """Value: the t of the handle that has the focus."""

    def __init__(self, timeline: NoiseTimeline) -> None:
        QAccessibleWidget.__init__(self, timeline, QAccessible.Role.Slider, NAME)
        QAccessibleValueInterface.__init__(self)
        self._timeline = timeline

    def text(self, kind: QAccessible.Text) -> str:
        match kind:
            case QAccessible.Text.Name:
                name = self._timeline.accessibleName() or NAME
                return f"{name}, start" if self._timeline.start_in_hand else name
            case QAccessible.Text.Value:
                return self._timeline.value_text
            case QAccessible.Text.Description | QAccessible.Text.Help:
                return HELP
        return super().text(kind)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> object:  # type: ignore[override]
        if kind == QAccessible.InterfaceType.ValueInterface:
            return self
        return super().interface_cast(kind)

    def currentValue(self) -> float:
        timeline = self._timeline
        return timeline.start if timeline.start_in_hand else timeline.playhead.t

    def setCurrentValue(self, value: object) -> None:
        self._timeline.set_value_by_hand(float(str(value)))

    def minimumValue(self) -> float:
        return 0.0

    def maximumValue(self) -> float:
        return self._timeline.schedule_axis.t_max

    def minimumStepSize(self) -> float:
        return 1.0


def _interface_for(class_name: str, thing: QObject | None) -> QAccessibleInterface | None:
    """Called by Qt once for each object; the Python object must live as long as the widget."""
    if class_name != "NoiseTimeline" or thing is None:
        return None
    timeline = cast("NoiseTimeline", thing)
    timeline.accessible = TimelineAccessible(timeline)
    return timeline.accessible


@cache
def install() -> None:
    """Make Qt ask us for the interface of timelines; once is enough for the process."""
    QAccessible.installFactory(_interface_for)
