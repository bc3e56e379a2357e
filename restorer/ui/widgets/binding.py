"""Controls bound to the parameters of the picture on view.

Each row states once which parameter it shows, its title and when it is visible. Dragging,
resetting and undo are the same for all rows, and are implemented here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Self, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QWidget

from restorer.document import Parameters
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, in_row, wide
from restorer.ui.widgets.rows import Changes, Editor, Row, State
from restorer.ui.widgets.scale import PERCENT, Scale
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.slider import CalmComboBox, CalmSpinBox, ParagraphEdit, ValueSlider

T = TypeVar("T")


class Bound(Row, Generic[T]):
    """A control of one parameter; its title names the undo step."""

    def __init__(self, name: str, title: str, widget: QWidget, titled: bool = False) -> None:
        super().__init__(name, widget, title if titled else "")
        widget.setAccessibleName(title)
        self._step = title
        self._state = State()
        self._showing = False
        self._editor: Editor | None = None
        self.of(name)

    def of(
        self,
        parameter: str,
        read: Callable[[State], T | None] | None = None,
        write: Callable[[State, T], Changes] | None = None,
        reset: Callable[[State], Changes] | None = None,
    ) -> Self:
        """Set the parameter, where the name of the row does not say everything.

        Args:
            parameter: name of the field.
            read: gives the value in a state.
            write: gives the changes for a value.
            reset: gives the changes for a double-click.
        """
        self._read: Callable[[State], Any] = read or (lambda s: getattr(s.parameters, parameter))
        self._write = write or (lambda _, value: {parameter: value})
        self._reset = reset or (lambda _: {parameter: getattr(Parameters(), parameter)})
        return self

    def bind(self, editor: Editor) -> None:
        self._editor = editor

    def refresh(self, state: State) -> None:
        super().refresh(state)
        self._state, self._showing = state, True
        self.show(self._read(state))
        self._showing = False

    def show(self, value: T | None) -> None:
        raise NotImplementedError

    def edit(self, value: T, dragging: bool = False) -> None:
        if self._editor is not None and not self._showing:
            self._editor.change(self._step, dragging, **self._write(self._state, value))

    def reset(self) -> None:
        """Go back to the default."""
        if self._editor is not None:
            self._editor.change(self._step, **self._reset(self._state))

    def end_gesture(self) -> None:
        """End the undo step: later changes are another step."""
        if self._editor is not None:
            self._editor.end_gesture()


class Slider(Bound[float]):
    """A number on a scale with its value in words (by default in %); a double-click resets it."""

    def __init__(
        self,
        name: str,
        title: str,
        scale: Scale | Callable[[State], Scale] = PERCENT,
        words: Callable[[State], str] | None = None,
        ends: tuple[str, str] | None = None,
    ) -> None:
        self._scale = scale if callable(scale) else lambda _: scale
        self._words = words
        self.field = ValueSlider(title, self._scale(State()).steps, ends)
        super().__init__(name, title, self.field)
        self.field.moved.connect(self._on_moved)
        self.field.released.connect(self._on_released)
        self.field.reset.connect(self.reset)

    def show(self, value: float | None) -> None:
        self.field.slider.scale = scale = self._scale(self._state)
        words = self._words(self._state) if self._words else f"{100 * (value or 0.0):.0f} %"
        self.field.set_value(0 if value is None else scale.place(value), words)

    def _on_released(self) -> None:
        self.end_gesture()
        self.refresh(self._state)  # the accepted value may differ from where it was released

    def _on_moved(self, place: int) -> None:
        self.edit(self._scale(self._state).value(place), self.field.slider.isSliderDown())


class Check(Bound[bool]):
    """Yes or no."""

    def __init__(self, name: str, title: str) -> None:
        self.box = QCheckBox(title)
        super().__init__(name, title, self.box)
        self.box.toggled.connect(self.edit)

    def show(self, value: bool | None) -> None:
        self.box.setChecked(bool(value))


#: Where the title of a field is; "unseen" ones are for screen readers only.
Place = Literal["beside", "over", "unseen"]


def placed(place: Place, title: str, control: QWidget) -> QWidget:
    """A control, with its title above it for "over"."""
    control.setAccessibleName(title)
    if place != "over":
        return control
    both = QWidget()
    both.setFocusProxy(control)
    in_column(label(title, "caption"), control, on=both, margins=(0, 4, 0, 4), spacing=4)
    return both


@dataclass(frozen=True)
class Option:
    """One of several values: its title, a hint, and whether it can be chosen now."""

    value: Any
    title: str
    hint: str = ""
    enabled: bool = True


class Choice(Bound[Any]):
    """One of several values, in a list that may depend on the state."""

    def __init__(
        self,
        name: str,
        title: str,
        choices: Sequence[Option] | Callable[[State], Sequence[Option]],
        opens: Mapping[Any, Callable[[], None]] | None = None,
        place: Place = "beside",
    ) -> None:
        """`opens`: values that open a dialog, which changes the parameter itself."""
        self.box = CalmComboBox()
        self._choices = choices if callable(choices) else lambda _: choices
        self._opens = opens or {}
        self._filled: Sequence[Option] = ()
        super().__init__(name, title, placed(place, title, self.box), place == "beside")
        self.box.activated.connect(self._on_activated)

    def show(self, value: Any) -> None:
        choices = self._choices(self._state)
        if choices != self._filled:
            self._fill(choices)
        self.box.setCurrentIndex(next((n for n, c in enumerate(choices) if c.value == value), -1))

    def _fill(self, choices: Sequence[Option]) -> None:
        self._filled = choices
        self.box.clear()
        rows = self.box.model()
        assert isinstance(rows, QStandardItemModel)
        for row, choice in enumerate(choices):
            self.box.addItem(choice.title, choice.value)
            self.box.setItemData(row, choice.hint, Qt.ItemDataRole.ToolTipRole)
            rows.item(row).setEnabled(choice.enabled)

    def _on_activated(self, row: int) -> None:
        value = self._filled[row].value
        if value in self._opens:
            self._opens[value]()
            self.refresh(self._state)  # keep the old value until a file has been read
        else:
            self.edit(value)


class Segments(Bound[Any]):
    """One of a few values, as joined buttons."""

    def __init__(self, name: str, title: str, choices: Sequence[Option]) -> None:
        self.buttons = Segmented([(c.value, c.title, "", c.hint) for c in choices])
        super().__init__(name, title, self.buttons)
        self.buttons.chosen.connect(self.edit)

    def show(self, value: Any) -> None:
        self.buttons.select(value)


class Number(Bound[int]):
    """A whole number; `special` replaces the lowest one, `button` stands at its right."""

    def __init__(
        self,
        name: str,
        title: str,
        limits: tuple[int, int],
        special: str = "",
        button: QWidget | None = None,
    ) -> None:
        self.box = CalmSpinBox(*limits)
        self.box.setSpecialValueText(special)
        self.box.setAccessibleName(title)
        widget: QWidget = self.box
        if button is not None:
            widget = QWidget()
            widget.setFocusProxy(self.box)
            in_row(wide(self.box), button, on=widget, spacing=4)
        super().__init__(name, title, widget, titled=True)
        self.box.valueChanged.connect(self.edit)

    def show(self, value: int | None) -> None:
        if value is not None:  # the old number stays until the new one is known
            self.box.setValue(value)


class Words(Bound[str]):
    """A few lines of text; typing in one go is one undo step."""

    def __init__(
        self, name: str, title: str, lines: int, placeholder: str, place: Place = "over"
    ) -> None:
        self.box = ParagraphEdit(lines, placeholder)
        super().__init__(name, title, placed(place, title, self.box))
        self.box.textChanged.connect(lambda: self.edit(self.box.toPlainText(), True))
        self.box.left.connect(self.end_gesture)

    def show(self, value: str | None) -> None:
        if value != self.box.toPlainText():  # else the cursor would move
            self.box.setPlainText(value or "")
