"""Connects the mask tools, the canvas and the document."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

from restorer.document import Changes, Document, Layer, after
from restorer.ui.canvas import Canvas
from restorer.ui.mask.tools import MaskTools, ToolKind
from restorer.ui.window.file_dialogs import FileDialogs
from restorer.words import tr

#: Colours of the mask and of the strength.
TINTS = {
    "red": ("#ff3b30", "#2f8cff"),
    "green": ("#28d45a", "#d94bff"),
    "blue": ("#2f8cff", "#ff9f0a"),
    "white": ("#ffffff", "#2f8cff"),
}


class MaskController(QObject):
    """Keeps the canvas in step with the tools, and changes whole masks."""

    def __init__(
        self, document: Document, tools: MaskTools, canvas: Canvas, files: FileDialogs
    ) -> None:
        super().__init__(canvas)
        self._document, self._tools = document, tools
        self._canvas, self._files = canvas, files
        if document.settings.overlay not in TINTS:
            document.settings.overlay = "red"
        document.changed.connect(self._cancel_stroke)
        document.changed.connect(self.refresh)
        tools.changed.connect(self.refresh)
        document.masks.preview.changed.connect(self.refresh)
        self.refresh()

    @after(Changes.CURRENT | Changes.MASKS)
    def refresh(self) -> None:
        """Give the canvas the tool that is selected, and the mask that it paints."""
        tools, opened = self._tools, self._document.pictures.current
        self._canvas.set_tool(tools.tool)
        mask = getattr(opened.painted, tools.layer.value) if opened and tools.kind else None
        if mask is not None and tools.kind is ToolKind.FIND:
            mask = self._document.masks.preview.mask or mask
        strength = tools.layer is Layer.STRENGTH
        color = QColor(TINTS[self._document.settings.overlay][strength])
        self._canvas.mask_layer.show(mask, color, strength)

    @after(Changes.CURRENT)
    def _cancel_stroke(self) -> None:
        self._canvas.pointer.cancel()

    def set_tint(self, tint: str) -> None:
        self._document.settings.overlay = tint
        self.refresh()

    def other_layer(self) -> None:
        """Switch between painting the mask and painting the strength."""
        other = Layer.MASK if self._tools.layer is Layer.STRENGTH else Layer.STRENGTH
        self._tools.set_layer(other)

    # Changes of a whole mask.

    def _show(self) -> None:
        """Make the mask visible before it changes."""
        if self._tools.kind is None:
            self._tools.select(ToolKind.BRUSH)

    def invert(self) -> None:
        self._show()
        self._document.masks.invert(tr("Invert"), self._tools.layer)

    def grow(self, sign: int) -> None:
        self._show()
        words = tr("Grow") if sign > 0 else tr("Shrink")
        self._document.masks.grow(words, self._tools.layer, sign * self._tools.growth_step)

    def feather(self) -> None:
        self._show()
        self._document.masks.feather(tr("Feather"), self._tools.layer, 4 * self._tools.growth_step)

    def clear(self) -> None:
        self._show()
        self._document.masks.clear(tr("Clear"), self._tools.layer)

    def load(self) -> None:
        self._show()
        self._files.load_mask(self._tools.layer)

    def save(self) -> None:
        self._files.save_mask(self._tools.layer)
