"""The canvas with the tools around it, for masks and for cropping."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from restorer.document import Document
from restorer.ui.canvas import Canvas
from restorer.ui.crop.controller import CropController
from restorer.ui.mask.bar import MaskBar, MaskStrip
from restorer.ui.mask.controller import MaskController
from restorer.ui.mask.marks import MarkWalk
from restorer.ui.mask.tools import MaskTools
from restorer.ui.widgets.layouts import in_column, in_row, wide
from restorer.ui.widgets.screen import scroll_area
from restorer.ui.window.actions import Actions
from restorer.ui.window.file_dialogs import FileDialogs


class MaskWidget(QWidget):
    """Adds the strip on the left and the bar on top while the tools are visible."""

    def __init__(
        self, document: Document, canvas: Canvas, actions: Actions, files: FileDialogs
    ) -> None:
        super().__init__()
        self._canvas = canvas
        self.tools = MaskTools(document, self)
        self.tools.walk = MarkWalk(document, canvas, self.tools.mark_tool)
        self.strip = MaskStrip(actions)
        self.bar = MaskBar(self.tools, actions)
        self.controller = MaskController(document, self.tools, canvas, files)
        self.crop = CropController(document, canvas, self.tools)
        self._strip_area = scroll_area(self.strip)
        self._strip_area.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        in_column(self.bar, self.crop.bar, wide(in_row(self._strip_area, wide(canvas))), on=self)
        self.tools.changed.connect(self._lay_out)
        self._lay_out()

    def put_away(self) -> bool:
        """Cancel the stroke under way, or hide the tools; False if there is neither."""
        if self._canvas.pointer.cancel():
            return True
        if self.crop.choosing:
            self.crop.leave()
            return True
        active = self.tools.active
        self.tools.set_active(False)
        return active

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.crop.choosing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.crop.keep()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _lay_out(self) -> None:
        self._strip_area.setVisible(self.tools.active)
        self.bar.setVisible(self.tools.active)
