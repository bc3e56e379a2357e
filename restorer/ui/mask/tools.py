"""The mask tools: which one is selected, what it paints, and its settings."""

from __future__ import annotations

from enum import Enum
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restorer.document import Changes, Document, Layer, OpenPicture, Status
from restorer.engine.tasks import TASKS
from restorer.ui.canvas.tools import PaintTool
from restorer.ui.mask.brushes import (
    BrushTool,
    EncloseTool,
    LineTool,
    SelectTool,
    Strokes,
    freehand,
    rectangle,
)
from restorer.ui.mask.marks import MarkTool, MarkWalk
from restorer.words import tr

#: The sensitivity must rest for so long before marks are painted; the preview shows at once.
SEARCH_DELAY_MS = 250
SMALLEST, LARGEST = 2.0, 1000.0
SIZE_STEP = 1.25
USUAL_SENSITIVITY = 0.5


class ToolKind(Enum):
    """A tool; the value is the name of its action."""

    BRUSH = "brush"
    ERASER = "eraser"
    LINE = "line"
    LASSO = "lasso"
    RECTANGLE = "rectangle"
    SELECT = "select"
    FIND = "find"

    @property
    def round(self) -> bool:
        return self in (ToolKind.BRUSH, ToolKind.ERASER, ToolKind.LINE)


class MaskTools(QObject):
    """The tools and their settings; they paint on the current picture.

    Attributes:
        active: the tools are visible.
        kind: the selected tool; None leaves the canvas for looking.
        layer: what the tools paint.
        size: diameter of the brush in pixels of the picture.
        tolerance: of Select by colour, 0-255 scale.
        amount: the strength that the strength brush leaves, 0 to 1.
        sensitivity: of the search for scratches, 0 to 1.
        walk: goes from mark to mark.
    """

    changed = Signal()
    walk: MarkWalk

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.active = False
        self.kind: ToolKind | None = None
        self.layer = Layer.MASK
        self.size = 24.0
        self.tolerance = 24
        self.amount = 0.0
        self.sensitivity = USUAL_SENSITIVITY
        #: Sensitivity of the last search for scratches.
        self._found: WeakKeyDictionary[OpenPicture, float] = WeakKeyDictionary()
        self._finding = False
        self._look = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._look.timeout.connect(self._find)
        self._sized_for: object = None
        strokes = Strokes(document.masks, self)
        self.mark_tool = MarkTool(document.masks)
        self._instead: PaintTool | None = None
        self._tools: dict[ToolKind, PaintTool] = {
            ToolKind.BRUSH: BrushTool(strokes, tr("Brush")),
            ToolKind.ERASER: BrushTool(strokes, tr("Eraser"), erases=True),
            ToolKind.LINE: LineTool(strokes, tr("Line")),
            ToolKind.LASSO: EncloseTool(strokes, tr("Lasso"), freehand),
            ToolKind.RECTANGLE: EncloseTool(strokes, tr("Rectangle"), rectangle),
            ToolKind.SELECT: SelectTool(strokes, tr("Select by colour")),
            ToolKind.FIND: self.mark_tool,
        }
        self._filling: object = None  # the current picture, if its task fills
        self._armed_for: object = None  # the current picture
        document.changed.connect(self._on_changed)
        document.pictures.undo_group.indexChanged.connect(self._on_undo)

    # Settings.

    def set_active(self, active: bool) -> None:
        """Show the tools with the brush selected, or hide them."""
        opened = self._document.pictures.current
        active = active and opened is not None and opened.content.picture is not None
        if active != self.active:
            self.active = active
            self.select(ToolKind.BRUSH if active else None)

    def toggle(self) -> None:
        self.set_active(not self.active)

    @Slot()
    def begin(self) -> None:
        """Select the brush to mark what to fill."""
        self.layer = Layer.MASK
        self.set_active(True)
        self.select(ToolKind.BRUSH)

    @Slot()
    def look_through(self) -> None:
        """Mark possible damage, with the tool selected that removes marks."""
        self.layer = Layer.MASK
        self.set_active(True)
        self.select(ToolKind.FIND)
        self._document.notices.hint.emit(
            tr(
                "A click takes a mark away, a right click lets it grow, N walks from one to the "
                "next. What stays is filled: open the list again (Ctrl+Shift+O)."
            )
        )

    @Slot()
    def protect(self) -> None:
        """Select the rectangle to protect an area, such as a face."""
        self.set_active(True)
        self.layer = Layer.STRENGTH
        self.select(ToolKind.RECTANGLE)
        self._document.notices.hint.emit(
            tr(
                "Drag a rectangle: it keeps every bit. With Leaves up to 50 % it is restored "
                "a little, and nothing is made up there. Faded colours come back there, too."
            )
        )

    def select(self, kind: ToolKind | None) -> None:
        self.kind = kind if self.active else None
        self._suit_size()
        if self.kind is ToolKind.FIND:
            self._look.start(0)
        self.changed.emit()

    def set_layer(self, layer: Layer) -> None:
        """Paint the mask or the strength."""
        self.layer = layer
        if self.kind is None:
            self.kind = ToolKind.BRUSH
        self.changed.emit()

    def set_size(self, size: float) -> None:
        self.size = min(max(size, SMALLEST), LARGEST)
        self.changed.emit()

    @Slot()
    def larger(self) -> None:
        self.set_size(max(self.size * SIZE_STEP, self.size + 1))

    @Slot()
    def smaller(self) -> None:
        self.set_size(min(self.size / SIZE_STEP, self.size - 1))

    def set_tolerance(self, tolerance: int) -> None:
        self.tolerance = tolerance
        self.changed.emit()

    def set_amount(self, amount: float) -> None:
        self.amount = amount
        self.changed.emit()

    def set_sensitivity(self, sensitivity: float) -> None:
        """Preview the marks, and paint them once the slider rests."""
        self.sensitivity = sensitivity
        self._document.masks.look_ahead(self.layer, sensitivity)
        self._look.start(SEARCH_DELAY_MS)
        self.changed.emit()

    @property
    def searching(self) -> bool:
        """A search for scratches is under way, or about to begin."""
        return self.painting or (self.kind is ToolKind.FIND and self._look.isActive())

    @property
    def painting(self) -> bool:
        return self.kind is ToolKind.FIND and self._document.masks.drawing

    @Slot()
    def _find(self) -> None:
        opened = self._document.pictures.current
        if self.kind is not ToolKind.FIND or opened is None:
            return
        if self._document.masks.drawing:  # one search after the other
            self._look.start(SEARCH_DELAY_MS)
            return
        self._found[opened] = self.sensitivity
        self._finding = True  # the search undoes the marks of the former one
        self._document.masks.find(self._find_text, self.layer, self.sensitivity)
        self._finding = False

    @property
    def _find_text(self) -> str:
        return tr("Find scratches")

    @Slot()
    def _on_undo(self) -> None:
        """Undo and redo of a search also restore its sensitivity."""
        opened = self._document.pictures.current
        if opened is None or self._finding:
            return
        if opened.undo.undoText() == self._find_text:
            self.sensitivity = self._found.get(opened, USUAL_SENSITIVITY)
        elif opened.undo.redoText() == self._find_text:
            self.sensitivity = USUAL_SENSITIVITY
        self.changed.emit()

    @property
    def growth_step(self) -> int:
        """Pixels per step of growing: a small step in a picture of any size."""
        opened = self._document.pictures.current
        longest = max(opened.content.picture.size) if opened and opened.content.picture else 0
        return max(1, round(longest / 1000))

    @property
    def tool(self) -> PaintTool | None:
        return self._tools.get(self.kind) if self.kind is not None else self._instead

    def take_instead(self, tool: PaintTool | None) -> None:
        """Use a tool that paints no mask while none of these is selected; None removes it."""
        self._instead = tool
        self.changed.emit()

    # From the document.

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & Changes.CURRENT:
            self._on_current()
        if changes & Changes.PARAMETERS:
            self._on_parameters()
        if changes & Changes.STATUS:
            self._on_status()
        if changes & Changes.DRAWING:
            self.changed.emit()

    def _on_parameters(self) -> None:
        """Show the tools for a task that fills, and hide them with it.

        Choosing such a task selects the brush, unless something is marked already.
        """
        opened = self._document.pictures.current
        filling = (
            opened if opened is not None and TASKS[opened.plan.parameters.task].needs_hole else None
        )
        if filling is not None and self._filling is not filling and filling.painted.mask is None:
            self.begin()
        elif filling is None and self._filling is opened:
            self.set_active(False)
        self._filling = filling

    def _on_status(self) -> None:
        """Deselect the tool when a run begins, so that its result is visible."""
        opened = self._document.pictures.current
        if opened is not None and opened.status is Status.RESTORING:
            self.select(None)

    def _on_current(self) -> None:
        opened = self._document.pictures.current
        if opened is None:
            self.set_active(False)
        if opened is not self._armed_for:  # else the next stroke would mark a new picture
            self._armed_for = opened
            self.select(None)
        self._filling = opened if opened and TASKS[opened.plan.parameters.task].needs_hole else None
        self._suit_size()
        self.changed.emit()

    def _suit_size(self) -> None:
        """Give the first brush a size that suits the picture."""
        opened = self._document.pictures.current
        picture = opened.content.picture if opened else None
        if self.active and picture is not None and self._sized_for is None:
            self._sized_for = picture
            self.size = min(max(8.0, max(picture.size) / 40), LARGEST)
