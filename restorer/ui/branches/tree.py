"""Runs that share steps, drawn as lines over the axis of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from restorer.ui.widgets.labels import no_key, to_the_letter
from restorer.words import tr

_MARGIN, _GAP, _DOT = 12, 16, 3.0
_LEAST, _MOST = 90, 520  # width of a name in pixels


@dataclass(frozen=True)
class Line:
    """One run.

    Attributes:
        name: what it is called, and how it differs.
        times: t of its steps, including those before it branched.
        after: the first step that is its own and not its trunk's.
        trunk: index of its trunk among the lines; None for the first.
        shown: the canvas shows it.
    """

    name: str
    times: tuple[float, ...]
    after: int = 0
    trunk: int | None = None
    shown: bool = False


class BranchTree(QWidget):
    """One row per run: a button with its name, which shows it, and its own steps as dots.

    Signals:
        chosen: index of a line.
        menu_wanted: index of a line, and a point on the screen.
    """

    chosen = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, xs: Callable[[Sequence[float]], list[float]]) -> None:
        """`xs` gives the positions of some t on the axis, in pixels."""
        super().__init__()
        self._xs = xs
        self._lines: tuple[Line, ...] = ()
        self.buttons: list[QToolButton] = []
        self.setObjectName("branchTree")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Branches"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Replace the lines."""
        if lines == self._lines:
            return
        self._lines = lines
        while len(self.buttons) > len(lines):
            gone = self.buttons.pop()
            gone.hide()
            gone.deleteLater()
        while len(self.buttons) < len(lines):
            self.buttons.append(self._button(len(self.buttons)))
        self._lay_out()
        self.updateGeometry()
        self.update()

    @property
    def row_height(self) -> int:
        return self.fontMetrics().height() + 8

    def sizeHint(self) -> QSize:
        return QSize(480, self.row_height * len(self._lines) + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, line in enumerate(self._lines):
            role = QPalette.ColorRole.Text if line.shown else QPalette.ColorRole.Mid
            color = self.palette().color(role)
            painter.setPen(QPen(color, 2.0 if line.shown else 1.0))
            xs, y = self._xs(line.times), self._middle(row)
            if not xs:
                continue
            begins = QPointF(xs[min(line.after, len(xs) - 1)], y)
            if line.trunk is not None:
                painter.drawLine(QPointF(begins.x(), self._middle(line.trunk)), begins)
            painter.drawLine(begins, QPointF(xs[-1], y))
            painter.setBrush(color)
            painter.setPen(Qt.PenStyle.NoPen)
            for x in xs[line.after :]:
                painter.drawEllipse(QPointF(x, y), _DOT, _DOT)
        painter.end()

    def _middle(self, row: int) -> float:
        return 2 + self.row_height * (row + 0.5)

    def _button(self, row: int) -> QToolButton:
        made = QToolButton(self)
        made.setCheckable(True)
        made.setAutoRaise(True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(partial(self._choose, row))
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(row, made.mapToGlobal(at))
        )
        made.show()
        return made

    def _choose(self, row: int) -> None:
        self.buttons[row].setChecked(self._lines[row].shown)  # the document decides, not the click
        self.chosen.emit(row)

    def _lay_out(self) -> None:
        """Put each name left of where its line begins, as far as there is room."""
        for row, (line, made) in enumerate(zip(self._lines, self.buttons, strict=True)):
            xs = self._xs(line.times)
            begins = xs[min(line.after, len(xs) - 1)] if xs else self.width()
            indent = _MARGIN + (0 if line.trunk is None else _GAP)
            room = max(_LEAST, min(_MOST, int(begins) - indent - _GAP))
            words = made.fontMetrics().elidedText(line.name, Qt.TextElideMode.ElideRight, room - 20)
            made.setText(no_key(words))
            made.setAccessibleName(line.name)
            made.setToolTip(to_the_letter(line.name))
            made.setChecked(line.shown)
            wide = made.fontMetrics().horizontalAdvance(words) + 20
            top = round(self._middle(row) - self.row_height / 2)
            made.setGeometry(indent, top, min(wide, room), self.row_height)
