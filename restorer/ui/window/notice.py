"""A sentence that answers what a person just did; it is no error and goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

#: Time to read it, in ms: some for every letter, and some to find it.
LEAST_MS, LETTER_MS = 3000, 60
BAR_HEIGHT = 32


class Notice(QLabel):
    """Lies at the foot of a room, over the bar under the picture; a click puts it away."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room.parentWidget())
        self.setObjectName("notice")
        self.setTextFormat(Qt.TextFormat.PlainText)  # of names of files too
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._room = room
        room.installEventFilter(self)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence for as long as it takes to read it."""
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
        """As high as the bar; more lines reach below it, so that the picture is never covered."""
        room = self._room.geometry()
        height = max(BAR_HEIGHT, self.heightForWidth(room.width()))
        self.setGeometry(room.left(), room.bottom() + 1 - BAR_HEIGHT, room.width(), height)
