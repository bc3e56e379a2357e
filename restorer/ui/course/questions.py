"""How a person predicts: a field for each kind of question, and the verdict on the answer."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QRadioButton, QWidget

from restorer.ui.course.page import Ask, Drag, Finding, Guess, MultipleChoice, Number, Point
from restorer.ui.course.page_context import PageContext
from restorer.ui.timeline.model import PlayheadPosition
from restorer.ui.timeline.readout import number
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import Placed, in_column, in_row, wide
from restorer.ui.widgets.slider import CalmSlider
from restorer.words import tr


class _Words(QLabel):
    """The text of an option, over several lines if need be; a click chooses it."""

    def __init__(self, text: str, button: QRadioButton) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._button = button

    def mousePressEvent(self, _: object) -> None:
        self._button.click()


class AskField(QWidget):
    """A question, and a way to answer it.

    Attributes:
        guess: the latest answer; None before the first.
        inputs: the widgets that take the answer.
    """

    changed = Signal()

    def __init__(self, ask: Ask, context: PageContext) -> None:
        super().__init__()
        self.guess: Guess | None = None
        self._context, self._pixel = context, context.pixel
        self._said = label("", "quiet", wrapped=True)
        self.inputs: list[QWidget] = []
        self._column = in_column(label(tr(ask.text), "value", wrapped=True), on=self, spacing=6)
        match ask:
            case MultipleChoice():
                self._add_options(ask)
            case Number():
                self._add_slider(ask)
            case Drag():
                self._column.addWidget(self._said)
                context.timeline.playback.moved.connect(self._dragged)
            case Point():
                self._column.addWidget(self._said)
                context.changed.connect(self._pointed)

    def close_answer(self) -> None:
        self.setEnabled(False)

    def _add_options(self, ask: MultipleChoice) -> None:
        for index, option in enumerate(map(tr, ask.options)):
            button = QRadioButton(self)
            button.setAccessibleName(option)
            button.toggled.connect(partial(self._chosen, index))
            line = in_row(
                Placed(button, 0, Qt.AlignmentFlag.AlignTop), wide(_Words(option, button))
            )
            line.setSpacing(6)
            self._column.addLayout(line)
            self.inputs.append(button)

    def _add_slider(self, ask: Number) -> None:
        slider = CalmSlider(tr(ask.text), ask.low, ask.high)
        slider.setValue((ask.low + ask.high) // 2)
        slider.valueChanged.connect(partial(self._slid, slider, ask))
        self._said.setMinimumWidth(96)
        self._said.setWordWrap(False)
        self._said.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._said.setText(tr("drag"))
        self._column.addLayout(in_row(wide(slider), self._said, spacing=8))
        self.inputs.append(slider)

    def _answer(self, guess: Guess, said: str = "") -> None:
        self.guess = guess
        self._said.setText(said)
        self.changed.emit()

    def _chosen(self, index: int, checked: bool) -> None:
        if checked:
            self._answer(index)

    def _slid(self, slider: CalmSlider, ask: Number, value: int) -> None:
        slider.words = f"{value} {tr(ask.unit)}"
        self._answer(value, slider.words)

    @Slot(object)
    def _dragged(self, playhead: PlayheadPosition) -> None:
        if self.isEnabled() and playhead.frame is None and playhead.t > self._context.place:
            said = tr("Here: t {0}").format(number(playhead.t))
            self._answer(playhead.t, said)

    @Slot()
    def _pointed(self) -> None:
        if self.isEnabled() and self._context.pixel != self._pixel:
            self._pixel = self._context.pixel
            self._answer(self._pixel, tr("Here: x {0}, y {1}").format(*self._pixel))


def verdict(ask: Ask, guess: Guess, found: Finding) -> str:
    """The verdict on an answer, shown before the result."""
    match ask:
        case MultipleChoice():
            if guess == ask.right:
                return tr("That is right.")
            return tr("Not quite. The answer: “{0}”.").format(tr(ask.options[ask.right]))
        case Number() if found.truth is not None:
            assert isinstance(guess, int | float)
            said = tr("You said {guess}; it is {truth:.0f} {unit}.").format(
                guess=round(guess), truth=found.truth, unit=tr(ask.unit)
            )
            near = abs(guess - found.truth) <= ask.near
            return f"{tr('Well guessed.')} {said}" if near else said
    return ""
