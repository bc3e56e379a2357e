"""The empty window: where to drop, pictures to try, files opened lately."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QImage,
    QImageReader,
    QPainter,
    QPainterPath,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from restorer.document import Settings
from restorer.engine.samples import Sample, list_samples
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.drop import DropZone
from restorer.ui.widgets.icons import IconLabel, icon
from restorer.ui.widgets.labels import label, no_key, to_the_letter
from restorer.ui.widgets.layouts import SPACE, Placed, centred, empty, in_column, in_row
from restorer.ui.widgets.qimage import to_bytes, to_qimage

CARD = QSize(160, 104)
_SHOWN_RECENT = 4
_MARGIN = 24
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
        title = label(sample.title, wrapped=True)
        title.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        title.setFixedHeight(34)
        in_column(self._image, title, on=self, margins=8, spacing=8)
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
    recover_wanted = Signal()  # open again what a crash has left
    forget_wanted = Signal()
    course_wanted = Signal()
    recent_chosen = Signal(object)  # Path

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self._settings = settings
        self.cards = [SampleCard(sample) for sample in list_samples()]
        self._columns = 0
        self._recent = in_column()
        self._recent_title = label(self.tr("RECENT"), "section")

        content = QWidget()
        content.setObjectName("welcome")
        end, zone = Placed(None, 2), centred(self._make_zone())
        left = centred(self._make_left())
        below = self._make_samples(), 16, self._make_recent(), 16
        in_column(end, left, zone, SPACE, *below, end, on=content, margins=_MARGIN)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._waiting = list(self.cards)
        self.refresh_recent()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As wide as there is room for; so many cards in a row as fit."""
        super().resizeEvent(event)
        room = self.viewport().width() - 2 * _MARGIN
        for part in (self.zone, self.left):
            part.setFixedWidth(max(1, min(_WIDTH, room)))
        self._fit_left()
        columns = max(1, min(len(self.cards), room // (CARD.width() + 16)))
        if columns != self._columns:
            self._columns = columns
            for place, card in enumerate(self.cards):
                self._grid.addWidget(card, *divmod(place, columns), Qt.AlignmentFlag.AlignTop)

    def load_cards(self) -> None:
        """Read the thumbnails one by one, after the window is up."""
        if self._waiting:
            self._waiting.pop(0).load()
            QTimer.singleShot(0, self.load_cards)

    def refresh_recent(self) -> None:
        """Read the list of recent files again."""
        empty(self._recent)
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
        self.zone = DropZone()
        sign = IconLabel("picture", QPalette.ColorRole.Mid, 40)
        title = label(self.tr("Drop a picture here"), "title")
        hint = self.tr("or several, or paste one with Ctrl+V. Pictures stay on this computer.")
        about = label(hint, "caption", wrapped=True)
        about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_button = button(self.tr("Open a picture…"), self.open_requested)
        held = self.tr(
            "Faces are not invented: the network knows none, and an area that you protect "
            "(Shift+R) keeps every bit."
        )
        promise = label(held, "quiet", wrapped=True)
        promise.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        course = button(self.tr("How does it work? Take the course"), self.course_wanted)
        course.setObjectName("link")
        words = centred(sign), centred(title), about, promise
        in_column(
            *words,
            8,
            centred(self.open_button),
            centred(course),
            on=self.zone,
            margins=24,
            spacing=8,
        )
        return self.zone

    def show_left(self, sentence: str) -> None:
        """What a crash has left, and what can be done with it; "" for nothing."""
        self._left_text.setText(sentence)
        self.left.setVisible(bool(sentence))
        self._fit_left()

    def _fit_left(self) -> None:
        """No less than its words take in lines: the column would squeeze what is centred in it."""
        self.left.ensurePolished()
        lines = self._left_lines.heightForWidth(self.left.width())
        self.left.setMinimumHeight(max(0, lines))  # -1 before it is laid out

    def _make_left(self) -> QWidget:
        self.left = QFrame()
        self._left_text = label(wrapped=True)
        self._left_text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        again = button(self.tr("Open again"), self.recover_wanted)
        forget = button(
            self.tr("Forget"), self.forget_wanted, self.tr("Your files stay as they are.")
        )
        line = in_row(SPACE, again, forget, SPACE, spacing=8)
        self._left_lines = in_column(self._left_text, line, 16, on=self.left, spacing=8)
        self.left.hide()
        return self.left

    def _make_samples(self) -> QVBoxLayout:
        for card in self.cards:
            card.clicked.connect(self._on_card)
        self._grid = QGridLayout()
        self._grid.setSpacing(0)
        line = in_row(SPACE, self._grid, SPACE)
        title = label(self.tr("OR TRY ONE OF THESE"), "section")
        return in_column(*([centred(title)] if self.cards else []), line, spacing=8)

    def _make_recent(self) -> QVBoxLayout:
        line = in_row(SPACE, self._recent, SPACE)
        return in_column(centred(self._recent_title), line, spacing=4)

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
