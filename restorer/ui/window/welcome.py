"""The empty window: a place to drop pictures, samples, and recent files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
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
from restorer.words import tr

CARD = QSize(160, 104)
_SHOWN_RECENT = 4
_MARGIN = 24
_WIDTH = 560  # of the drop zone, and at most of a recent name


class BeforeAfter(QWidget):
    """A picture: the original left of a line, and restored right of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(CARD)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._pair = QPixmap()
        self._line = 0.5

    @property
    def line(self) -> float:
        """Position of the line, from 0 (left) to 1 (right)."""
        return self._line

    def move_line(self, to: float) -> None:
        self._line = min(max(to, 0.0), 1.0)
        self.update()

    def load(self, path: Path) -> None:
        self._pair = QPixmap(str(path))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        half = QRectF(0, 0, self._pair.width(), self._pair.height() / 2)
        if half.isEmpty():
            return
        painter, whole = QPainter(self), QRectF(self.rect())
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        shape, at = QPainterPath(), self._line * whole.width()
        shape.addRoundedRect(whole, 4, 4)
        painter.setClipPath(shape)
        painter.drawPixmap(whole, self._pair, half.translated(0, half.height()))
        painter.setClipRect(QRectF(0, 0, at, whole.height()), Qt.ClipOperation.IntersectClip)
        painter.drawPixmap(whole, self._pair, half)
        painter.setClipPath(shape)
        painter.fillRect(QRectF(at - 1, 0, 2, whole.height()), Qt.GlobalColor.white)
        painter.end()


class SampleCard(QPushButton):
    """A sample as a button: its damage, and how it looks before and after.

    The line between before and after follows the pointer.
    """

    def __init__(self, sample: Sample) -> None:
        super().__init__()
        self.sample = sample
        self.setObjectName("card")
        self.setFixedWidth(CARD.width() + 16)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(f"{sample.damage}: {sample.title}")
        about = tr("Left as it came, right as Restorer made it.")
        self.setToolTip(f"{about}\n{sample.title}\n{sample.credit}\n{sample.licence}")
        self.picture = BeforeAfter()
        title = label(sample.damage)
        title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        in_column(self.picture, title, on=self, margins=8, spacing=8)
        self.setFixedHeight(CARD.height() + title.sizeHint().height() + 24)

    def load(self) -> None:
        if self.sample.card is not None:
            self.picture.load(self.sample.card)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.picture.move_line((event.position().x() - self.picture.x()) / CARD.width())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.picture.move_line(0.5)


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
        self.cards = [SampleCard(sample) for sample in list_samples() if sample.card]
        self._columns = 0
        self._recent = in_column()
        self._recent_title = label(tr("RECENT"), "section")

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
        """Use the available width, and put as many cards in a row as fit."""
        super().resizeEvent(event)
        room = self.viewport().width() - 2 * _MARGIN
        for part in (self.zone, self.left):
            part.setFixedWidth(max(1, min(_WIDTH, room)))
        self._fit_left()
        fitting = max(1, min(len(self.cards), room // (CARD.width() + 16)))
        columns = -(-len(self.cards) // -(-len(self.cards) // fitting))  # rows of the same length
        if columns != self._columns:
            self._columns = columns
            for place, card in enumerate(self.cards):
                self._grid.addWidget(card, *divmod(place, columns), Qt.AlignmentFlag.AlignTop)

    def load_cards(self) -> None:
        """Load the thumbnails one by one, after the window is shown."""
        if self._waiting:
            self._waiting.pop(0).load()
            QTimer.singleShot(0, self.load_cards)

    def refresh_recent(self) -> None:
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
        title = label(tr("Drop a picture here"), "title")
        hint = tr("or several, or paste one with Ctrl+V. Pictures stay on this computer.")
        about = label(hint, "caption", wrapped=True)
        about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_button = button(tr("Open a picture…"), self.open_requested)
        held = tr(
            "Faces are not invented: the network knows none, and an area that you protect "
            "(Shift+R) keeps every bit."
        )
        promise = label(held, "quiet", wrapped=True)
        promise.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        course = button(tr("How does it work? Take the course"), self.course_wanted)
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
        """Offer to recover the session of a crash; "" for none."""
        self._left_text.setText(sentence)
        self.left.setVisible(bool(sentence))
        self._fit_left()

    def take_focus(self) -> None:
        """Enter does what is wanted most: open again what a crash has left, or a picture."""
        (self._again if self._left_text.text() else self.open_button).setFocus()

    def _fit_left(self) -> None:
        """Set the height for its wrapped text: the column would squeeze a centred widget."""
        self.left.ensurePolished()
        lines = self._left_lines.heightForWidth(self.left.width())
        self.left.setMinimumHeight(max(0, lines))  # -1 before it is laid out

    def _make_left(self) -> QWidget:
        self.left = QFrame()
        self._left_text = label(wrapped=True)
        self._left_text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._again = button(tr("Open again"), self.recover_wanted)
        forget = button(tr("Forget"), self.forget_wanted, tr("Your files stay as they are."))
        line = in_row(SPACE, self._again, forget, SPACE, spacing=8)
        self._left_lines = in_column(self._left_text, line, 16, on=self.left, spacing=8)
        self.left.hide()
        return self.left

    def _make_samples(self) -> QVBoxLayout:
        for card in self.cards:
            card.clicked.connect(self._on_card)
        self._grid = QGridLayout()
        self._grid.setSpacing(0)
        line = in_row(SPACE, self._grid, SPACE)
        title = label(tr("OR TRY ONE OF THESE"), "section")
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
    """The folder of a file, with ~ for the home folder."""
    parent, home = path.parent, Path.home()
    return f"~/{parent.relative_to(home)}" if parent.is_relative_to(home) else str(parent)
