"""The timeline as a screen reader meets it: a slider whose value is a sentence."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleValueInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

from restorer.ui.timeline.model import Handle, TimelineModel
from restorer.ui.timeline.readout import spoken

NAME = "Noise timeline"
HELP = (
    "Left and Right step, Home and End jump, Space plays. "
    "Up and Down move the start; Tab goes to the other handle."
)


class SpokenTimeline(Protocol):
    """What a screen reader needs of the widget.

    Attributes:
        accessible: held there, because Qt keeps only the C++ half of it.
    """

    accessible: QAccessibleInterface | None
    model: TimelineModel

    def set_value(self, t: float) -> None:
        """Put the handle that has the focus there."""


class TimelineAccessible(QAccessibleWidget, QAccessibleValueInterface):
    """Value: the t of the handle that has the focus."""

    def __init__(self, timeline: SpokenTimeline, widget: QWidget) -> None:
        QAccessibleWidget.__init__(self, widget, QAccessible.Role.Slider, NAME)
        QAccessibleValueInterface.__init__(self)
        self._timeline = timeline
        self._widget = widget

    @property
    def _on_start(self) -> bool:
        return self._timeline.model.active is Handle.START

    def text(self, kind: QAccessible.Text) -> str:
        match kind:
            case QAccessible.Text.Name:
                name = self._widget.accessibleName() or NAME
                return f"{name}, start" if self._on_start else name
            case QAccessible.Text.Value:
                return spoken(self._timeline.model)
            case QAccessible.Text.Description | QAccessible.Text.Help:
                return HELP
        return super().text(kind)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> object:  # type: ignore[override]
        if kind == QAccessible.InterfaceType.ValueInterface:
            return self
        return super().interface_cast(kind)

    def currentValue(self) -> float:
        model = self._timeline.model
        return model.start if self._on_start else model.playhead.t

    def setCurrentValue(self, value: object) -> None:
        self._timeline.set_value(float(str(value)))

    def minimumValue(self) -> float:
        return 0.0

    def maximumValue(self) -> float:
        return self._timeline.model.axis.t_max

    def minimumStepSize(self) -> float:
        return 1.0


def _interface_for(class_name: str, thing: QObject | None) -> QAccessibleInterface | None:
    """Called by Qt once for each object; the Python object must live as long as the widget."""
    if class_name != "NoiseTimeline" or thing is None:
        return None
    timeline = cast(SpokenTimeline, thing)
    timeline.accessible = TimelineAccessible(timeline, cast(QWidget, thing))
    return timeline.accessible


@cache
def install_accessible() -> None:
    """Make Qt ask us for the interface of timelines; once is enough for the process."""
    QAccessible.installFactory(_interface_for)
