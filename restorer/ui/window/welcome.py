"""The empty window: where to drop, pictures to try, files opened lately."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPalette, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from restorer.document import Settings
from restorer.engine.samples import Sample, list_samples
from restorer.ui.widgets.icons import IconLabel, icon
from restorer.ui.widgets.labels import label, no_key, restyle, to_the_letter
from restorer.ui.widgets.qimage import to_bytes, to_qimage

CARD = QSize(160, 104)
_SHOWN_RECENT = 4
_WIDTH = 560  # of what is dropped on, and the most of a recent name


class SampleCard(QPushButton):
    """A sample as a button: picture, title, credit."""

    def __init__(self, sample: Sample) -> None:
        super().__init__()
        self.sample = sample
        self.setObjectName("card")
        self.setFixedWidth(CARD.width() + 16)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(sample.title)
        self.setToolTip(f"{sample.credit}\n{sample.licence}")
        self._image = label()
        self._image.setFixedSize(CARD)
        title = label(sample.title)
        title.setWordWrap(True)
        title.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        title.setFixedHeight(34)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._image)
        column.addWidget(title)
        for child in (self._image, title):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(CARD.height() + 34 + 24)

    def load(self) -> None:
        """Read the picture, small; covered with static as it will be when opened."""
        self._image.setPixmap(_rounded(_thumbnail(self.sample), self.devicePixelRatioF()))


class Welcome(QScrollArea):
    """Shown while nothing is open."""

    open_requested = Signal()
    sample_chosen = Signal(object)  # Sample
    recent_chosen = Signal(object)  # Path

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self._settings = settings
        self.cards = [SampleCard(sample) for sample in list_samples()]
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._recent_title = label(self.tr("RECENT"), "section")

        content = QWidget()
        content.setObjectName("welcome")
        column = QVBoxLayout(content)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(0)
        column.addStretch(2)
        column.addWidget(self._make_zone(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        for row in (self._make_samples(), self._make_recent()):
            column.addLayout(row)
            column.addSpacing(16)
        column.addStretch(2)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._waiting = list(self.cards)
        self.refresh_recent()

    def set_over(self, over: bool) -> None:
        """A file is held over the window."""
        self._zone.setProperty("over", over)
        restyle(self._zone)

    def load_cards(self) -> None:
        """Read the thumbnails one by one, after the window is up."""
        if self._waiting:
            self._waiting.pop(0).load()
            QTimer.singleShot(0, self.load_cards)

    def refresh_recent(self) -> None:
        """Read the list of recent files again."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        paths = self._settings.recent[:_SHOWN_RECENT]
        for path in paths:
            words, middle = f"{path.name}    {_folder(path)}", Qt.TextElideMode.ElideMiddle
            button = QPushButton(no_key(self.fontMetrics().elidedText(words, middle, _WIDTH)))
            button.setObjectName("recent")
            button.setProperty("path", str(path))
            button.setToolTip(to_the_letter(str(path)))
            button.setIcon(icon("clock", QPalette.ColorRole.Mid))
            button.clicked.connect(self._on_recent)
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._recent_title.setVisible(bool(paths))

    def _make_zone(self) -> QWidget:
        self._zone = QFrame()
        self._zone.setObjectName("dropzone")
        self._zone.setFixedWidth(_WIDTH)
        sign = IconLabel("picture", QPalette.ColorRole.Mid, 40)
        self.open_button = QPushButton(self.tr("Open a picture…"))
        self.open_button.clicked.connect(self.open_requested)
        column = QVBoxLayout(self._zone)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(sign, 0, centre)
        column.addWidget(label(self.tr("Drop a noisy picture here"), "title"), 0, centre)
        hint = self.tr("or several, or paste one with Ctrl+V. Pictures stay on this computer.")
        column.addWidget(label(hint, "caption"), 0, centre)
        column.addSpacing(8)
        column.addWidget(self.open_button, 0, centre)
        return self._zone

    def _make_samples(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addStretch(1)
        for card in self.cards:
            card.clicked.connect(self._on_card)
            row.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        if self.cards:
            title = label(self.tr("OR TRY ONE OF THESE"), "section")
            column.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(row)
        return column

    def _make_recent(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._recent_title, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(self._recent)
        row.addStretch(1)
        column.addLayout(row)
        return column

    @Slot()
    def _on_card(self) -> None:
        card = self.sender()
        assert isinstance(card, SampleCard)
        self.sample_chosen.emit(card.sample)

    @Slot()
    def _on_recent(self) -> None:
        self.recent_chosen.emit(Path(self.sender().property("path")))


def _folder(path: Path) -> str:
    """The folder of a file, with ~ for the person's own."""
    parent, home = path.parent, Path.home()
    return f"~/{parent.relative_to(home)}" if parent.is_relative_to(home) else str(parent)


def _thumbnail(sample: Sample) -> QImage:
    """The sample filling a card, at twice its size for sharp screens."""
    reader = QImageReader(str(sample.path))
    reader.setAutoTransform(True)
    wanted = CARD * 2
    filling = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    reader.setScaledSize(reader.size().scaled(wanted, filling))
    image = reader.read()
    left = (image.width() - wanted.width()) // 2
    top = (image.height() - wanted.height()) // 6  # faces are near the top
    image = image.copy(left, top, wanted.width(), wanted.height())
    if sample.static is None:
        return image
    pixels = to_bytes(image).astype(np.float32) / 255
    static = np.random.default_rng(0).standard_normal(pixels.shape, np.float32)
    return to_qimage(np.clip(pixels + static * np.float32(sample.static / 255), 0, 1))


def _rounded(image: QImage, ratio: float) -> QPixmap:
    size = CARD * ratio
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(0, 0, size.width(), size.height()), 4 * ratio, 4 * ratio)
    painter.setClipPath(shape)
    painter.drawImage(QRectF(0, 0, size.width(), size.height()), image)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
