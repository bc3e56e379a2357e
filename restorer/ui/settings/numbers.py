"""Settings that every task has: look, steps, seed, model."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QToolButton

from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.models import ModelInfo
from restorer.engine.plan_latent import misfit
from restorer.ui.settings.form import Part, form, name
from restorer.ui.text import models, tasks, tr
from restorer.ui.widgets.icons import icon
from restorer.ui.widgets.slider import CalmComboBox, CalmSpinBox, ValueSlider
from restorer.ui.widgets.theme import Theme

MOST_STEPS = 100


class NumbersPart(Part):
    """From faithful to vivid, and the numbers below."""

    def __init__(self, document: Document, models: list[ModelInfo]) -> None:
        super().__init__(document)
        self.look = ValueSlider(self.tr("Look"), 100, (self.tr("Faithful"), self.tr("Vivid")))
        self.look.moved.connect(self._on_look)
        self.look.released.connect(document.end_gesture)
        self.look.reset.connect(self._on_look_reset)
        self.steps = CalmSpinBox(1, MOST_STEPS)
        self.steps.setToolTip(self.tr("Passes of the network; each is one frame on the timeline."))
        self.steps.valueChanged.connect(self._on_steps)
        self.seed = CalmSpinBox(0, 2**31 - 1)
        self.seed.valueChanged.connect(self._on_seed)
        self.dice = QToolButton()
        self.dice.setAccessibleName(self.tr("Another seed"))
        self.dice.clicked.connect(self._on_dice)
        self.model = CalmComboBox()
        self.model.setToolTip(self.tr("The network that knows what clean pictures look like."))
        self.set_models(models)
        self.model.activated.connect(self._on_model)
        seed = QHBoxLayout()
        seed.setSpacing(4)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.dice)
        fields = form()
        fields.addRow(name(self.tr("Steps"), self.steps), self.steps)
        self.seed_name = name(self.tr("Seed"), self.seed)
        fields.addRow(self.seed_name, seed)
        fields.addRow(name(self.tr("Model"), self.model), self.model)
        self._column.addWidget(self.look)
        self._column.addLayout(fields)

    def set_models(self, models: list[ModelInfo]) -> None:
        """Fill the list of models anew; `refresh` chooses one."""
        self.model.clear()
        for info in models:
            self.model.addItem(info.title, info.name)

    def set_theme(self, theme: Theme) -> None:
        self.dice.setIcon(icon("dice", theme.dim, theme.faint))

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        vivid = round((1 - parameters.faithfulness) * 100)
        self.look.set_value(vivid, _look_words(vivid))
        one_guess = parameters.kind != "denoise" and parameters.method in ("dps", "repaint")
        vivid_by_chance = replace(parameters, faithfulness=0.0).chance
        self.look.setVisible(parameters.latent is None)
        self.look.setEnabled(not one_guess)
        self.look.setToolTip(tasks.about_look(parameters.kind, one_guess, vivid_by_chance))
        task = entry.task if entry else None
        steps = task.steps if task else parameters.steps
        for widget in (self.steps, self.seed):
            widget.blockSignals(True)
        if steps is not None:  # while it is being found out, the number stays
            self.steps.setValue(steps)
        self.seed.setValue(parameters.seed)
        for widget in (self.steps, self.seed):
            widget.blockSignals(False)
        self.model.setCurrentIndex(self.model.findData(parameters.model))
        self._grey_out(parameters)
        chance = parameters.chance or (
            parameters.kind == "denoise" and entry is not None and entry.grey
        )
        for part in (self.seed_name, self.seed, self.dice):
            part.setEnabled(chance)
            part.setToolTip(tasks.about_seed(chance, parameters.kind))

    def _grey_out(self, parameters: Parameters) -> None:
        """A model that does not fit the task cannot be chosen, and says why."""
        list_ = self.model.model()
        assert isinstance(list_, QStandardItemModel)
        for row in range(self.model.count()):
            info = self._document.models[self.model.itemData(row)]
            why_not = misfit(info, parameters.kind)
            list_.item(row).setEnabled(not why_not)
            hint = why_not or models.about_model(info)
            self.model.setItemData(row, hint, Qt.ItemDataRole.ToolTipRole)

    @Slot(int)
    def _on_look(self, vivid: int) -> None:
        dragging = self.look.slider.isSliderDown()
        self._document.change(self.tr("Look"), dragging, faithfulness=1 - vivid / 100)

    @Slot()
    def _on_look_reset(self) -> None:
        self._document.change(self.tr("Look"), faithfulness=Parameters.faithfulness)

    @Slot(int)
    def _on_steps(self, steps: int) -> None:
        self._document.change(self.tr("Steps"), steps=steps)

    @Slot(int)
    def _on_seed(self, seed: int) -> None:
        self._document.change(self.tr("Seed"), seed=seed)

    @Slot()
    def _on_dice(self) -> None:
        self.seed.setValue(self.seed.value() + 1)

    @Slot(int)
    def _on_model(self, index: int) -> None:
        name = self.model.itemData(index)
        self._document.change(self.tr("Model"), model=name)
        self._document.load_model(name)


def _look_words(vivid: int) -> str:
    if vivid == 0:
        return tr("faithful")
    return tr("vivid") if vivid == 100 else tr("{n} % vivid").format(n=vivid)
