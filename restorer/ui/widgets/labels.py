"""Labels, and what text on a widget needs."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from restorer.errors import RestorerError


def label(text: str = "", kind: str = "", wrapped: bool = False) -> QLabel:
    """A label in one of the kinds of type of the style sheet; it shows every text to the letter."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrapped)
    if kind:
        result.setProperty("type", kind)
    return result


def say(part: QLabel, text: str) -> None:
    """Show a text; without one the label is hidden."""
    part.setText(text)
    part.setVisible(bool(text))


def to_the_letter(text: str) -> str:
    """For a tooltip: Qt would take the name of a file such as `<b>.png` for a page of its own."""
    if not {"<", "&"} & set(text):
        return text
    return f"<qt>{html.escape(text, quote=False)}</qt>".replace("\n", "<br>")


def no_key(text: str) -> str:
    """For a button: there `&` would underline the letter after it."""
    return text.replace("&", "&&")


class Problem(QLabel):
    """What went wrong; hidden while nothing has."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("problem")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def show_error(self, error: RestorerError | None) -> None:
        """One sentence, the detail when pointed at; None takes it away."""
        self.setText(error.sentence if error else "")
        self.setToolTip(to_the_letter(error.detail) if error else "")
        self.setVisible(error is not None)


class Line(QLabel):
    """A line that is cut where it does not fit, and whole when pointed at.

    Screen readers read all of it; of superqt's QElidingLabel they read what is left.
    """

    def __init__(self, alignment: Qt.AlignmentFlag, cut: Qt.TextElideMode) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._cut = cut
        self.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(to_the_letter(text))

    def paintEvent(self, _: object) -> None:
        rect = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._cut, rect.width())
        self.style().drawItemText(
            QPainter(self),
            rect,
            self.alignment(),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )


def restyle(widget: QWidget) -> None:
    """Make the style sheet look at a changed property again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
