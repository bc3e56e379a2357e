"""The row of transport buttons with the readout beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from restorer.ui.timeline.colors import TimelineColors
from restorer.ui.timeline.icons import Glyph, paint_glyph
from restorer.ui.timeline.readout import Readout
from restorer.ui.widgets.layouts import in_row, wide


class TransportButton(QAbstractButton):
    """A flat button with one of our icons. Its key works on the axis, so Tab passes it by."""

    def __init__(self, glyph: Glyph, colors: TimelineColors, parent: QWidget) -> None:
        super().__init__(parent)
        self.glyph = glyph
        self.colors = colors
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(28, 28)

    def describe(self, glyph: Glyph, name: str, key: str) -> None:
        """Icon, name for tooltip and screen reader, and the key that does the same."""
        self.glyph = glyph
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({key})" if key else name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(28, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        live = self.isEnabled()
        if live and (self.underMouse() or self.isChecked()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.colors["line" if self.isDown() else "hover"])
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        bright = self.underMouse() or self.isChecked() or self.glyph in (Glyph.PLAY, Glyph.PAUSE)
        color = self.colors[("text" if bright else "dim") if live else "line"]
        paint_glyph(painter, self.glyph, QPointF(self.rect().center()) + QPointF(0.5, 0.5), color)


class Transport(QWidget):
    """First, back, play, forward, last, loop, and what is on view in numbers."""

    #: The pointer has come in from the axis.
    entered = Signal()

    def __init__(self, colors: TimelineColors, parent: QWidget) -> None:
        super().__init__(parent)
        self.first, self.back, self.play, self.forward, self.last, self.loop = self._buttons = [
            TransportButton(glyph, colors, self)
            for glyph in (
                Glyph.FIRST,
                Glyph.BACK,
                Glyph.PLAY,
                Glyph.FORWARD,
                Glyph.LAST,
                Glyph.LOOP,
            )
        ]
        self.first.describe(Glyph.FIRST, "First step", "Home")
        self.back.describe(Glyph.BACK, "Step back", "Left")
        self.forward.describe(Glyph.FORWARD, "Step forward", "Right")
        self.last.describe(Glyph.LAST, "Last step", "End")
        self.loop.describe(Glyph.LOOP, "Play in a loop", "")
        self.loop.setCheckable(True)
        for button in (self.back, self.forward):
            button.setAutoRepeat(True)
        self.readout = Readout(colors, self)
        in_row(*self._buttons, 16, wide(self.readout), on=self)
        self.show_playing(False)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.entered.emit()

    def show_playing(self, playing: bool) -> None:
        glyph, name = (Glyph.PAUSE, "Pause") if playing else (Glyph.PLAY, "Play")
        self.play.describe(glyph, name, "Space")

    def set_live(self, live: bool) -> None:
        for button in self._buttons:
            button.setEnabled(live)

    def set_colors(self, colors: TimelineColors) -> None:
        for button in self._buttons:
            button.colors = colors
        self.readout.colors = colors
        self.update()
