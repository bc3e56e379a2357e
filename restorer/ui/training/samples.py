"""One noisy crop as restored at each milestone, with a slider over the milestones."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QWidget

from restorer.training.events import Milestone
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_column, in_row, wide
from restorer.ui.widgets.slider import CalmSlider
from restorer.words import tr

SIDE = 176


class Tile(QWidget):
    """One small picture, scaled to its place."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedSize(SIDE, SIDE)
        self._image = QImage()

    def show_file(self, path: Path | None) -> None:
        """Show a picture file, which may not exist yet; None for no picture."""
        self._image = QImage() if path is None else QImage(str(path))
        self.update()

    @property
    def empty(self) -> bool:
        return self._image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(self.rect()).center())
            painter.drawImage(target, self._image)
        painter.end()


class Samples(QWidget):
    """The crop with noise, restored at a milestone, and clean."""

    def __init__(self) -> None:
        super().__init__()
        self.noisy = Tile(tr("With noise 50"))
        self.restored = Tile(tr("Restored"))
        self.clean = Tile(tr("As it was"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self._caption = label(tr("Restored"), "quiet")
        noisy, clean = (label(name, "quiet") for name in (tr("With noise 50"), tr("As it was")))
        columns = (self.noisy, noisy), (self.restored, self._caption), (self.clean, clean)
        for column, (tile, caption) in enumerate(columns):
            grid.addWidget(tile, 0, column)
            grid.addWidget(caption, 1, column)
        self.slider = CalmSlider(tr("Milestone"), 0, 0, tr("Drag back to see earlier results"))
        self.slider.valueChanged.connect(self._show)
        self._title = label()
        self._about = label(kind="caption", wrapped=True)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        heading = label(tr("A PICTURE HELD OUT"), "section")
        words = in_column(heading, self._title, self.slider, wide(self._about), spacing=8)
        in_row(grid, wide(words), on=self, spacing=24)
        self._milestones: list[Milestone] = []
        self.clear()

    def clear(self) -> None:
        self._milestones = []
        self.slider.setRange(0, 0)
        self.slider.setEnabled(False)
        for tile in (self.noisy, self.restored, self.clean):
            tile.show_file(None)
        self._title.setText(tr("Not measured yet"))
        self._about.setText("")
        self._caption.setText(tr("Restored"))

    def begin(self, noisy: Path, clean: Path) -> None:
        """Set the crop to show samples of."""
        self.noisy.show_file(noisy)
        self.clean.show_file(clean)

    def add(self, milestone: Milestone) -> None:
        """Add a sample, and show it unless a person looks at an older one."""
        following = self.slider.value() == self.slider.maximum()
        self._milestones.append(milestone)
        last = len(self._milestones) - 1
        self.slider.setRange(0, last)
        self.slider.setEnabled(last > 0)
        if following:
            self.slider.setValue(last)
        self._show(self.slider.value())

    @Slot(int)
    def _show(self, index: int) -> None:
        if index >= len(self._milestones):
            return
        milestone = self._milestones[index]
        self.restored.show_file(milestone.sample)
        if milestone.step:
            words = tr("After {0} steps").format(milestone.step)
        else:
            words = tr("Before training")
        self._title.setText(words)
        self._caption.setText(tr("Restored, {0}").format(words[0].lower() + words[1:]))
        best = max(range(len(self._milestones)), key=lambda i: self._milestones[i].score)
        self._about.setText(
            tr("{0:.2f} dB on average").format(milestone.score)
            + (tr(", the best so far") if index == best and milestone.step else "")
        )
