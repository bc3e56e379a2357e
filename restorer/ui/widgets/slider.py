"""Fields that ignore the wheel while a person scrolls past; a slider with name and value."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QMouseEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from restorer.ui.widgets.accessible import ValueAccessible, install_accessible
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.scale import Scale
from restorer.words import number as written
from restorer.words import tr


class CalmSlider(QSlider):
    """Ignores the wheel without focus; a double-click emits `reset`.

    Attributes:
        scale: maps its positions to values.
        words: its value in words; "" for the bare number.
    """

    reset = Signal()

    def __init__(self, name: str = "", low: int = 0, high: int = 99, hint: str = "") -> None:
        super().__init__(Qt.Orientation.Horizontal)
        install_accessible("CalmSlider", SliderAccessible)
        self.setAccessibleName(name)
        self.setToolTip(hint)
        self.setRange(low, high)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scale: Scale | None = None
        self.words = ""
        self.accessible: SliderAccessible | None = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()


class SliderAccessible(ValueAccessible):
    """A slider for screen readers: its value, not its position, and in words."""

    def __init__(self, slider: CalmSlider) -> None:
        super().__init__(slider, slider.accessibleName())
        self._slider = slider

    @property
    def _scale(self) -> Scale:
        low, high = self._slider.minimum(), self._slider.maximum()
        return self._slider.scale or Scale(low, high, max(1, high - low))

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Name:
            return self._slider.accessibleName()
        if kind == QAccessible.Text.Value:
            words = self._slider.words or written(self.currentValue(), "g")
            number = re.fullmatch("[0-9.,]+", words)
            return (
                tr("{n} of {all:g}").format(n=words, all=self.maximumValue()) if number else words
            )
        return super().text(kind)

    def currentValue(self) -> float:
        return self._scale.value(self._slider.value() - self._slider.minimum())

    def setCurrentValue(self, value: object) -> None:
        self._slider.setValue(self._slider.minimum() + self._scale.place(float(str(value))))

    def minimumValue(self) -> float:
        return min(self._scale.low, self._scale.high)

    def maximumValue(self) -> float:
        return max(self._scale.low, self._scale.high)

    def minimumStepSize(self) -> float:
        return abs(self._scale.high - self._scale.low) / self._scale.steps


class CalmSpinBox(QSpinBox):
    """Ignores the wheel without focus, and waits until a number is typed completely."""

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
    """Ignores the wheel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as Qt does, but elide a long text with "…"."""
        control = QStyle.ComplexControl.CC_ComboBox
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(control, option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, field, self).width() - 4
        cut = Qt.TextElideMode.ElideRight
        whole = option.currentText
        option.currentText = self.fontMetrics().elidedText(whole, cut, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class ValueSlider(QWidget):
    """A slider with its name and its value in words, or with a word at either end."""

    moved = Signal(int)  # by a person, while dragging or by keys
    released = Signal()
    reset = Signal()

    def __init__(self, name: str, maximum: int, ends: tuple[str, str] | None = None) -> None:
        """With `ends`, the name stands between the words of both ends, and there is no value."""
        super().__init__()
        self.value_label = label(kind="value")
        self.slider = CalmSlider(name, 0, maximum)
        self.slider.setPageStep(max(1, maximum // 10))
        self.slider.setSingleStep(max(1, maximum // 100))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setVerticalSpacing(4)
        right = Qt.AlignmentFlag.AlignRight
        if ends:
            grid.addWidget(label(ends[0], "caption"), 0, 0)
            grid.addWidget(label(name, "quiet"), 0, 1, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(label(ends[1], "caption"), 0, 2, right)
            for column in (0, 2):  # of equal width, so that the name is in the middle
                grid.setColumnStretch(column, 1)
        else:
            grid.addWidget(label(name, "caption"), 0, 0)
            grid.addWidget(self.value_label, 0, 2, right)
        grid.addWidget(self.slider, 1, 0, 1, 3)
        self.slider.valueChanged.connect(self._on_value)
        self.slider.sliderReleased.connect(self.released)
        self.slider.reset.connect(self.reset)
        self._setting = False

    def set_value(self, value: int, words: str) -> None:
        """Show a value without emitting it. A handle that a person holds stays."""
        if not self.slider.isSliderDown():
            self._setting = True
            self.slider.setValue(value)
            self._setting = False
        self.value_label.setText(words)
        self.slider.words = words

    @Slot(int)
    def _on_value(self, value: int) -> None:
        if not self._setting:
            self.moved.emit(value)


class ParagraphEdit(QPlainTextEdit):
    """A few lines of text; Tab leaves the field."""

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
