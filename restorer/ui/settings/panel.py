"""The panel: measurements above, settings in the middle, Restore at the foot."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QWidget

from restorer.document import Changes, Document, Parameters, Readiness, Status
from restorer.engine.models import all_models
from restorer.engine.tasks import TASKS
from restorer.ui.settings.advanced import more_rows
from restorer.ui.settings.fields import common_rows, for_task, task_rows
from restorer.ui.settings.grain import grain_rows
from restorer.ui.settings.notes import other_settings, picture_notes
from restorer.ui.settings.prompt import network_of, prompt_rows
from restorer.ui.settings.results import ResultsRow
from restorer.ui.text import tasks
from restorer.ui.text.branches import what_changed
from restorer.ui.widgets.binding import Choice, Number, Option
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.fold import Fold
from restorer.ui.widgets.icons import icon
from restorer.ui.widgets.labels import label, restyle
from restorer.ui.widgets.layouts import SPACE, in_column, wide
from restorer.ui.widgets.rows import Button, Form, Note, Row, State
from restorer.ui.widgets.screen import scroll_area
from restorer.words import tr

WIDTH = 288


#: After these, the whole panel is refreshed.
_ALL = (
    Changes.CURRENT
    | Changes.ESTIMATE
    | Changes.PROPOSAL
    | Changes.PARAMETERS
    | Changes.RUN
    | Changes.STATUS
)


def _offered() -> list[str]:
    """Names of the tasks to choose from."""
    return [name for name, kind in TASKS.items() if kind.offered]


def _task_changes(kind: str) -> dict[str, Any]:
    """The parameters that change with the task."""
    return {"task": kind, "start": None, "steps": None, "method": "auto"}


class Panel(QFrame):
    """Shows the current picture and edits its parameters.

    Attributes:
        rows: all rows by name.
        picking: the eyedropper waits for a click on the picture.
    """

    restore_clicked = Signal()
    save_wanted = Signal()
    result_wanted = Signal()
    mask_wanted = Signal()
    painting_wanted = Signal()
    kernel_wanted = Signal()
    neutral_wanted = Signal()
    old_photo_wanted = Signal()
    branch_wanted = Signal()
    control_wanted = Signal(str)  # name of the ControlNet
    help_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._document = document
        self._state = State()
        self.picking = False
        self.rows: dict[str, Row] = {}
        self.area = scroll_area(self._make_body())
        in_column(wide(self.area), self._make_foot(), on=self)
        document.changed.connect(self._on_changed)
        self.renew_models()

    def renew_models(self) -> None:
        self._models = tuple(all_models())
        self._document.models.set_known([info for info in self._models if info.role.restores])
        self.refresh()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        other_view = self._document.display.view is not self._state.view
        opened = self._document.pictures.current
        if changes & Changes.CURRENT and opened is not None and opened.status is Status.OPENING:
            self.area.verticalScrollBar().setValue(0)  # what is found of it stands there
        if changes & _ALL:
            self.refresh()
        elif changes & Changes.JUDGEMENT or other_view:
            self._refresh_forms(self._notes)
        if changes & Changes.VIEW:
            self._refresh_branch()
        if changes & (Changes.MODEL | Changes.PICTURES):
            self._refresh_foot()

    def refresh(self) -> None:
        """Refresh everything; emits nothing."""
        self._refresh_forms(self._notes, *self._setting_forms)
        self._refresh_foot()

    def _refresh_forms(self, *forms: Form) -> None:
        opened = self._document.pictures.current
        parameters = opened.plan.parameters if opened else Parameters()
        task = opened.plan.task if opened else None
        view = self._document.display.view
        self._state = State(opened, parameters, task, self._models, view)
        for form in forms:
            form.refresh(self._state)
        self.settings.setEnabled(opened is not None and opened.content.picture is not None)

    def _refresh_foot(self) -> None:
        document, opened = self._document, self._document.pictures.current
        readiness = document.planner.readiness
        waiting = opened is not None and opened.status is Status.WAITING
        stops = readiness is Readiness.RUNNING or waiting
        others = readiness is Readiness.CLEAN and not tasks.saves(document)
        self.restore.setText(tasks.restore_button(document))
        self.restore.setEnabled(readiness.startable or stops or readiness is Readiness.CLEAN)
        self.restore.setMenu(self._others if others else None)  # type: ignore[arg-type]
        if self.restore.property("running") != stops:
            self.restore.setProperty("running", stops)
            restyle(self.restore)
        self.preview.setVisible(document.preview.offered)
        self.preview.setChecked(document.preview.wanted)
        self.hint.setText(tasks.restore_hint(document))
        self._refresh_branch()

    def _refresh_branch(self) -> None:
        """Show the button while changed settings could apply from the current step on."""
        task = self._document.branches.task
        self.branch.setVisible(task is not None)
        if task is not None:
            self.branch.setText(tr("Go on from step {0}").format(task.after + 1))
            told = tr("Keeps the steps before it and makes the others anew, with {0} (Ctrl+G).")
            self.branch.setToolTip(told.format(what_changed(task)))

    # Building.

    def _make_form(self, rows: list[Row], spacing: int = 8) -> Form:
        self.rows |= {row.name: row for row in rows}
        return Form(rows, self._document.planner, spacing)

    def _make_body(self) -> QWidget:
        body = QWidget()
        body.setObjectName("panelBody")
        self._notes = self._make_form(
            picture_notes(self._document, self.help_wanted.emit, self.old_photo_wanted.emit), 4
        )
        settings = self._make_form(self._setting_rows())
        more = self._make_form(more_rows())
        self._setting_forms = (settings, more)
        self.more = Fold(tr("More"), more)
        self.more.opened.connect(self._show_more)
        self.settings = QWidget()
        in_column(settings, self.more, on=self.settings, spacing=16)
        titles = label(tr("YOUR PICTURE"), "section"), label(tr("RESTORE"), "section")
        parts = titles[0], 4, self._notes, 24, titles[1], 8, self.settings, SPACE
        in_column(*parts, on=body, margins=(16, 16, 16, 8), spacing=4)
        return body

    def _setting_rows(self) -> list[Row]:
        self.dice = QToolButton()
        self.dice.setIcon(icon("dice", QPalette.ColorRole.Mid))
        self.dice.setAccessibleName(tr("Another seed"))
        common = common_rows(self.dice)
        by_name = {row.name: row for row in common}
        seed, model = by_name["seed"], by_name["model"]
        assert isinstance(seed, Number)
        assert isinstance(model, Choice)
        self.dice.clicked.connect(seed.box.stepUp)
        model.box.activated.connect(self._load_model)
        return [
            self._task_row(),
            self._onward_row(),
            other_settings(),
            self._fill_row(),
            *task_rows(self.kernel_wanted.emit),
            *grain_rows(),
            self._neutral_row(),
            *prompt_rows(self._open_control),
            *common,
        ]

    def _task_row(self) -> Row:
        """The choice of the task, which also resets start, steps and method."""

        def options(state: State) -> list[Option]:
            prompted = state.prompted
            return [Option(k, tasks.title(k, prompted), tasks.task(k).hint) for k in _offered()]

        def changes(state: State, kind: str) -> dict[str, object]:
            return {} if kind == state.parameters.task else _task_changes(kind)

        return (
            Choice("task", tr("Task"), options, place="unseen")
            .of("task", write=changes)
            .where(hint=tr("What to do with the picture."))
        )

    def _onward_row(self) -> Row:
        """A note that this task starts from the original, not from the shown result."""
        use = Button(tr("Use result as input"), self.result_wanted.emit).where(
            hint=tr("Opens the result as a picture of its own (Ctrl+R).")
        )
        text = tr("This begins with the original picture.")
        return Note("onward", text, "caption", [use]).where(
            lambda s: s.opened is not None and s.opened.begins_anew
        )

    def _fill_row(self) -> Row:
        paint = Button(tr("Paint"), self.painting_wanted.emit).where(
            hint=tr("Mark the area to fill with a brush (M).")
        )
        load = Button(tr("Load mask…"), self.mask_wanted.emit).where(
            hint=tr("A picture of the same size, white in the area to fill.")
        )
        about = Note("fill", lambda s: tasks.about_hole(s.opened), "caption", [paint, load])
        return about.where(for_task(lambda kind: kind.needs_hole))

    def _neutral_row(self) -> Row:
        """The eyedropper, for tasks that can correct a colour cast."""

        def text(_: State) -> str:
            if self.picking:
                return tr("Click something in the picture that was grey or white.")
            return tr("Something in it was grey? Point at it.")

        pick = Button(tr("Pick neutral"), self.neutral_wanted.emit, lambda _: self.picking)
        suits = for_task(lambda kind: any(number.name == "warmth" for number in kind.numbers))
        return Note("neutral", text, "caption", [pick]).where(suits)

    def show_picking(self, picking: bool) -> None:
        """Show whether the eyedropper is active."""
        self.picking = picking
        self.refresh()

    def _make_foot(self) -> QWidget:
        document, foot = self._document, QFrame()
        foot.setObjectName("panelFoot")
        about = tr("Ctrl+Enter restores, Esc stops")
        self.restore = button("", self._on_button, about, main=1)
        self._others = self._make_others()
        about = tr("Restores only what is in view, as all of it will be (Shift+P)")
        self.preview = button(tr("Preview what is in view"), document.preview.toggle, about)
        self.preview.setCheckable(True)
        document.preview.toggled.connect(self._refresh_foot)
        self.results = ResultsRow(self._document)
        self.hint = label(kind="quiet", wrapped=True)
        self.hint.setMinimumHeight(28)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.branch = button("", self.branch_wanted)
        self.branch.hide()
        parts = self.results, self.restore, self.preview, self.branch, self.hint
        in_column(*parts, on=foot, margins=(16, 8, 16, 8), spacing=8)
        return foot

    def _make_others(self) -> QMenu:
        """A menu of the other tasks, for a picture that needs no cleaning."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name in _offered():
            if not TASKS[name].is_noise:
                action = menu.addAction(tasks.task(name).title)
                action.setToolTip(tasks.task(name).hint)
                change = partial(self._document.planner.change, tr("Task"), **_task_changes(name))
                action.triggered.connect(lambda _=False, change=change: change())
        return menu

    @Slot()
    def _show_more(self) -> None:
        """Scroll to the unfolded rows once they have been laid out."""
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self.more, 0, 16))

    # From the widgets to the document.

    @Slot()
    def _on_button(self) -> None:
        """Save or restore, as the button says."""
        (self.save_wanted if tasks.saves(self._document) else self.restore_clicked).emit()

    @Slot()
    def _load_model(self) -> None:
        if self._document.pictures.current is not None:
            self._document.models.load(self._document.pictures.current.plan.parameters.model)

    def _open_control(self) -> None:
        self.control_wanted.emit(network_of(self._state))
