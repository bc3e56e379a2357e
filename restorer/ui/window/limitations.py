"""Help: what a model with prompts makes up, why, and what helps."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QWidget

from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, Part, Placed, in_column
from restorer.ui.widgets.screen import fit_on_screen, scrolling

_WIDTH = 480


class LimitationsSheet(QDialog):
    """A page to read beside the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Limitations"))
        body, parts = QWidget(), list[Part]()
        for title, texts in self._sections():
            parts.append(label(title, "section"))
            for text in texts:
                words = label(text, wrapped=True)
                words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                parts.append(words)
            parts.append(12)
        close = button(self.tr("Close"), self.reject)
        parts += [Placed(close, alignment=Qt.AlignmentFlag.AlignRight), SPACE]
        page = in_column(*parts, on=body, margins=(24, 24, 24, 16), spacing=8)
        in_column(scrolling(body), on=self)
        size = QSize(_WIDTH, page.totalHeightForWidth(_WIDTH))
        fit_on_screen(self, size, size)

    def _sections(self) -> list[tuple[str, list[str]]]:
        why = self.tr(
            "A model with prompts draws what is usually there, not what was there. Eight pixels "
            "are one place to it, so letters, fingers and small faces are finer than what it can "
            "keep: it makes them up. It knows what hands and writing look like, not how many "
            "fingers there are or what the words say. A face that looks right may be another "
            "person's."
        )
        where = self.tr(
            "Doubt (5) colours fine detail of the result that does not come from your picture, "
            "and frames the places with most of it. It cannot recognise a hand, a face or "
            "writing: look there yourself, framed or not."
        )
        what = [
            self.tr("Use the negative prompt: extra fingers, deformed hands, text."),
            self.tr("Use the picture itself or its edges as ControlNet input."),
            self.tr("Move the start towards clean: less is redrawn."),
            self.tr(
                "Keep the model away: fill only a masked area, or paint the strength down over "
                "faces and writing. The rest stays unchanged to the last bit."
            ),
            self.tr("For noise, use the built-in prior: Doubt says how far its result may be off."),
        ]
        titles = self.tr("WHY"), self.tr("WHERE"), self.tr("WHAT TO DO")
        return list(zip(titles, ([why], [where], what), strict=True))
