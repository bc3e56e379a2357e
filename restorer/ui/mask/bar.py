"""The strip of mask tools beside the canvas, and the bar above it with their settings."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from restorer.document import Layer
from restorer.ui.mask.tools import LARGEST, SMALLEST, MaskTools, ToolKind
from restorer.ui.widgets.buttons import tool_button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, Part, centred, in_column, in_row
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.slider import CalmSlider
from restorer.ui.window.actions import Actions
from restorer.words import tr

TOOLS = ("look", "brush", "eraser", "line", "lasso", "rectangle", "select", "find")
OPERATIONS = ("invert", "grow", "shrink", "feather", "clear", "load_mask", "save_mask")

_BAR_HEIGHT = 40
_STRIP_WIDTH = 40
_SIDE = 30  # of a button
_STEPS = 100  # of the slider
_TOLERANCE = 120
# logical pixels; a narrower bar hides the names of its sliders, then their values
_ROOMY, _TIGHT = 660, 590
_BUTTON, _SPACES = 34, 56  # width of a button with its space; all other spaces of the bar


class MaskBar(QFrame):
    """Shows the state of `MaskTools`, and changes it as a person wants."""

    def __init__(self, tools: MaskTools, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("maskbar")
        self.setFixedHeight(_BAR_HEIGHT)
        self._tools = tools
        self.layer = Segmented(
            [
                (Layer.MASK, tr("Mask"), "", tr("Where to fill (X)")),
                (
                    Layer.STRENGTH,
                    tr("Strength"),
                    "",
                    tr("How strongly to restore, place by place (X)"),
                ),
            ]
        )
        self.layer.chosen.connect(tools.set_layer)
        self._name, self._value = label(kind="caption"), label(kind="value")
        self._value.setMinimumWidth(52)
        self.slider = CalmSlider()
        self.slider.setMinimumWidth(40)
        self.slider.setMaximumWidth(160)
        self.slider.valueChanged.connect(self._on_slider)
        self.amount_name, self.amount_value = label(tr("Leaves"), "caption"), label()
        self.amount_value.setMinimumWidth(32)
        leaves = tr(
            "How much of the strength is left where you paint; up to 50 %, nothing is made up"
        )
        self.amount = CalmSlider(tr("Strength that is left"), 0, 20, leaves)
        self.amount.setMinimumWidth(32)
        self.amount.setMaximumWidth(96)
        self.amount.valueChanged.connect(lambda value: tools.set_amount(value / 20))
        self.buttons = {name: tool_button(actions[name], _SIDE) for name in OPERATIONS}
        size = self._name, self.slider, self._value
        amount = self.amount_name, self.amount, self.amount_value
        parts: list[Part] = [self.layer, 8, *size, *amount, SPACE]
        for name, button in self.buttons.items():
            parts += [8, button] if name == "load_mask" else [button]
        in_row(*parts, on=self, margins=(8, 0, 8, 0), spacing=4)
        tools.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the settings of the tools; emits nothing."""
        tools = self._tools
        self.layer.select(tools.layer)
        strength = tools.layer is Layer.STRENGTH
        shown = tools.kind not in (None, ToolKind.LASSO, ToolKind.RECTANGLE)
        leaving = (ToolKind.BRUSH, ToolKind.LINE, ToolKind.LASSO, ToolKind.RECTANGLE)
        sized = strength and tools.kind in leaving
        for slider, stays in ((self.slider, shown), (self.amount, sized)):
            if slider.hasFocus() and not stays:  # else Qt would pass the focus to a button
                slider.clearFocus()
        for widget in (self._name, self.slider, self._value):
            widget.setVisible(shown)
        for widget in (self.amount_name, self.amount, self.amount_value):
            widget.setVisible(sized)
        if tools.kind is ToolKind.SELECT:
            self._set(tr("Tolerance"), _TOLERANCE, tools.tolerance, str(tools.tolerance))
        elif tools.kind is ToolKind.FIND:
            place = round(tools.sensitivity * _STEPS)
            words = tr("Looking…") if tools.painting else f"{place} %"
            self._set(tr("Sensitivity"), _STEPS, place, words)
        else:
            part = math.log(tools.size / SMALLEST) / math.log(LARGEST / SMALLEST)
            words = tr("{n} px").format(n=round(tools.size))
            self._set(tr("Size"), _STEPS, round(part * _STEPS), words)
        for least, labels in (
            (_ROOMY, (self._name, self.amount_name)),
            (_TIGHT, (self._value, self.amount_value)),
        ):
            for text in labels:
                text.setVisible(text.isVisibleTo(self) and self.width() >= least)
        self._fit_buttons()
        with QSignalBlocker(self.amount):
            self.amount.setValue(round(tools.amount * 20))
        self.amount.words = f"{tools.amount * 100:.0f} %"
        self.amount_value.setText(self.amount.words)

    def _fit_buttons(self) -> None:
        """Show as many buttons as there is room for; the Mask menu has them all."""
        self.layer.setMinimumWidth(self.layer.sizeHint().width())
        sliders = [s.minimumWidth() for s in (self.slider, self.amount) if s.isVisibleTo(self)]
        taken = self.layer.minimumWidth() + sum(sliders) + _SPACES
        fit = max(0, self.width() - taken) // _BUTTON
        for place, button in enumerate(self.buttons.values()):
            button.setVisible(place < fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        super().resizeEvent(event)

    def _set(self, name: str, maximum: int, value: int, words: str) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, maximum)
            self.slider.setValue(value)
        self.slider.setAccessibleName(name)
        self.slider.setToolTip(name)
        self.slider.words = words
        self._name.setText(name)
        self._value.setText(words)

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        if self._tools.kind is ToolKind.SELECT:
            self._tools.set_tolerance(value)
        elif self._tools.kind is ToolKind.FIND:
            self._tools.set_sensitivity(value / _STEPS)
        else:
            self._tools.set_size(SMALLEST * (LARGEST / SMALLEST) ** (value / _STEPS))


class MaskStrip(QFrame):
    """One button for each tool."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("maskstrip")
        self.setMinimumWidth(_STRIP_WIDTH)  # a low window's scroll bar takes the rest
        self.setAccessibleName(tr("Mask tools"))
        self.buttons = {name: tool_button(actions[name], _SIDE) for name in TOOLS}
        parts = list[Part]()
        for name, button in self.buttons.items():
            parts += [centred(button), 8] if name in ("look", "select") else [centred(button)]
        in_column(*parts, SPACE, on=self, margins=(5, 8, 5, 8), spacing=4)
