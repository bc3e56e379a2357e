"""The rows of a form: what each shows of the current picture, and when it is visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from PySide6.QtWidgets import (
    QPushButton,
    QWidget,
)

from restorer.document import OpenPicture, Parameters
from restorer.engine.models import ModelInfo
from restorer.engine.task import RestorationTask
from restorer.engine.views import CLEAN, View
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, in_row, wide


@dataclass(frozen=True)
class State:
    """What rows are refreshed from: the current picture, its parameters and its task.

    Attributes:
        models: all models, those that restore and those that guide.
        view: the view of the result on the canvas.
    """

    opened: OpenPicture | None = None
    parameters: Parameters = field(default_factory=Parameters)
    task: RestorationTask | None = None
    models: tuple[ModelInfo, ...] = ()
    view: View = CLEAN

    @property
    def prompted(self) -> bool:
        """The selected model follows a prompt."""
        return self.parameters.latent is not None


_TITLE_WIDTH = 64

Condition = Callable[[State], bool]
Text = str | Callable[[State], str]
Changes = dict[str, Any]


def always(state: State) -> bool:
    """The condition that always holds."""
    return True


def text_for(text: Text, state: State) -> str:
    """A text that may depend on the state."""
    return text if isinstance(text, str) else text(state)


class Editor(Protocol):
    """Changes the parameters with undo; the changes of one drag are one step."""

    def change(self, text: str, dragging: bool = False, **changes: Any) -> None: ...
    def end_gesture(self) -> None: ...


class Row:
    """One row of a form: a title and a widget, or a widget as wide as the form.

    Attributes:
        line: the widget with its title.
    """

    def __init__(self, name: str, widget: QWidget, title: str = "") -> None:
        self.name, self.widget = name, widget
        self.line = _titled(title, widget) if title else widget
        self.shown: Condition = always
        self._enabled: Condition = always
        self._hint: Text = ""

    def where(
        self, shown: Condition = always, hint: Text = "", enabled: Condition = always
    ) -> Self:
        """Set when it is visible, its tooltip, and when it is enabled."""
        self.shown, self._hint, self._enabled = shown, hint, enabled
        return self

    def refresh(self, state: State) -> None:
        """Show a state without changing anything."""
        self.line.setEnabled(self._enabled(state))
        for part in (self.line, self.widget):
            part.setToolTip(text_for(self._hint, state))

    def bind(self, editor: Editor) -> None:
        """Set the editor for changes of the parameters."""


class Button(Row):
    """A button; with `checked` it stays down while that holds."""

    def __init__(
        self, title: Text, slot: Callable[[], object], checked: Condition | None = None
    ) -> None:
        self.button = QPushButton()
        self.button.setCheckable(checked is not None)
        self.button.clicked.connect(lambda: slot())
        super().__init__("", self.button)
        self._text, self._checked = title, checked

    def refresh(self, state: State) -> None:
        super().refresh(state)
        self.button.setVisible(self.shown(state))
        self.button.setText(text_for(self._text, state))
        if self._checked is not None:
            self.button.setChecked(self._checked(state))


class Note(Row):
    """A sentence with buttons; hidden while the sentence is empty."""

    def __init__(
        self, name: str, text: Text, kind: str = "", buttons: Sequence[Button] = ()
    ) -> None:
        """`kind`: a type of the style sheet."""
        super().__init__(name, QWidget())
        self.text = label(kind=kind, wrapped=True)
        self.buttons = [button.button for button in buttons]
        self._said, self._buttons = text, buttons
        line = (in_row(*self.buttons, spacing=8),) if buttons else ()
        above = 8 if buttons and not kind else 0
        in_column(self.text, *line, on=self.widget, margins=(0, above, 0, 0), spacing=8)
        self.where()

    def where(
        self, shown: Condition = always, hint: Text = "", enabled: Condition = always
    ) -> Self:
        return super().where(lambda s: shown(s) and bool(text_for(self._said, s)), hint, enabled)

    def refresh(self, state: State) -> None:
        super().refresh(state)
        self.text.setText(text_for(self._said, state))
        for button in self._buttons:
            button.refresh(state)


class Form(QWidget):
    """Rows below one another; a state decides which are visible."""

    def __init__(self, rows: Sequence[Row], editor: Editor, spacing: int = 8) -> None:
        super().__init__()
        self._rows = rows
        for one in rows:
            one.bind(editor)
        in_column(*(one.line for one in rows), on=self, spacing=spacing)

    def refresh(self, state: State) -> None:
        for row in self._rows:
            shown = row.shown(state)
            row.line.setVisible(shown)
            if shown:
                row.refresh(state)


def _titled(title: str, widget: QWidget) -> QWidget:
    """A widget with a title at its left."""
    both, name = QWidget(), label(title, "caption")
    name.setFixedWidth(_TITLE_WIDTH)
    name.setBuddy(widget)
    in_row(name, wide(widget), on=both, spacing=16)
    return both
