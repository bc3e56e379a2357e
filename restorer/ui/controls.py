"""Small widgets that the panel and the bars are made of."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restorer.ui.icons import icon
from restorer.ui.theme import Theme


def label(text: str = "", kind: str = "", parent: QWidget | None = None) -> QLabel:
    """A label in one of the kinds of type of the style sheet; it shows every text to the letter."""
    result = QLabel(text, parent)
    result.setTextFormat(Qt.TextFormat.PlainText)
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


class Line(QLabel):
    """A line that is cut where it does not fit, and whole when pointed at."""

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


def tight_column(parent: QWidget) -> QVBoxLayout:
    """One thing under the other, edge to edge."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


class CalmSlider(QSlider):
    """Does not move when a person scrolls past it; a double-click asks for the default."""

    reset = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()


class CalmSpinBox(QSpinBox):
    """Does not change when a person scrolls past it, and waits until a number is typed."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(6, 0, 6, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmComboBox(QComboBox):
    """Does not change when a person scrolls past it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ValueSlider(QWidget):
    """A slider with its name, its value in words, and a word at either end."""

    moved = Signal(int)  # by a person, while dragging or by keys
    released = Signal()
    reset = Signal()

    def __init__(self, name: str, maximum: int, ends: tuple[str, str] | None = None) -> None:
        """With `ends`, the words at the two ends stand in place of name and value."""
        super().__init__()
        self.value_label = label(kind="value")
        self.slider = CalmSlider()
        self.slider.setRange(0, maximum)
        self.slider.setPageStep(max(1, maximum // 10))
        self.slider.setSingleStep(max(1, maximum // 100))
        self.slider.setAccessibleName(name)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        right = Qt.AlignmentFlag.AlignRight
        if ends:
            grid.addWidget(label(ends[0], "caption"), 0, 0)
            grid.addWidget(label(ends[1], "caption"), 0, 1, right)
        else:
            grid.addWidget(label(name, "caption"), 0, 0)
            grid.addWidget(self.value_label, 0, 1, right)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.valueChanged.connect(self._on_value)
        self.slider.sliderReleased.connect(self.released)
        self.slider.reset.connect(self.reset)
        self._setting = False

    def set_value(self, value: int, words: str) -> None:
        """Show a value; nothing is emitted."""
        self._setting = True
        self.slider.setValue(value)
        self._setting = False
        self.value_label.setText(words)
        self.slider.setAccessibleDescription(words)

    @Slot(int)
    def _on_value(self, value: int) -> None:
        if not self._setting:
            self.moved.emit(value)


class Segmented(QFrame):
    """A few choices of which one holds, as joined buttons."""

    chosen = Signal(object)

    def __init__(self, choices: Sequence[tuple[object, str, str, str]]) -> None:
        """`choices`: value, text, name of an icon or "", what it means."""
        super().__init__()
        self.setObjectName("segmented")
        self.setFixedHeight(24)
        self._group = QButtonGroup(self)
        self._values = [choice[0] for choice in choices]
        self._icons = [choice[2] for choice in choices]
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for index, (_, text, icon_name, hint) in enumerate(choices):
            button = QToolButton()
            button.setProperty("segment", True)
            button.setCheckable(True)
            button.setToolTip(hint)
            button.setAccessibleName(hint.split(" (")[0])
            button.setFixedHeight(20)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if icon_name:
                button.setIconSize(QSize(16, 16))
            else:
                button.setText(text)
            self._group.addButton(button, index)
            row.addWidget(button)
        self._group.idClicked.connect(self._on_clicked)

    def choose(self, value: object) -> None:
        """Show a choice; nothing is emitted."""
        self._group.button(self._values.index(value)).setChecked(True)

    def set_theme(self, theme: Theme) -> None:
        for button, name in zip(self._group.buttons(), self._icons, strict=True):
            if name:
                button.setIcon(icon(name, theme.text, theme.faint))

    @Slot(int)
    def _on_clicked(self, index: int) -> None:
        self.chosen.emit(self._values[index])


class Fold(QWidget):
    """A heading that shows and hides what is under it."""

    opened = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self._button = QPushButton(title)
        self._button.setObjectName("fold")
        self._button.setCheckable(True)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button.toggled.connect(self._on_toggled)
        self.body = QWidget()
        self.body.setVisible(False)
        self._theme: Theme | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._button)
        column.addWidget(self.body)

    def set_open(self, shown: bool) -> None:
        self._button.setChecked(shown)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._on_toggled(self._button.isChecked())

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        self.body.setVisible(shown)
        if shown:
            self.opened.emit()
        if self._theme is not None:
            name = "down" if shown else "right"
            self._button.setIcon(icon(name, self._theme.dim, self._theme.faint))
