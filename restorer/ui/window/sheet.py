"""A page of text to read beside the picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QWidget

from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, Part, Placed, in_column
from restorer.ui.widgets.screen import fit_on_screen, scroll_area
from restorer.words import tr

_WIDTH = 480


class Sheet(QDialog):
    """Sections with a title and paragraphs; it scrolls on a low screen."""

    def __init__(self, parent: QWidget, title: str, sections: Sequence[Sequence[str]]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        body, parts = QWidget(), list[Part]()
        for heading, *texts in sections:
            parts.append(label(tr(heading), "section"))
            for text in texts:
                words = label(tr(text), wrapped=True)
                words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                parts.append(words)
            parts.append(12)
        close = button(tr("Close"), self.reject)
        parts += [Placed(close, alignment=Qt.AlignmentFlag.AlignRight), SPACE]
        page = in_column(*parts, on=body, margins=(24, 24, 24, 16), spacing=8)
        in_column(scroll_area(body), on=self)
        size = QSize(_WIDTH, page.totalHeightForWidth(_WIDTH))
        fit_on_screen(self, size, QSize(min(_WIDTH, 360), min(size.height(), 320)))
