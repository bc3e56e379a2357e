"""Fields that do not change when a person scrolls past them; a slider with its name and value."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from restorer.ui.widgets.labels import label


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
        grid.setContentsMargins(0, 4, 0, 4)
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


class ParagraphEdit(QPlainTextEdit):
    """A few lines of words; Tab leaves it."""

    left = Signal()

    def __init__(self, lines: int, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self._lines = lines
        self._set_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_height()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def _set_height(self) -> None:
        frame = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        self.setFixedHeight(self._lines * self.fontMetrics().lineSpacing() + frame + 2)
