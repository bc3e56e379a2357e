"""Labels, and what text on a widget needs."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def label(text: str = "", kind: str = "", wrapped: bool = False) -> QLabel:
    """A label in one of the kinds of type of the style sheet; it shows every text to the letter."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrapped)
    if kind:
        result.setProperty("type", kind)
    return result


def to_the_letter(text: str) -> str:
    """For a tooltip: Qt would take the name of a file such as `<b>.png` for a page of its own."""
    if not {"<", "&"} & set(text):
        return text
    return f"<qt>{html.escape(text, quote=False)}</qt>".replace("\n", "<br>")


def no_key(text: str) -> str:
    """For a button: there `&` would underline the letter after it."""
    return text.replace("&", "&&")


def problem() -> QLabel:
    """A label for what went wrong."""
    result = label(wrapped=True)
    result.setObjectName("problem")
    return result


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
