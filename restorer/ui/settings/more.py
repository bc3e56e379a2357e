"""What few people need: how the reverse process steps, and how a repair is held to the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QListView

from restorer.diffusion.samplers import SAMPLERS, samplers_for
from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.damage import Method
from restorer.engine.plan import choose_method
from restorer.engine.task import RestorationTask
from restorer.ui.settings.form import Part, form, name
from restorer.ui.text import tasks
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.slider import CalmComboBox, CalmSpinBox, ValueSlider

METHOD_TITLES = {
    "conditional": "Trained network",
    "ddnm": "DDNM",
    "diffpir": "DiffPIR",
    "dps": "DPS",
    "repaint": "RePaint",
}
MOST_NOISE = 100


class CleanMore(Part):
    """The sampler, and whether words stay in the file."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.sampler = CalmComboBox()
        for name_, sampler in SAMPLERS.items():
            self.sampler.addItem(sampler.title, name_)
        self.sampler.activated.connect(self._on_sampler)
        self.eta = ValueSlider(self.tr("Noise put back (eta)"), 100)
        self.eta.setToolTip(self.tr("0: DDIM proper, without chance. 1: as much as DDPM."))
        self.eta.moved.connect(self._on_eta)
        self.eta.released.connect(document.end_gesture)
        self.eta.reset.connect(self._on_eta_reset)
        fields = form()
        fields.addRow(name(self.tr("Sampler"), self.sampler), self.sampler)
        self.private = QCheckBox(self.tr("Keep the words out of the file"))
        self.private.setToolTip(
            self.tr("A saved picture says how it was made; anybody can read that.")
        )
        self.private.toggled.connect(self._on_private)
        self._column.addLayout(fields)
        self._column.addWidget(self.eta)
        self._column.addWidget(self.private)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        prompted = parameters.latent is not None
        view = self.sampler.view()
        assert isinstance(view, QListView)
        possible = samplers_for(latent=prompted)
        for row in range(self.sampler.count()):
            view.setRowHidden(row, self.sampler.itemData(row) not in possible)
        self.sampler.setCurrentIndex(self.sampler.findData(parameters.sampler))
        self.sampler.setEnabled(prompted or parameters.faithfulness < 1)
        self.sampler.setToolTip(tasks.about_sampler(prompted))
        self.eta.set_value(round(parameters.eta * 100), f"{parameters.eta:.2f}")
        self.eta.setEnabled(SAMPLERS[parameters.sampler].eta is not None)
        self.private.setVisible(prompted or parameters.classifier != Parameters.classifier)
        self.private.blockSignals(True)
        self.private.setChecked(parameters.private)
        self.private.blockSignals(False)

    @Slot(int)
    def _on_sampler(self, index: int) -> None:
        sampler = self.sampler.itemData(index)
        self._document.change(self.tr("Sampler"), sampler=sampler, eta=_usual_eta(sampler))

    @Slot(bool)
    def _on_private(self, on: bool) -> None:
        self._document.change(self.tr("Keep the words out of the file"), private=on)

    @Slot(int)
    def _on_eta(self, value: int) -> None:
        self._document.change(self.tr("Eta"), self.eta.slider.isSliderDown(), eta=value / 100)

    @Slot()
    def _on_eta_reset(self) -> None:
        sampler = self.sampler.currentData()
        self._document.change(self.tr("Eta"), eta=_usual_eta(sampler))


def _usual_eta(sampler: str) -> float:
    return SAMPLERS[sampler].eta or 0.0


class RepairMore(Part):
    """The posterior sampler and why, and the noise that is in the picture besides."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.method = CalmComboBox()
        for method in get_args(Method):
            self.method.addItem(METHOD_TITLES.get(method, self.tr("Automatic")), method)
        self.method.setToolTip(self.tr("How every step is held to what is known of the picture."))
        self.method.activated.connect(self._on_method)
        self.reason = label(kind="quiet")
        self.reason.setWordWrap(True)
        self.noise = CalmSpinBox(-1, MOST_NOISE)
        self.noise.setSpecialValueText(self.tr("Automatic"))
        self.noise.setToolTip(
            self.tr(
                "Noise in the picture besides the damage, of 255; 0 keeps what is known exactly."
            )
        )
        self.noise.valueChanged.connect(self._on_noise)
        self._fields = fields = form()
        fields.addRow(name(self.tr("Method"), self.method), self.method)
        fields.addRow(self.reason)
        fields.addRow(name(self.tr("Noise"), self.noise), self.noise)
        self._column.addLayout(fields)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        task = entry.task if entry else None
        self.method.setCurrentIndex(self.method.findData(parameters.method))
        chosen = parameters.method == "auto" and task is not None and task.method != "auto"
        self._fields.setRowVisible(self.reason, chosen)
        if chosen and task is not None:
            title, (_, reason) = METHOD_TITLES[task.method], choose_method(as_auto(task))
            self.reason.setText(f"{title}. {reason}")
        self.noise.blockSignals(True)
        self.noise.setValue(-1 if parameters.noise is None else round(parameters.noise))
        self.noise.blockSignals(False)
        # rounding is all the noise that a JPEG knows
        self._fields.setRowVisible(self.noise, parameters.kind != "dejpeg")

    @Slot(int)
    def _on_method(self, index: int) -> None:
        self._document.change(self.tr("Method"), method=self.method.itemData(index))

    @Slot(int)
    def _on_noise(self, noise: int) -> None:
        self._document.change(self.tr("Noise"), noise=None if noise < 0 else float(noise))


def as_auto(task: RestorationTask) -> RestorationTask:
    """The task as it was before its method was chosen."""
    return replace(task, method="auto")
