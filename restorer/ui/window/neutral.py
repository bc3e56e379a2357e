"""The eyedropper: click something that was grey, and its colour cast is removed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPointF, Slot

import restorer.document.work as work
from restorer.document import Changes, Document, after
from restorer.ui.canvas import Canvas
from restorer.ui.mask.tools import MaskTools
from restorer.ui.settings import Panel
from restorer.words import tr


class Eyedropper(QObject):
    """Waits for a click on the picture, and sets warmth and tint so that the pixel is grey.

    Attributes:
        held: it waits for a click.
    """

    def __init__(self, document: Document, canvas: Canvas, tools: MaskTools, panel: Panel) -> None:
        super().__init__(canvas)
        self._document, self._canvas, self._tools, self._panel = document, canvas, tools, panel
        self.held = False
        panel.neutral_wanted.connect(self.toggle)
        canvas.pointer.clicked.connect(self._on_click)
        document.changed.connect(self._put_away)

    @Slot()
    def toggle(self) -> None:
        """Activate or deactivate it."""
        self._hold(not self.held)
        if self.held:
            self._tools.select(None)  # else the click would paint

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self._panel.show_picking(held)

    @after(Changes.CURRENT | Changes.RUN)
    def _put_away(self) -> None:
        self._hold(False)

    @Slot(QPointF)
    def _on_click(self, position: QPointF) -> None:
        opened = self._document.pictures.current
        if not self.held or opened is None or opened.content.picture is None:
            return
        x, y = (int(v) for v in self._canvas.viewport.to_picture(position))
        width, height = opened.content.picture.size
        if not (0 <= x < width and 0 <= y < height):
            return
        self._hold(False)
        asked = partial(work.white_balance_at, opened.content.picture, (x, y))

        def answer(found: tuple[float, float]) -> None:
            if opened is not self._document.pictures.current:
                return
            kept = dict(opened.plan.parameters.numbers) | dict(
                zip(("warmth", "tint"), found, strict=True)
            )
            self._document.planner.change(tr("Neutral point"), numbers=tuple(kept.items()))

        self._document.pictures.ask(opened, asked, answer)
