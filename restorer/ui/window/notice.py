"""A short message about what a person just did; it is no error and disappears by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

#: How long to show it, in ms: a base time, and more for each letter.
LEAST_MS, LETTER_MS = 3000, 60
BAR_HEIGHT = 32


class Notice(QLabel):
    """Covers the bar under the picture; a click hides it."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room.parentWidget())
        self.setObjectName("notice")
        self.setTextFormat(Qt.TextFormat.PlainText)  # it may contain file names
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._room = room
        room.installEventFilter(self)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @Slot(str)
    def show_message(self, sentence: str) -> None:
        """Show a sentence for long enough to read it."""
        self.setText(sentence)
        self.setAccessibleName(sentence)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(LEAST_MS + LETTER_MS * len(sentence))

    def mousePressEvent(self, _: object) -> None:
        self.hide()

    def eventFilter(self, room: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(room, event)

    def _place(self) -> None:
        """Cover the bar; further lines extend below it, so that the picture stays visible."""
        room = self._room.geometry()
        height = max(BAR_HEIGHT, self.heightForWidth(room.width()))
        self.setGeometry(room.left(), room.bottom() + 1 - BAR_HEIGHT, room.width(), height)
