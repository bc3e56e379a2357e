"""The thin bars: what is on view, what is going on, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QWidget

from restorer.document import Document
from restorer.engine.views import VIEWS
from restorer.errors import RestorerError
from restorer.ui.actions import translated
from restorer.ui.canvas import CompareMode
from restorer.ui.text import status
from restorer.ui.widgets.icons import icon, icon_pixmap
from restorer.ui.widgets.labels import Line, label
from restorer.ui.widgets.segmented import Segmented
from restorer.ui.widgets.theme import Theme

if TYPE_CHECKING:  # scipy comes with it
    from restorer.engine.spread import Spread

VIEWBAR_HEIGHT = 32
STATUS_HEIGHT = 28
_MARGIN = 16


class ViewBar(QFrame):
    """Under the canvas: zoom and colour on the left, what is shown and how on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewbar")
        self.setFixedHeight(VIEWBAR_HEIGHT)
        self._spread: Spread | None = None
        self._zoom = label()
        self._zoom.setMinimumWidth(48)
        self._cursor = label()
        self._cursor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.view = Segmented(
            [
                (view, translated(view.title), "", f"{translated(view.hint)} ({view.key})")
                for view in VIEWS
            ]
        )
        self.compare = Segmented(
            [
                (CompareMode.SINGLE, "", "single", self.tr("One picture (A)")),
                (CompareMode.WIPE, "", "wipe", self.tr("Wipe between after and before (W)")),
                (CompareMode.SIDE_BY_SIDE, "", "side-by-side", self.tr("Side by side (S)")),
                (CompareMode.DIFFERENCE, "", "difference", self.tr("Difference (D)")),
            ]
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(16)
        row.addWidget(self._zoom)
        row.addWidget(self._cursor, 1)
        row.addWidget(self.view)
        row.addWidget(self.compare)

    def set_theme(self, theme: Theme) -> None:
        self.view.set_theme(theme)
        self.compare.set_theme(theme)

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom * 100:.0f} %")

    def set_spread(self, spread: Spread | None) -> None:
        """Tell the doubt at the cursor instead of the colour."""
        self._spread = spread

    @Slot(int, int, object)
    def show_cursor(self, x: int, y: int, value: tuple[int, int, int] | None) -> None:
        if value is None:
            self._cursor.setText("")
        elif self._spread is not None:
            self._cursor.setText(f"x {x}  y {y}     ± {2 * self._spread.at(x, y):.0f}")
        else:
            red, green, blue = value
            self._cursor.setText(f"x {x}  y {y}     R {red}  G {green}  B {blue}")


class StatusBar(QFrame):
    """The lowest line: device and model, and what is going on."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setFixedHeight(STATUS_HEIGHT)
        self._document = document
        self.model = label()
        self.training = label()
        self.elsewhere = label()
        self.elsewhere.setObjectName("elsewhere")
        self.text = Line(Qt.AlignmentFlag.AlignRight, Qt.TextElideMode.ElideRight)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(128)
        self.bar.setAccessibleName(self.tr("Progress"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self.model)
        row.addWidget(self.text, 1)
        row.addWidget(self.bar)
        row.addWidget(self.elsewhere)
        row.addWidget(self.training)
        for changed in (
            document.current_changed,
            document.estimate_changed,
            document.status_changed,
            document.progress_changed,
            document.model_changed,
            document.pictures_changed,
            document.shown_changed,
            document.doubts.changed,
        ):
            changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        self.model.setText(status.model(self._document))
        self.text.setText(status.status(self._document))
        self.elsewhere.setText(status.elsewhere(self._document))
        self.elsewhere.setVisible(bool(self.elsewhere.text()))
        entry, now = self._document.current, self._document.progress
        running = entry is not None and entry.status.running
        doubts = self._document.doubts
        if not running and entry is not None and doubts.ahead(entry.run) == 0:
            running, now = True, doubts.progress
        self.bar.setVisible(running)
        fraction = (now.step + now.tile / now.tiles) / now.steps if now and running else 0.0
        self.bar.setValue(round(fraction * 1000))

    @Slot(str)
    def show_training(self, words: str) -> None:
        """How a training goes that runs beside all this; "" if none does."""
        self.training.setText(words)


class ErrorBar(QFrame):
    """Floats over the top of a room: one sentence, the rest one click away.

    Nothing moves when it comes or goes, least of all the picture.
    """

    dismissed = Signal()
    part_wanted = Signal()  # open what can be read of a file that ends early

    def __init__(self, room: QWidget) -> None:
        super().__init__(room)
        self.setObjectName("errorbar")
        self._room = room
        room.installEventFilter(self)
        self._sign = label()
        self.text = label()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.part = QToolButton()
        self.part.setObjectName("errorAction")
        self.part.setText(self.tr("Open what can be read"))
        self.part.clicked.connect(self.part_wanted)
        self._more = QToolButton()
        self._more.setText(self.tr("Details"))
        self._more.setCheckable(True)
        self._more.toggled.connect(self._on_more)
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._sign)
        row.addWidget(self.text, 1)
        row.addWidget(self.part)
        row.addWidget(self._more)
        row.addWidget(self._close)
        self._errors: list[RestorerError] = []
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._sign.setPixmap(icon_pixmap("warning", theme.on_error, scale=self.devicePixelRatioF()))
        self._close.setIcon(icon("close", theme.on_error, theme.faint))

    def set_errors(self, errors: list[RestorerError], part: bool = False) -> None:
        """Show the newest; none hides the bar. `part`: some of the files can be read in part."""
        self._errors = list(errors)
        self.part.setVisible(part)
        self._more.setChecked(False)
        self._on_more(False)
        self.setVisible(bool(errors))
        self._place()

    def eventFilter(self, room: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(room, event)

    def _place(self) -> None:
        """At the top of the room, as high as the words need."""
        width = self._room.width() - 2 * _MARGIN
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry(_MARGIN, _MARGIN, width, height)
        self.raise_()

    @Slot(bool)
    def _on_more(self, more: bool) -> None:
        if not self._errors:
            return
        newest = self._errors[-1]
        others = len(self._errors) - 1
        self._more.setVisible(bool(newest.detail) or others > 0)
        if more:
            lines = [f"{e.sentence}  {e.detail}".rstrip() for e in reversed(self._errors)]
            self.text.setText("\n".join(lines))
        elif others:
            self.text.setText(self.tr("{0}  (and {1} more)").format(newest.sentence, others))
        else:
            self.text.setText(newest.sentence)
        self._place()
