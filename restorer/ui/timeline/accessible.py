"""The timeline for screen readers: a slider whose value is a sentence."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

from restorer.ui.timeline.model import Handle, TimelineModel
from restorer.ui.timeline.readout import spoken_text
from restorer.ui.widgets.accessible import ValueAccessible
from restorer.words import marked as _
from restorer.words import tr

NAME = _("Noise timeline")
HELP = _(
    "Left and Right step, Home and End jump, Space plays. "
    "Up and Down move the start; Tab goes to the other handle."
)


class SpokenTimeline(Protocol):
    """What a screen reader needs from the widget.

    Attributes:
        accessible: keeps the Python half alive, since Qt holds only the C++ half.
    """

    accessible: QAccessibleInterface | None
    model: TimelineModel

    def set_value(self, t: float) -> None:
        """Move the handle that has the focus to t."""


class TimelineAccessible(ValueAccessible):
    """Its value is the t of the handle that has the focus."""

    def __init__(self, timeline: SpokenTimeline) -> None:
        assert isinstance(timeline, QWidget)
        super().__init__(timeline, tr(NAME))
        self._timeline = timeline
        self._widget: QWidget = timeline

    @property
    def _on_start(self) -> bool:
        return self._timeline.model.active is Handle.START

    def text(self, kind: QAccessible.Text) -> str:
        match kind:
            case QAccessible.Text.Name:
                name = self._widget.accessibleName() or tr(NAME)
                return tr("{name}, start", name=name) if self._on_start else name
            case QAccessible.Text.Value:
                return spoken_text(self._timeline.model)
            case QAccessible.Text.Description | QAccessible.Text.Help:
                return tr(HELP)
        return super().text(kind)

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
