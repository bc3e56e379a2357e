"""Between the mask tools, the actions, the canvas and the document."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QColor

from restorer.document import Changes, Document, Layer
from restorer.ui.canvas import Canvas
from restorer.ui.mask.bar import OPERATIONS, TOOLS
from restorer.ui.mask.tools import Kind, MaskTools
from restorer.ui.window.actions import Actions
from restorer.ui.window.file_dialogs import FileDialogs

#: Colour of the mask, and of strength beside it.
TINTS = {
    "red": ("#ff3b30", "#2f8cff"),
    "green": ("#28d45a", "#d94bff"),
    "blue": ("#2f8cff", "#ff9f0a"),
    "white": ("#ffffff", "#2f8cff"),
}


class MaskController(QObject):
    """Keeps actions and canvas as the tools say, and the tools as the actions say."""

    def __init__(
        self,
        document: Document,
        tools: MaskTools,
        actions: Actions,
        canvas: Canvas,
        files: FileDialogs,
    ) -> None:
        super().__init__(canvas)
        self._document, self._tools, self._actions = document, tools, actions
        self._canvas, self._files = canvas, files
        actions["mask"].toggled.connect(tools.set_active)
        actions["layer"].triggered.connect(self._other_layer)
        actions["larger"].triggered.connect(tools.larger)
        actions["smaller"].triggered.connect(tools.smaller)
        actions.group("tool").triggered.connect(self._on_tool)
        actions.group("tint").triggered.connect(self._on_tint)
        operations = {
            "invert": self._invert,
            "grow": partial(self._grow, 1),
            "shrink": partial(self._grow, -1),
            "feather": self._feather,
            "clear": self._clear,
            "load_mask": self._load,
            "save_mask": self._save,
        }
        for name, slot in operations.items():
            actions[name].triggered.connect(slot)
        tint = document.settings.overlay
        actions[tint if tint in TINTS else "red"].setChecked(True)
        document.changed.connect(self._on_changed)
        tools.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """What can be done now, what is in hand, what is seen of it."""
        tools, actions, entry = self._tools, self._actions, self._document.pictures.current
        actions["mask"].setChecked(tools.active)
        actions["mask"].setEnabled(entry is not None and entry.picture is not None)
        for name in TOOLS:
            actions[name].setEnabled(tools.active)
        actions[tools.kind.value if tools.kind else "look"].setChecked(True)
        for name in (*OPERATIONS, "layer"):
            actions[name].setEnabled(tools.active)
        for name in ("larger", "smaller"):
            actions[name].setEnabled(tools.kind is not None and tools.kind.round)
        self._canvas.set_tool(tools.tool)
        mask = getattr(entry, tools.layer.value) if entry and tools.kind else None
        self._canvas.mask_layer.show(mask, self._color(), tools.layer is Layer.STRENGTH)

    def _color(self) -> QColor:
        tint = next((name for name in TINTS if self._actions[name].isChecked()), "red")
        return QColor(TINTS[tint][self._tools.layer is Layer.STRENGTH])

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & Changes.CURRENT:
            self._canvas.pointer.cancel()
        if changes & (Changes.CURRENT | Changes.MASKS):
            self.refresh()

    @Slot(QAction)
    def _on_tool(self, action: QAction) -> None:
        for name in TOOLS:
            if action is self._actions[name]:
                self._tools.choose(None if name == "look" else Kind(name))

    @Slot(QAction)
    def _on_tint(self, action: QAction) -> None:
        for name in TINTS:
            if action is self._actions[name]:
                self._document.settings.overlay = name
        self.refresh()

    @Slot()
    def _other_layer(self) -> None:
        other = Layer.MASK if self._tools.layer is Layer.STRENGTH else Layer.STRENGTH
        self._tools.set_layer(other)

    # What is done to all of it.

    def _show(self) -> None:
        """What is being changed is to be seen."""
        if self._tools.kind is None:
            self._tools.choose(Kind.BRUSH)

    @Slot()
    def _invert(self) -> None:
        self._show()
        self._document.masks.invert(self.tr("Invert"), self._tools.layer)

    def _grow(self, sign: int) -> None:
        self._show()
        words = self.tr("Grow") if sign > 0 else self.tr("Shrink")
        self._document.masks.grow(words, self._tools.layer, sign * self._tools.reach)

    @Slot()
    def _feather(self) -> None:
        self._show()
        self._document.masks.feather(self.tr("Feather"), self._tools.layer, 4 * self._tools.reach)

    @Slot()
    def _clear(self) -> None:
        self._show()
        self._document.masks.clear(self.tr("Clear"), self._tools.layer)

    @Slot()
    def _load(self) -> None:
        self._show()
        self._files.load_mask(self._tools.layer)

    @Slot()
    def _save(self) -> None:
        self._files.save_mask(self._tools.layer)
