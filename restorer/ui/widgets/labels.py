"""Labels, and helpers for text on widgets."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from restorer.errors import RestorerError


def label(text: str = "", kind: str = "", wrapped: bool = False) -> QLabel:
    """A label of plain text in one of the types of the style sheet."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrapped)
    if kind:
        result.setProperty("type", kind)
    return result


def show_text(part: QLabel, text: str) -> None:
    """Show a text; "" hides the label."""
    part.setText(text)
    part.setVisible(bool(text))


def to_the_letter(text: str) -> str:
    """Escape a tooltip: Qt would take a file name such as `<b>.png` for rich text."""
    if not {"<", "&"} & set(text):
        return text
    return f"<qt>{html.escape(text, quote=False)}</qt>".replace("\n", "<br>")


def no_key(text: str) -> str:
    """Escape the text of a button, where `&` would underline the next letter."""
    return text.replace("&", "&&")


class Problem(QLabel):
    """An error message; hidden while there is no error."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("problem")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def show_error(self, error: RestorerError | None) -> None:
        """Show an error, with its detail as a tooltip; None hides the label."""
        self.setText(error.sentence if error else "")
        self.setToolTip(to_the_letter(error.detail) if error else "")
        self.setVisible(error is not None)


class Line(QLabel):
    """A line that is elided where it does not fit, with the whole text as a tooltip.

    Screen readers read all of it; of superqt's QElidingLabel they read only the elided text.
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
    """Apply the style sheet again after a property has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
