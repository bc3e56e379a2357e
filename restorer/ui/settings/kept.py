"""How much of the change is wanted, and how much grain is to stay."""

from __future__ import annotations

from PySide6.QtCore import Slot

from restorer.document import Document, OpenPicture, Parameters
from restorer.ui.settings.form import Part
from restorer.ui.widgets.slider import ValueSlider


class Kept(Part):
    """Amount for every task; grain where noise is taken off."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.amount = ValueSlider(self.tr("Amount"), 100)
        self.amount.setToolTip(self.tr("How much of the change is kept; 0 leaves the picture."))
        self.amount.moved.connect(self._on_amount)
        self.amount.reset.connect(self._on_amount_reset)
        self.grain = ValueSlider(self.tr("Keep grain"), 100)
        self.grain.setToolTip(
            self.tr("Gives back a part of the noise taken off, without its coloured specks.")
        )
        self.grain.moved.connect(self._on_grain)
        self.grain.reset.connect(self._on_grain_reset)
        for slider in (self.amount, self.grain):
            slider.released.connect(document.end_gesture)
            self._column.addWidget(slider)

    def refresh(self, entry: OpenPicture | None, parameters: Parameters) -> None:
        amount, grain = round(100 * parameters.amount), round(100 * parameters.grain)
        self.amount.set_value(amount, self.tr("all") if amount == 100 else f"{amount} %")
        self.grain.set_value(grain, f"{grain} %" if grain else self.tr("none"))
        takes_noise = parameters.kind in ("denoise", "deblur") and parameters.latent is None
        self.grain.setVisible(takes_noise)

    @Slot(int)
    def _on_amount(self, value: int) -> None:
        dragging = self.amount.slider.isSliderDown()
        self._document.change(self.tr("Amount"), dragging, amount=value / 100)

    @Slot()
    def _on_amount_reset(self) -> None:
        self._document.change(self.tr("Amount"), amount=Parameters.amount)

    @Slot(int)
    def _on_grain(self, value: int) -> None:
        dragging = self.grain.slider.isSliderDown()
        self._document.change(self.tr("Keep grain"), dragging, grain=value / 100)

    @Slot()
    def _on_grain_reset(self) -> None:
        self._document.change(self.tr("Keep grain"), grain=Parameters.grain)
