"""The panel on the right: what was measured, what can be set, and Restore."""

from __future__ import annotations

import math
from typing import get_args

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restorer.diffusion.schedule import named
from restorer.document import Document, Parameters, Readiness
from restorer.engine.models import ModelInfo
from restorer.engine.plan import start_for
from restorer.engine.task import Sampler
from restorer.ui import words
from restorer.ui.controls import (
    CalmComboBox,
    CalmSpinBox,
    Fold,
    ValueSlider,
    label,
    restyle,
)
from restorer.ui.icons import icon
from restorer.ui.theme import Theme

WIDTH = 288
STRENGTH_STEPS = 1000
#: The noise at the two ends of Strength, 0-255 scale; the timeline reaches further.
WEAKEST, STRONGEST = float(named("linear").noise(0)), 150.0
MOST_STEPS = 100
SAMPLER_TITLES = {
    "ddpm": "DDPM, ancestral",
    "ddim": "DDIM",
    "dpmpp": "DPM-Solver++ 2M",
}


def strength_from_noise(noise: float) -> int:
    """Place of a noise level on the Strength slider: equal ratios are equal ways."""
    fraction = math.log(noise / WEAKEST) / math.log(STRONGEST / WEAKEST)
    return round(min(max(fraction, 0.0), 1.0) * STRENGTH_STEPS)


def noise_from_strength(place: int) -> float:
    """The inverse of `strength_from_noise`."""
    return float(WEAKEST * (STRONGEST / WEAKEST) ** (place / STRENGTH_STEPS))


class Panel(QFrame):
    """Shows the document's picture on view and edits its parameters."""

    restore_clicked = Signal()

    def __init__(self, document: Document, models: list[ModelInfo]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._document = document
        self._models = models
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._make_body())
        column.addWidget(area, 1)
        column.addWidget(self._make_foot())
        document.current_changed.connect(self.refresh)
        document.estimate_changed.connect(self.refresh)
        document.parameters_changed.connect(self.refresh)
        document.status_changed.connect(self.refresh)
        document.model_changed.connect(self.refresh)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self.more.set_theme(theme)
        self.dice.setIcon(icon("dice", theme.dim, theme.faint))

    @Slot()
    def refresh(self) -> None:
        """Read everything again; nothing is emitted."""
        entry = self._document.current
        headline, sentence = words.measured(entry) if entry else (self.tr("No picture"), "")
        self.headline.setText(headline)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        picture = entry.picture if entry else None
        self.headline.setToolTip(words.about_noise(entry) if entry else "")
        credit = [entry.credit] if entry and entry.credit else []
        notes = "\n".join((*picture.notes, *credit)) if picture else ""
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self._refresh_values(entry.parameters if entry else Parameters())
        running = self._document.readiness is Readiness.RUNNING
        self.settings.setEnabled(picture is not None)
        self.restore.setText(words.restore_button(self._document))
        self.restore.setEnabled(self._document.readiness in (Readiness.READY, Readiness.RUNNING))
        if self.restore.property("running") != running:
            self.restore.setProperty("running", running)
            restyle(self.restore)
        self.hint.setText(words.restore_hint(self._document))

    # Building.

    def _make_body(self) -> QWidget:
        body = QWidget()
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(4)
        self.headline = label(kind="title")
        self.sentence = label(kind="caption")
        self.notes = label(kind="quiet")
        self.notes.setContentsMargins(0, 4, 0, 0)
        for text in (self.sentence, self.notes):
            text.setWordWrap(True)
        column.addWidget(label(self.tr("YOUR PICTURE"), "section"))
        column.addSpacing(4)
        column.addWidget(self.headline)
        column.addWidget(self.sentence)
        column.addWidget(self.notes)
        column.addSpacing(24)
        column.addWidget(label(self.tr("RESTORE"), "section"))
        column.addSpacing(8)
        self.settings = self._make_settings()
        column.addWidget(self.settings)
        column.addStretch(1)
        return body

    def _make_settings(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)

        self.look = ValueSlider(self.tr("Look"), 100, (self.tr("Faithful"), self.tr("Vivid")))
        self.look.setToolTip(
            self.tr(
                "Many clean pictures could be under this noise.\n"
                "Faithful: their average. Least error, and softer where it is unsure.\n"
                "Vivid: one of them. Crisp everywhere, with invented detail."
            )
        )
        self.look.moved.connect(self._on_look)
        self.look.released.connect(self._document.end_gesture)
        self.look.reset.connect(self._on_look_reset)

        self.strength = ValueSlider(self.tr("Strength"), STRENGTH_STEPS)
        self.strength.setToolTip(
            self.tr(
                "How much noise is taken away: the start handle of the timeline.\n"
                "Double-click for what was measured."
            )
        )
        self.strength.moved.connect(self._on_strength)
        self.strength.released.connect(self._document.end_gesture)
        self.strength.reset.connect(self._on_strength_reset)

        self.camera = QCheckBox(self.tr("Camera photo"))
        self.camera.setToolTip(
            self.tr(
                "Noise straight from a camera is blotchy and looks smaller than it is.\n"
                "This starts from a level that suits most cameras; fine-tune it with Strength."
            )
        )
        self.camera.toggled.connect(self._on_camera)
        strength = QVBoxLayout()
        strength.setSpacing(8)
        strength.addWidget(self.strength)
        strength.addWidget(self.camera)

        column.addWidget(self.look)
        column.addLayout(strength)
        column.addLayout(self._make_numbers())
        column.addWidget(self._make_more())
        return box

    def _make_numbers(self) -> QFormLayout:
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
        for info in self._models:
            self.model.addItem(info.title, info.name)
            hint = self.tr("{size:.1f} M parameters, licence {licence}").format(
                size=info.parameters / 1e6, licence=info.licence
            )
            self.model.setItemData(self.model.count() - 1, hint, Qt.ItemDataRole.ToolTipRole)
        self.model.activated.connect(self._on_model)
        seed = QHBoxLayout()
        seed.setSpacing(4)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.dice)
        form = _form()
        form.addRow(_name(self.tr("Steps"), self.steps), self.steps)
        self.seed_name = _name(self.tr("Seed"), self.seed)
        form.addRow(self.seed_name, seed)
        form.addRow(_name(self.tr("Model"), self.model), self.model)
        return form

    def _make_more(self) -> Fold:
        self.more = Fold(self.tr("More"))
        self.sampler = CalmComboBox()
        for name in get_args(Sampler):
            self.sampler.addItem(SAMPLER_TITLES[name], name)
        self.sampler.setToolTip(
            self.tr("How the reverse process steps. Fully Faithful, all would do the same.")
        )
        self.sampler.activated.connect(self._on_sampler)
        self.eta = ValueSlider(self.tr("Noise put back (eta)"), 100)
        self.eta.setToolTip(self.tr("0: DDIM without chance. 1: as much as DDPM."))
        self.eta.moved.connect(self._on_eta)
        self.eta.released.connect(self._document.end_gesture)
        self.eta.reset.connect(self._on_eta_reset)
        column = QVBoxLayout(self.more.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        form = _form()
        form.addRow(_name(self.tr("Sampler"), self.sampler), self.sampler)
        column.addLayout(form)
        column.addWidget(self.eta)
        self.more.opened.connect(self._show_more)
        return self.more

    def _make_foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("panelFoot")
        self.restore = QPushButton()
        self.restore.setObjectName("restore")
        self.restore.setToolTip(self.tr("Ctrl+Enter restores, Esc stops"))
        self.restore.clicked.connect(self.restore_clicked)
        self.hint = label(kind="quiet")
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(28)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.restore)
        column.addWidget(self.hint)
        return foot

    @Slot()
    def _show_more(self) -> None:
        """Scroll to what has been unfolded, once it has its place."""
        QTimer.singleShot(0, self, lambda: self.area.ensureWidgetVisible(self.eta, 0, 16))

    # From the document to the widgets.

    def _refresh_values(self, parameters: Parameters) -> None:
        vivid = round((1 - parameters.faithfulness) * 100)
        self.look.set_value(vivid, _look_words(vivid))
        start = self._document.start
        noise = None if start is None else float(named("linear").noise(start))
        place = strength_from_noise(noise) if noise is not None else 0
        self.strength.set_value(place, self.tr("nothing") if noise is None else f"{noise:.0f}")
        entry = self._document.current
        task = entry.task if entry else None
        self.eta.set_value(round(parameters.eta * 100), f"{parameters.eta:.2f}")
        self.eta.setEnabled(parameters.sampler == "ddim")
        for widget in (self.camera, self.steps, self.seed):
            widget.blockSignals(True)
        self.camera.setChecked(parameters.camera)
        self.steps.setValue(task.steps if task else parameters.steps or 8)
        self.seed.setValue(parameters.seed)
        for widget in (self.camera, self.steps, self.seed):
            widget.blockSignals(False)
        self.sampler.setCurrentIndex(self.sampler.findData(parameters.sampler))
        self.model.setCurrentIndex(self.model.findData(parameters.model))
        chance = parameters.chance or (entry is not None and entry.grey)
        for part in (self.seed_name, self.seed, self.dice):
            part.setEnabled(chance)
            part.setToolTip(_seed_words(chance))
        self.sampler.setEnabled(parameters.faithfulness < 1)

    # From the widgets to the document.

    @Slot(int)
    def _on_look(self, vivid: int) -> None:
        dragging = self.look.slider.isSliderDown()
        self._document.change(self.tr("Look"), dragging, faithfulness=1 - vivid / 100)

    @Slot()
    def _on_look_reset(self) -> None:
        self._document.change(self.tr("Look"), faithfulness=Parameters.faithfulness)

    @Slot(int)
    def _on_strength(self, place: int) -> None:
        start = start_for(noise_from_strength(place))
        dragging = self.strength.slider.isSliderDown()
        self._document.change(self.tr("Strength"), dragging, start=start)

    @Slot()
    def _on_strength_reset(self) -> None:
        self._document.change(self.tr("Strength"), start=None)

    @Slot(bool)
    def _on_camera(self, on: bool) -> None:
        self._document.change(self.tr("Camera photo"), camera=on, start=None)

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

    @Slot(int)
    def _on_sampler(self, index: int) -> None:
        self._document.change(self.tr("Sampler"), sampler=self.sampler.itemData(index))

    @Slot(int)
    def _on_eta(self, value: int) -> None:
        self._document.change(self.tr("Eta"), self.eta.slider.isSliderDown(), eta=value / 100)

    @Slot()
    def _on_eta_reset(self) -> None:
        self._document.change(self.tr("Eta"), eta=Parameters.eta)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(8)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def _name(text: str, of: QWidget) -> QLabel:
    """The name of a field, for eyes and for screen readers."""
    result = label(text, "caption")
    result.setMinimumWidth(64)
    result.setBuddy(of)
    result.setToolTip(of.toolTip())
    of.setAccessibleName(text)
    return result


def _seed_words(chance: bool) -> str:
    if chance:
        return words.tr("The same seed makes the same picture again, another seed another guess.")
    return words.tr(
        "Nothing is left to chance here, so a seed would change nothing.\n"
        "For other guesses move the look towards Vivid and take the sampler DDPM, under More."
    )


def _look_words(vivid: int) -> str:
    if vivid == 0:
        return words.tr("faithful")
    return words.tr("vivid") if vivid == 100 else words.tr("{n} % vivid").format(n=vivid)
