"""Settings of cleaning: how much noise, and whose."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout

from restorer.diffusion.schedule import named
from restorer.document import Document, OpenPicture, Parameters
from restorer.engine.plan import start_for
from restorer.engine.plan_latent import ALL_NOISE, strength_of
from restorer.ui.settings.form import Part
from restorer.ui.text import percent, tasks
from restorer.ui.widgets.slider import ValueSlider

STRENGTH_STEPS = 1000
#: The noise at the two ends of Strength, 0-255 scale; the timeline reaches further.
WEAKEST, STRONGEST = float(named("linear").noise(0)), 150.0


def strength_from_noise(noise: float) -> int:
    """Place of a noise level on the Strength slider: equal ratios are equal ways."""
    fraction = math.log(noise / WEAKEST) / math.log(STRONGEST / WEAKEST)
    return round(min(max(fraction, 0.0), 1.0) * STRENGTH_STEPS)


def noise_from_strength(place: int) -> float:
    """The inverse of `strength_from_noise`."""
    return float(WEAKEST * (STRONGEST / WEAKEST) ** (place / STRENGTH_STEPS))


class CleanPart(Part):
    """Strength, which is the start handle of the timeline, and the preset for cameras."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.strength = ValueSlider(self.tr("Strength"), STRENGTH_STEPS)
        self.strength.moved.connect(self._on_strength)
        self.strength.released.connect(document.end_gesture)
        self.strength.reset.connect(self._on_strength_reset)

        self.camera = QCheckBox(self.tr("Camera photo"))
        self.camera.setToolTip(
            self.tr(
                "Noise straight from a camera is blotchy and looks smaller than it is.\n"
                "This starts from a level that suits most cameras; fine-tune it with Strength."
            )
        )
        self.camera.toggled.connect(self._on_camera)
        close = QVBoxLayout()
        close.setSpacing(8)
        close.addWidget(self.strength)
        close.addWidget(self.camera)
        self._column.addLayout(close)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        start = entry.task.start if entry and entry.task else None
        self.camera.setVisible(parameters.latent is None)
        self.strength.setToolTip(tasks.about_strength(parameters.latent is not None))
        if parameters.latent is not None:
            share = 0.0 if start is None else strength_of(start)
            self.strength.set_value(round(share * STRENGTH_STEPS), percent(share))
            return
        noise = None if start is None else float(named("linear").noise(start))
        place = strength_from_noise(noise) if noise is not None else 0
        self.strength.set_value(place, self.tr("nothing") if noise is None else f"{noise:.0f}")
        self.camera.blockSignals(True)
        self.camera.setChecked(parameters.camera)
        self.camera.blockSignals(False)

    @Slot(int)
    def _on_strength(self, place: int) -> None:
        entry = self._document.current
        if entry is not None and entry.parameters.latent is not None:
            start = max(0.0, place * (ALL_NOISE + 1) / STRENGTH_STEPS - 1)
        else:
            start = start_for(noise_from_strength(place))
        dragging = self.strength.slider.isSliderDown()
        self._document.change(self.tr("Strength"), dragging, start=start)

    @Slot()
    def _on_strength_reset(self) -> None:
        self._document.change(self.tr("Strength"), start=None)

    @Slot(bool)
    def _on_camera(self, on: bool) -> None:
        self._document.change(self.tr("Camera photo"), camera=on, start=None)
