"""Help: what of a result of a model with prompts not to believe, why, and what helps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from restorer.ui.widgets.labels import label

_WIDTH = 480


class DistrustSheet(QDialog):
    """A page to read beside the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What not to believe"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        for title, texts in self._sections():
            column.addWidget(label(title, "section"))
            for text in texts:
                words = label(text)
                words.setWordWrap(True)
                words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                column.addWidget(words)
            column.addSpacing(12)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        column.addWidget(close, alignment=Qt.AlignmentFlag.AlignRight)
        self.resize(_WIDTH, column.totalHeightForWidth(_WIDTH))

    def _sections(self) -> list[tuple[str, list[str]]]:
        why = self.tr(
            "A model with prompts draws what usually is there, not what was. Eight pixels are one "
            "place to it, so letters, fingers and small faces are finer than what it can carry "
            "over: it makes them up. It knows how hands and writing look, not how many fingers "
            "there are or what the words say. A face that looks right may be another person's."
        )
        where = self.tr(
            "Doubt (5) colours where the fine detail of the result is not the picture's, and "
            "frames where that is most. It does not know what is a hand, a face or writing: look "
            "there yourself, framed or not."
        )
        what = [
            self.tr("Say what is not wanted: extra fingers, deformed hands, text."),
            self.tr("With a ControlNet, let it be led by the picture itself or by its edges."),
            self.tr("Move the start towards clean: less is made anew."),
            self.tr(
                "Keep it away: fill only what a mask marks, or paint the strength down over faces "
                "and writing. What is left out stays to the last bit."
            ),
            self.tr(
                "For noise take the built-in prior: of its results Doubt says how far the truth "
                "may lie."
            ),
        ]
        titles = self.tr("WHY"), self.tr("WHERE"), self.tr("WHAT TO DO")
        return list(zip(titles, ([why], [where], what), strict=True))
