"""One page of the course on the screen: it explains, asks, then shows."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from restorer.imaging.geometry import thumbnail
from restorer.ui.course.page import Figure, Finding, Myth, Page
from restorer.ui.course.page_actions import Explain, ExplainRun
from restorer.ui.course.page_context import PageContext
from restorer.ui.course.questions import AskField, verdict
from restorer.ui.widgets.buttons import button, progress_bar
from restorer.ui.widgets.labels import label, show_text
from restorer.ui.widgets.layouts import SPACE, in_column, in_row
from restorer.ui.widgets.qimage import to_qimage
from restorer.words import tr

_FIGURES = 3  # in a row
_FIGURE = 108  # longest side of one, in pixels


class PageView(QWidget):
    """Explains, asks, and shows the result once a person has predicted it."""

    revealing = Signal()  # the question takes no more answers
    shown = Signal(str)  # name of the page that has shown its result

    def __init__(self, page: Page, context: PageContext) -> None:
        super().__init__()
        self.page, self._context = page, context
        self.found: Finding | None = None
        self.ask = AskField(page.ask, context)
        self.show_button = button(tr("Show me"), self.reveal, main=1)
        self.show_button.setEnabled(False)
        self.ask.changed.connect(self._answered)
        self.waiting = progress_bar()
        self.waiting.hide()
        self.verdict, self.told = (label("", "value", wrapped=True) for _ in range(2))
        self.numbers = _selectable(label("", "equation", wrapped=True))
        self.whose = label("", "quiet", wrapped=True)
        self._boxed = _boxed(self.numbers, self.whose)
        self.large = button(tr("Show them large"), self._hang)
        self.large.setCheckable(True)
        context.wall.put_away.connect(self._taken_down)
        self._below = in_column(spacing=10)
        in_column(*self._parts(), SPACE, on=self, margins=(16, 12, 16, 12), spacing=10)
        for part in (self.verdict, self.told, self._boxed):
            part.hide()
        context.stepped.connect(self._on_stepped)
        context.changed.connect(self._answered)
        context.changed.connect(self._pointed)
        context.gave_up.connect(self._ask_again)

    def begin(self) -> None:
        """Start the page once it is open."""
        if self._context.ready:
            self.page.act.begin(self._context)

    @Slot()
    def reveal(self) -> None:
        """Do what the page is about, and show the result."""
        guess = self.ask.guess
        if guess is None or not self._context.ready or self.waiting.isVisible():
            return
        self.revealing.emit()
        self.ask.close_answer()
        self.show_button.setEnabled(False)
        self.waiting.setRange(0, 0)
        self.waiting.show()
        self.page.act.reveal(self._context, guess, self._show)

    def _parts(self) -> list[QWidget]:
        page = self.page
        title = label(tr(page.title), "title", wrapped=True)
        told = [_selectable(label(_kept(tr(text)), wrapped=True)) for text in page.told]
        parts: list[QWidget] = [title, *told]
        if page.equation:
            parts.append(_boxed(_selectable(label(tr(page.equation), "equation", wrapped=True))))
        if page.tool is not None:
            parts.append(button(tr(page.tool.text), partial(self._use_tool, page.tool.run)))
        asking = QFrame()
        asking.setObjectName("ask")
        heading = label(tr("BEFORE YOU LOOK"), "section")
        row = in_row(SPACE, self.show_button)
        in_column(heading, self.ask, row, self.waiting, on=asking, margins=12, spacing=8)
        below = QWidget()
        below.setLayout(self._below)
        return [*parts, asking, self.verdict, self.told, self._boxed, below]

    def _use_tool(self, run: object) -> None:
        if self._context.ready and callable(run):
            run(self._context)

    @Slot()
    def _answered(self) -> None:
        ready = self.ask.guess is not None and self._context.ready and self.found is None
        self.show_button.setEnabled(ready and self.ask.isEnabled())

    @Slot(int, int)
    def _on_stepped(self, made: int, of: int) -> None:
        self.waiting.setRange(0, of)
        self.waiting.setValue(made)

    @Slot()
    def _ask_again(self) -> None:
        """Let a person try again after the result failed to come."""
        if self.found is None:
            self.waiting.hide()
            self.ask.setEnabled(True)
            self._answered()

    def _show(self, found: Finding) -> None:
        self.found = found
        self.waiting.hide()
        guess = self.ask.guess
        assert guess is not None
        _say(self.verdict, verdict(self.page.ask, guess, found))
        self._tell(found)
        self.show_button.hide()
        if found.figures:
            self._below.addLayout(_figures(found.figures))
        if found.piece:
            self._below.addWidget(self.large)
            self.large.click()
        if found.lines is not None:
            self._below.addWidget(_curves(found))
        if self.page.myth is not None:
            self._below.addWidget(_myth(self.page.myth))
        self.shown.emit(self.page.name)

    @Slot()
    def _hang(self) -> None:
        """Show or hide the figures over the canvas."""
        if self.found is not None and self.large.isChecked():
            self._context.wall.show_figures(self.found.piece, self.found.figures)
        else:
            self._context.wall.hide()

    @Slot()
    def _taken_down(self) -> None:
        self.large.setChecked(False)

    def _tell(self, found: Finding) -> None:
        """Show the result in words and numbers."""
        self.found = found
        _say(self.told, found.told)
        self.numbers.setText(_signed(found.equation))
        self._boxed.setVisible(bool(found.equation))
        self.whose.setVisible(found.pixel is not None)
        if found.pixel is not None:
            about = tr("Of the pixel at x {0}, y {1}. Click on the picture for another.")
            self.whose.setText(about.format(*found.pixel))

    @Slot()
    def _pointed(self) -> None:
        """Show the numbers of the pixel that was clicked."""
        found, act, guess = self.found, self.page.act, self.ask.guess
        if found is None or found.pixel in (None, self._context.pixel) or guess is None:
            return
        if isinstance(act, Explain | ExplainRun) and self._context.ready:
            act.again(self._context, guess, self._tell)


def _figures(figures: tuple[Figure, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setSpacing(8)
    for place, figure in enumerate(figures):
        grid.addLayout(_figure(figure), *divmod(place, _FIGURES), Qt.AlignmentFlag.AlignTop)
    for column in range(_FIGURES):
        grid.setColumnStretch(column, 1)
    return grid


def _figure(figure: Figure) -> QVBoxLayout:
    small = thumbnail(np.clip(figure.pixels, 0, 1).astype(np.float32), _FIGURE)
    image = QLabel()
    image.setPixmap(QPixmap.fromImage(to_qimage(small)))
    image.setAccessibleName(figure.caption.replace("\n", ", "))
    caption = label(figure.caption, "quiet", wrapped=True)
    return in_column(image, caption, SPACE, spacing=2)


def _curves(found: Finding) -> QWidget:
    from restorer.ui.widgets.curves import COLOURS, Curves  # pyqtgraph comes with it

    assert found.lines is not None
    curves = Curves(found.lines.title, found.lines.across)
    names = [tr(name) for name, _, _ in found.lines.lines]
    curves.add_lines(COLOURS[: len(names)], ())
    colours = tr("red"), tr("green"), tr("blue"), tr("gold")
    legend = ", ".join(f"{c}: {n}" for c, n in zip(colours, names, strict=False))
    curves.show_lines([(x, y) for _, x, y in found.lines.lines], legend)
    return curves


def _myth(myth: Myth) -> QFrame:
    said = label(tr("OFTEN SAID"), "section")
    words = label(tr("“{0}”").format(tr(myth.said)), wrapped=True)
    truth = label(tr(myth.truth), wrapped=True)
    frame = QFrame()
    frame.setObjectName("ask")
    in_column(said, words, truth, on=frame, margins=12, spacing=6)
    return frame


def _boxed(*parts: QWidget) -> QFrame:
    frame = QFrame()
    frame.setObjectName("equation")
    in_column(*parts, on=frame, margins=(12, 8, 12, 8), spacing=4)
    return frame


def _selectable(part: QLabel) -> QLabel:
    part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return part


def _signed(equation: str) -> str:
    """Write negative numbers with the minus sign of the formulas."""
    return re.sub(r"-(?=[0-9])", "−", equation)


def _kept(text: str) -> str:
    """Keep units with their numbers, and names in one piece."""
    kept = re.sub(r"(?<=[0-9]) (?=%|dB|s\b|ms\b)", "\N{NO-BREAK SPACE}", text)
    return kept.replace("++", "+\N{WORD JOINER}+")


def _say(part: QLabel, text: str) -> None:
    show_text(part, _kept(_signed(text)))
