"""Sliders that damage a picture, and plots of how near each step of a run came to the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QPalette, QPixmap
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from restorer.engine.laboratory import LabDamage
from restorer.engine.truth import Score, best_step
from restorer.imaging.picture import Pixels
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.curves import COLOURS
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_row, wide
from restorer.ui.widgets.plots import StillPlot
from restorer.ui.widgets.qimage import to_qimage
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.ui.widgets.slider import CalmSlider
from restorer.ui.widgets.turns import in_turns
from restorer.words import marked as _
from restorer.words import tr

PREVIEW = 220  # side of the preview of the damage, in pixels

#: Field of `LabDamage`, what it is called, most, and how its value is said.
_SLIDERS: tuple[tuple[str, str, int, Callable[[int], str]], ...] = (
    ("noise", _("Noise"), 100, lambda n: tr("{0} of 255").format(n)),
    ("blur", _("Blur"), 50, lambda n: tr("{0:.1f} pixels").format(n / 10)),
    ("jpeg", _("JPEG"), 95, lambda n: tr("quality {0}").format(100 - n)),
    ("scratches", _("Scratches"), 20, str),
    ("holes", _("Holes"), 20, str),
    ("fading", _("Fading"), 80, lambda n: f"{n} %"),
    ("smaller", _("Smaller"), 4, lambda n: tr("{0} times").format(n)),
)


class LabDialog(QDialog):
    """Stays open beside the window."""

    changed = Signal()  # the damage asked for
    wanted = Signal()  # damage the picture, and open that
    step_wanted = Signal(int)  # index of a step

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Damage lab"))
        self.sliders: dict[str, CalmSlider] = {}
        self._values: dict[str, QLabel] = {}
        self.told = label("", "caption", wrapped=True)
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW, PREVIEW)
        self.preview.setAccessibleName(tr("The damage, in the middle of the picture"))
        self.open_button = button(tr("Open it damaged"), self.wanted, main=1)
        side = in_column(self.preview, SPACE, self.open_button, spacing=8)
        above = in_row(wide(self._grid()), side, spacing=16)
        self.psnr, self.ssim = ScorePlot(tr("PSNR, dB"), 1.0), ScorePlot(tr("SSIM"), 0.02)
        self.lpips = ScorePlot(tr("ST-LPIPS, less is nearer"), 0.02)
        self.best_button = button(tr("Show the step of least error"), self._show_best)
        self._best = -1
        self.scored = label(tr(_NO_RUN), "value", wrapped=True)
        curves = in_row(wide(self.psnr), wide(self.ssim), wide(self.lpips), spacing=16)
        heading = label(tr("AGAINST THE TRUTH, STEP BY STEP"), "section")
        body = QWidget()
        in_column(
            self.told, above, heading, self.scored, curves, in_row(SPACE, self.best_button),
            on=body, margins=16, spacing=10,
        )  # fmt: skip
        in_column(scroll_area(body), on=self)
        fit_on_screen(self, QSize(660, 640), QSize(420, 320))
        self.show_scores(None, [])
        in_turns([plot.build for plot in (self.psnr, self.ssim, self.lpips)], self)

    @property
    def damage(self) -> LabDamage:
        """The damage set on the sliders."""
        return LabDamage(**{name: slider.value() for name, slider in self.sliders.items()})

    def show_picture(self, title: str) -> None:
        """Show the name of the picture to damage; "" for none."""
        told = tr("“{0}” is taken as clean: whatever it holds counts as the truth.")
        none = tr("Open a clean picture first.")
        self.told.setText(told.format(title) if title else none)
        self.open_button.setEnabled(bool(title) and not self.damage.is_empty)

    def show_preview(self, pixels: Pixels | None) -> None:
        """Show a piece of the damaged picture, unscaled."""
        if pixels is None:
            self.preview.clear()
        else:
            self.preview.setPixmap(QPixmap.fromImage(to_qimage(pixels[:PREVIEW, :PREVIEW])))

    def show_scores(self, before: Score | None, found: list[Score]) -> None:
        """Show the scores of the damaged picture, and of every step."""
        looks = [score.lpips for score in found if score.lpips is not None]
        for part in (self.psnr, self.ssim, self.best_button):
            part.setVisible(len(found) > 1)
        self.lpips.setVisible(len(found) > 1 and len(looks) == len(found))
        if before is None or not found:
            self.scored.setText(tr(_NO_RUN))
            return
        self._best = best = best_step(found)
        self.scored.setText(
            tr(
                "Damaged {before:.1f} dB, restored {after:.1f} dB. The least error on the way has "
                "step {n} of {all}, with {best:.1f} dB."
            ).format(
                before=before.psnr, after=found[-1].psnr, n=best + 1, all=len(found),
                best=found[best].psnr,
            )
        )  # fmt: skip
        self.psnr.show_values([score.psnr for score in found], best)
        self.ssim.show_values([score.ssim for score in found], best)
        if len(looks) == len(found):
            self.lpips.show_values(looks, min(range(len(looks)), key=looks.__getitem__))

    def _grid(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for row, (name, title, most, _words) in enumerate(_SLIDERS):
            least = 1 if name == "smaller" else 0
            slider = self.sliders[name] = CalmSlider(tr(title), least, most)
            slider.valueChanged.connect(self._slid)
            slider.reset.connect(lambda slider=slider: slider.setValue(slider.minimum()))
            value = self._values[name] = label("", "quiet")
            value.setMinimumWidth(120)
            for column, part in enumerate((label(tr(title), "caption"), slider, value)):
                grid.addWidget(part, row, column)
        self._say()
        return body

    @Slot()
    def _slid(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        for name, _title, _most, words in _SLIDERS:
            if name in self._values:
                slider = self.sliders[name]
                nothing = slider.value() == slider.minimum()
                said = tr("off") if nothing else words(slider.value())
                self._values[name].setText(said)
                slider.words = said

    @Slot()
    def _show_best(self) -> None:
        self.step_wanted.emit(self._best)


_NO_RUN = _("Damage a picture and restore it: here every step is measured against the truth.")


class ScorePlot(QWidget):
    """One measure over the steps, with the best marked; `build` creates the plot."""

    def __init__(self, title: str, least: float) -> None:
        """`least`: the axis spans at least this, so that invisible differences look flat."""
        super().__init__()
        self._title, self._least = title, least
        self._values: tuple[list[float], int] | None = None
        self._plot: StillPlot | None = None
        self._column = in_column(label(title, "caption"), on=self)

    def build(self) -> None:
        """Create the plot, with the values that are known by now."""
        self._plot = StillPlot(self._title, tr("step"), self._color_lines, counts=True)
        self._plot.setFixedHeight(150)
        self._plot.getViewBox().setLimits(minYRange=self._least)
        self._line: Any = self._plot.plot(symbol="o", symbolSize=5)
        self._mark: Any = self._plot.plot(symbol="o", symbolSize=12, pen=None)
        self._column.addWidget(self._plot)
        self._plot.recolor()
        if self._values is not None:
            self.show_values(*self._values)

    def show_values(self, values: list[float], best: int) -> None:
        """Show the value of every step, from the first."""
        self._values = values, best
        if self._plot is None:
            return
        steps = np.arange(1.0, len(values) + 1)
        self._line.setData(steps, np.array(values))
        self._mark.setData(steps[best : best + 1], np.array(values[best : best + 1]))
        said = tr("From {0:.3g} to {1:.3g}, step {2} marked").format(
            values[0], values[-1], best + 1
        )
        self._plot.setAccessibleDescription(said)

    def _color_lines(self, palette: QPalette) -> None:
        self._line.setPen(COLOURS[2], width=1.5)
        self._line.setSymbolBrush(COLOURS[2])
        self._mark.setSymbolBrush(None)
        self._mark.setSymbolPen(palette.color(QPalette.ColorRole.Accent), width=2)
