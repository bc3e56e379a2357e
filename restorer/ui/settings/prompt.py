"""What leads a model with prompts: words, how strongly they do, and another picture."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.control import Control, Kind
from restorer.engine.models import ModelInfo, leaders_of
from restorer.ui.settings.form import Part, form, name
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.slider import CalmComboBox, ValueSlider

#: Guidance is set in halves, from 1 (words do not lead) to 20.
_HALVES = 2
_MOST_GUIDANCE = 20


class WordsField(QPlainTextEdit):
    """A few lines of words; Tab leaves it."""

    left = Signal()

    def __init__(self, lines: int, hint: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self._lines = lines
        self._set_height()

    def set_words(self, words: str) -> None:
        """Show these; nothing is emitted, and the cursor stays if they are shown already."""
        if words != self.toPlainText():
            self.blockSignals(True)
            self.setPlainText(words)
            self.blockSignals(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_height()

    def _set_height(self) -> None:
        frame = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        self.setFixedHeight(self._lines * self.fontMetrics().lineSpacing() + frame + 2)


class PromptPart(Part):
    """Prompt, what is not wanted, guidance; ControlNet where there is one."""

    picture_wanted = Signal(str)  # name of the ControlNet that is to see it

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._model: ModelInfo | None = None
        self._leaders: list[ModelInfo] = []
        self._make_words()
        self._make_control()

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        model = parameters.latent
        self.setVisible(model is not None)
        if model is None:
            return
        if model != self._model:
            self._take_model(model)
        self.prompt.set_words(parameters.prompt)
        self.negative.set_words(parameters.negative_prompt)
        guidance = parameters.guidance
        said = self.tr("off") if guidance <= 1 else f"{guidance:g}"
        self.guidance.set_value(round(guidance * _HALVES), said)
        self.negative.setEnabled(guidance > 1)
        control = parameters.control
        led = bool(control.kind)
        self._fields.setRowVisible(self.control, bool(self._leaders))
        self._fields.setRowVisible(self.leader, led and len(self._leaders) > 1)
        self.scale.setVisible(led)
        self.control.setCurrentIndex(self.control.findData(control.kind))
        title = parameters.control_name if control.kind == "picture" else self.tr("A picture…")
        self.control.setItemText(self.control.count() - 1, title)
        self.leader.setCurrentIndex(self.leader.findData(control.model))
        self.scale.set_value(round(100 * control.scale), f"{100 * control.scale:.0f} %")

    def set_models(self) -> None:
        """There are other models now, perhaps other ControlNets."""
        self._model = None

    # Building.

    def _make_words(self) -> None:
        self.prompt = WordsField(3, self.tr("What it shows, such as: a sharp photo of a street"))
        self.prompt.textChanged.connect(self._on_prompt)
        self.negative = WordsField(2, self.tr("Such as: blurry, extra fingers, text"))
        self.negative.textChanged.connect(self._on_negative)
        self.guidance = ValueSlider(self.tr("Guidance"), _MOST_GUIDANCE * _HALVES)
        self.guidance.slider.setMinimum(_HALVES)
        self.guidance.setToolTip(
            self.tr(
                "How strongly the words lead. 7.5 is usual; 1 is off and twice as quick,\n"
                "much more looks overdone. Double-click for the usual."
            )
        )
        self.guidance.moved.connect(self._on_guidance)
        self.guidance.released.connect(self._document.end_gesture)
        self.guidance.reset.connect(self._on_guidance_reset)
        self._column.setSpacing(4)
        for title, field in (
            (self.tr("Prompt"), self.prompt),
            (self.tr("Not wanted"), self.negative),
        ):
            field.setAccessibleName(title)
            field.installEventFilter(self)
            self._column.addWidget(label(title, "caption"))
            self._column.addWidget(field)
            self._column.addSpacing(8)
        self._column.addWidget(self.guidance)

    def _make_control(self) -> None:
        self.control = CalmComboBox()
        for kind, title in (
            ("", self.tr("Nothing")),
            ("tile", self.tr("The picture itself")),
            ("canny", self.tr("Its edges")),
            ("picture", self.tr("A picture…")),
        ):
            self.control.addItem(title, kind)
        self.control.setToolTip(
            self.tr(
                "What a ControlNet holds the result to: the picture (tile), its edges (canny),\n"
                "or a pose or depth map of the same size from a file."
            )
        )
        self.control.activated.connect(self._on_control)
        self.leader = CalmComboBox()
        self.leader.setToolTip(self.tr("The ControlNet; it must be made for what it is shown."))
        self.leader.activated.connect(self._on_leader)
        self.scale = ValueSlider(self.tr("How closely"), 200)
        self.scale.setToolTip(self.tr("How much that counts; double-click for 100 %."))
        self.scale.moved.connect(self._on_scale)
        self.scale.released.connect(self._document.end_gesture)
        self.scale.reset.connect(self._on_scale_reset)
        self._fields = fields = form()
        fields.setContentsMargins(0, 8, 0, 0)
        fields.addRow(name(self.tr("Led by"), self.control), self.control)
        fields.addRow(name(self.tr("Network"), self.leader), self.leader)
        self.scale.setContentsMargins(0, 8, 0, 0)
        self._column.addLayout(fields)
        self._column.addWidget(self.scale)

    def _take_model(self, model: ModelInfo) -> None:
        """Find out what can lead it."""
        traits = model.latent
        assert traits is not None
        self._model = model
        self._leaders = [] if traits.enlarges else leaders_of(model)
        self.leader.clear()
        if traits.leader and not traits.enlarges:
            self._leaders.insert(0, model)
            self.leader.addItem(self.tr("The model's own"), "")
        for leader in self._leaders:
            if leader is not model:
                self.leader.addItem(leader.title, leader.name)

    # From the widgets to the document.

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """What is typed in one go is one step back."""
        if event.type() == QEvent.Type.FocusOut:
            self._document.end_gesture()
        return super().eventFilter(field, event)

    @Slot()
    def _on_prompt(self) -> None:
        self._document.change(self.tr("Prompt"), True, prompt=self.prompt.toPlainText())

    @Slot()
    def _on_negative(self) -> None:
        words = self.negative.toPlainText()
        self._document.change(self.tr("Not wanted"), True, negative_prompt=words)

    @Slot(int)
    def _on_guidance(self, halves: int) -> None:
        dragging = self.guidance.slider.isSliderDown()
        self._document.change(self.tr("Guidance"), dragging, guidance=halves / _HALVES)

    @Slot()
    def _on_guidance_reset(self) -> None:
        self._document.change(self.tr("Guidance"), guidance=Parameters.guidance)

    @Slot(int)
    def _on_control(self, index: int) -> None:
        kind: Kind = self.control.itemData(index)
        parameters = self._parameters
        if kind == "picture":
            self.picture_wanted.emit(self._with_leader(parameters.control).model)
            self.refresh(self._document.current, parameters)  # until a file has been read
            return
        changed = replace(parameters.control, kind=kind, picture="")
        if kind:
            changed = self._with_leader(changed)
        self._document.change(self.tr("Led by"), control=changed)

    @Slot(int)
    def _on_leader(self, index: int) -> None:
        changed = replace(self._parameters.control, model=self.leader.itemData(index))
        self._document.change(self.tr("Network"), control=changed)

    @Slot(int)
    def _on_scale(self, percent: int) -> None:
        changed = replace(self._parameters.control, scale=percent / 100)
        self._document.change(
            self.tr("How closely"), self.scale.slider.isSliderDown(), control=changed
        )

    @Slot()
    def _on_scale_reset(self) -> None:
        changed = replace(self._parameters.control, scale=Control.scale)
        self._document.change(self.tr("How closely"), control=changed)

    def _with_leader(self, control: Control) -> Control:
        """With the first ControlNet that there is, unless one was chosen."""
        if self.leader.findData(control.model) >= 0:
            return control
        return replace(control, model=self.leader.itemData(0))

    @property
    def _parameters(self) -> Parameters:
        entry = self._document.current
        return entry.parameters if entry else Parameters()
