"""Rows of the panel: what they show, what a person changes with them, and when they are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from restorer.document import Parameters
from restorer.engine.models import all_models
from restorer.engine.task import RestorationTask
from restorer.ui.settings.advanced import more_rows
from restorer.ui.settings.fields import REDRAWN, STRENGTH, WIDTHS, common_rows, task_rows
from restorer.ui.settings.prompt import prompt_rows
from restorer.ui.widgets.binding import Bound, Check, Choice, Number, Option, Slider, Words
from restorer.ui.widgets.rows import Button, Form, Note, State
from restorer.ui.widgets.scale import PERCENT, Scale


class Editor:
    """Holds parameters, without undo, and shows each change."""

    def __init__(self) -> None:
        self.parameters = Parameters()
        self.steps: list[tuple[str, bool, dict[str, Any]]] = []
        self.gestures = 0
        self.form: Form | None = None

    def change(self, text: str, dragging: bool = False, **changes: Any) -> None:
        self.steps.append((text, dragging, changes))
        self.parameters = replace(self.parameters, **changes)
        assert self.form is not None
        self.form.refresh(State(parameters=self.parameters))

    def end_gesture(self) -> None:
        self.gestures += 1


def shown(qtbot: QtBot, *rows: Any) -> Editor:
    editor = Editor()
    editor.form = Form(rows, editor)
    qtbot.addWidget(editor.form)
    editor.form.refresh(State())
    return editor


@pytest.mark.parametrize(
    "scale", [PERCENT, STRENGTH, REDRAWN, Scale(1.0, 0.0), Scale(1.0, 20.0, 38), *WIDTHS.values()]
)
@given(st.data())
def test_places_and_values_are_inverses(scale: Scale, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, scale.steps))
    assert scale.place(scale.value(place)) == place
    low, high = sorted((scale.low, scale.high))
    assert low - 1e-9 <= scale.value(place) <= high * (1 + 1e-12)


def test_a_slider_changes_resets_and_says_its_parameter(qtbot: QtBot) -> None:
    row = Slider("amount", "Amount").where(hint="How much")
    editor = shown(qtbot, row)
    slider = row.field.slider
    assert editor.steps == []  # showing is no change
    slider.setValue(40)
    assert editor.steps == [("Amount", False, {"amount": 0.4})]
    assert row.field.value_label.text() == "40 %"
    slider.setSliderDown(True)
    slider.setValue(50)
    slider.setSliderDown(False)
    assert editor.steps[-1] == ("Amount", True, {"amount": 0.5})
    assert editor.gestures == 1
    row.field.reset.emit()
    assert editor.parameters.amount == Parameters.amount
    assert slider.value() == 100 and row.widget.toolTip() == "How much"


def test_a_handle_stays_under_the_hand_until_it_is_let_go(qtbot: QtBot) -> None:
    tens = Slider("amount", "Amount").of(
        "amount", write=lambda _, value: {"amount": round(value, 1)}
    )
    editor = shown(qtbot, tens)
    slider = tens.field.slider
    slider.setSliderDown(True)
    slider.setValue(43)
    assert editor.parameters.amount == 0.4 and tens.field.value_label.text() == "40 %"
    assert slider.value() == 43
    slider.setSliderDown(False)
    assert slider.value() == 40 and len(editor.steps) == 1


def test_what_is_said_of_a_slider_is_its_value_not_its_place(qtbot: QtBot) -> None:
    row = Slider("push", "Push", Scale(0, 200, 1000), lambda s: f"{s.parameters.push:.0f}")
    editor = shown(qtbot, row)
    slider = row.field.slider
    interface = QAccessible.queryAccessibleInterface(slider)
    assert interface.text(QAccessible.Text.Name) == "Push"
    assert interface.text(QAccessible.Text.Value) == "50 of 200"
    assert slider.value() == 250
    value = slider.accessible
    assert (value.minimumValue(), value.currentValue(), value.maximumValue()) == (0, 50, 200)
    value.setCurrentValue(20.0)
    assert editor.parameters.push == 20.0
    assert interface.text(QAccessible.Text.Value) == "20 of 200"


def test_a_choice_follows_the_state_and_may_ask_in_a_dialog(qtbot: QtBot) -> None:
    asked = []

    def options(state: State) -> list[Option]:
        usable = state.parameters.eta == 0
        return [Option("ddim", "DDIM"), Option("ddpm", "DDPM", "hint", usable), Option("file", "…")]

    row = Choice("sampler", "Sampler", options, {"file": lambda: asked.append(1)})
    editor = shown(qtbot, row)
    row.box.activated.emit(1)
    assert editor.parameters.sampler == "ddpm" and row.box.currentText() == "DDPM"
    row.box.activated.emit(2)
    assert asked == [1] and editor.parameters.sampler == "ddpm"
    assert row.box.currentText() == "DDPM"
    editor.change("Eta", eta=1.0)
    assert not row.box.model().item(1).isEnabled()


def test_the_other_controls_reach_their_parameter(qtbot: QtBot) -> None:
    private, words = Check("private", "Private"), Words("prompt", "Prompt", 2, "")
    seed = Number("seed", "Seed", (0, 9)).where(enabled=lambda s: not s.parameters.private)
    editor = shown(qtbot, private, words, seed)
    words.box.setPlainText("fog")
    assert editor.steps == [("Prompt", True, {"prompt": "fog"})]  # typed in one go, one step
    words.box.left.emit()
    assert editor.gestures == 1
    seed.box.setValue(4)
    private.box.click()
    assert (editor.parameters.seed, editor.parameters.private) == (4, True)
    assert not seed.box.isEnabled()
    private.box.click()
    assert seed.box.isEnabled()


def test_a_note_is_there_while_there_is_something_to_say(qtbot: QtBot) -> None:
    done = []
    button = Button("Do", lambda: done.append(1), checked=lambda s: bool(s.parameters.seed))
    note = Note("note", lambda s: s.parameters.prompt, buttons=[button])
    editor = shown(qtbot, note)
    assert note.line.isHidden()
    editor.change("", prompt="Careful", seed=1)
    assert not note.line.isHidden() and note.text.text() == "Careful"
    assert button.button.isChecked()
    button.button.click()
    assert done == [1]


def test_every_row_shows_a_parameter_there_is_and_has_a_name(qtbot: QtBot) -> None:
    dice = QToolButton()
    qtbot.addWidget(dice)
    rows = [*task_rows(print), *prompt_rows(print), *common_rows(dice), *more_rows()]
    for row in rows:
        qtbot.addWidget(row.line)
        if isinstance(row, Bound):
            row.refresh(State())
            assert row.widget.accessibleName(), row.name
            assert set(row._reset(State())) <= set(Parameters.__dataclass_fields__), row.name
    assert len({row.name for row in rows}) == len(rows)


def test_the_panel_names_the_prior_that_is_used(qtbot: QtBot) -> None:
    model = next(row for row in common_rows(QToolButton()) if row.name == "model")
    qtbot.addWidget(model.line)
    known = tuple(all_models())
    model.refresh(State(task=RestorationTask(start=40.0), models=known))
    assert model.box.currentText() == "Built-in prior"
    model.refresh(State(task=RestorationTask(start=40.0, model="camera"), models=known))
    assert model.box.currentText() == "Camera prior (automatic)"
    assert model.box.currentData() == "builtin"  # what was chosen
    chosen = Parameters(model="camera")
    task = RestorationTask(start=40.0, model="camera")
    model.refresh(State(parameters=chosen, task=task, models=known))
    assert model.box.currentText() == "Camera prior"
