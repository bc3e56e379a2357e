"""The row of transport buttons, with the readout beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPalette
from PySide6.QtWidgets import QWidget

from restorer.ui.timeline.readout import Readout
from restorer.ui.widgets.buttons import icon_button, show_sign
from restorer.ui.widgets.layouts import in_row, wide
from restorer.ui.widgets.theme import Theme
from restorer.words import tr

_QUIET = QPalette.ColorRole.Mid


class Transport(QWidget):
    """First, back, play, forward, last, loop, and the readout."""

    #: The pointer entered from the axis.
    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.first = icon_button("first", tr("First step (Home)"), _QUIET)
        self.back = icon_button("back", tr("Step back (Left)"), _QUIET)
        self.play = icon_button("play", tr("Play (Space)"))
        self.forward = icon_button("forward", tr("Step forward (Right)"), _QUIET)
        self.last = icon_button("last", tr("Last step (End)"), _QUIET)
        self.loop = icon_button("loop", tr("Play in a loop"), _QUIET)
        self.loop.setCheckable(True)
        for button in (self.back, self.forward):
            button.setAutoRepeat(True)
        self._buttons = self.first, self.back, self.play, self.forward, self.last, self.loop
        for button in self._buttons:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the axis handles their keys
            button.setFixedSize(28, 28)
            button.setIconSize(QSize(20, 20))
        self.readout = Readout(theme, self)
        in_row(*self._buttons, 16, wide(self.readout), on=self)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.entered.emit()

    def show_playing(self, playing: bool) -> None:
        show_sign(
            self.play,
            *(("pause", tr("Pause (Space)")) if playing else ("play", tr("Play (Space)"))),
        )

    def set_live(self, live: bool) -> None:
        for button in self._buttons:
            button.setEnabled(live)

    def set_theme(self, theme: Theme) -> None:
        self.readout.theme = theme
        self.update()
