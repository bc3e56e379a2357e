"""What the mask tools do: from the pointer on the canvas to strokes in the document."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restorer.document import Brush, Document, Layer, PaintedMask, Status, Stroke
from restorer.document.masks.painted import FULL
from restorer.ui.canvas.tools import Spot

#: So long a slider has to rest before scratches are looked for anew.
LOOKS_AFTER_MS = 250
SMALLEST, LARGEST = 2.0, 1000.0
SIZE_STEP = 1.25
SOFT = 0.6  # of the radius of the strength brush; a mask has no half-painted pixels
_LEAST_PRESSURE = 0.05


class Kind(Enum):
    """A tool; the value is the name of its action."""

    BRUSH = "brush"
    ERASER = "eraser"
    LINE = "line"
    LASSO = "lasso"
    SELECT = "select"
    FIND = "find"

    @property
    def round(self) -> bool:
        """It paints with a brush of some size."""
        return self not in (Kind.LASSO, Kind.SELECT, Kind.FIND)


class MaskTools(QObject):
    """The tools and how they are set; paints on the picture on view.

    Attributes:
        active: the tools are laid out.
        kind: the one in hand; None leaves the canvas for looking.
        layer: what is painted.
        size: diameter of the brush in pixels of the picture.
        tolerance: of select by colour, 0-255 scale.
        amount: what the strength brush leaves of the strength, 0 to 1.
        sensitivity: of looking for scratches, 0 to 1.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.active = False
        self.kind: Kind | None = None
        self.layer = Layer.MASK
        self.size = 24.0
        self.tolerance = 24
        self.amount = 0.0
        self.sensitivity = 0.5
        self._look = QTimer(self, singleShot=True, interval=LOOKS_AFTER_MS)
        self._look.timeout.connect(self._find)
        self._sized_for: object = None
        self._stroke: Stroke | None = None
        self._painted: PaintedMask | None = None
        self._erasing = False
        self._last: tuple[object, float, float] | None = None  # where the last stroke ended
        self._trail: list[tuple[float, float]] = []
        self._filling: object = None  # the picture on view, if it is to be filled
        document.parameters_changed.connect(self._on_parameters)
        document.masks.drawing_changed.connect(self.changed)
        document.status_changed.connect(self._on_status)
        document.current_changed.connect(self._on_current)

    # Settings.

    def set_active(self, active: bool) -> None:
        """Lay out the tools with the brush in hand, or put them away."""
        entry = self._document.current
        active = active and entry is not None and entry.picture is not None
        if active != self.active:
            self.active = active
            self.choose(Kind.BRUSH if active else None)

    @Slot()
    def begin(self) -> None:
        """Take the brush and mark what is to be filled."""
        self.layer = Layer.MASK
        self.set_active(True)
        self.choose(Kind.BRUSH)

    def choose(self, kind: Kind | None) -> None:
        """Take a tool, or none."""
        self.kind = kind if self.active else None
        self._suit_size()
        if self.kind is Kind.FIND:
            self._look.start(0)
        self.changed.emit()

    def set_layer(self, layer: Layer) -> None:
        """Paint where to fill, or how strongly to restore."""
        self.layer = layer
        if self.kind is None:
            self.kind = Kind.BRUSH
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
        """Look for scratches anew, once it rests."""
        self.sensitivity = sensitivity
        self._look.start(LOOKS_AFTER_MS)
        self.changed.emit()

    @property
    def looking(self) -> bool:
        """Scratches are being looked for."""
        return self.kind is Kind.FIND and (self._look.isActive() or self._document.masks.drawing)

    @Slot()
    def _find(self) -> None:
        if self.kind is not Kind.FIND:
            return
        if self._document.masks.drawing:  # one after the other
            self._look.start(LOOKS_AFTER_MS)
        else:
            self._document.masks.find(self.tr("Find scratches"), self.layer, self.sensitivity)

    @property
    def reach(self) -> int:
        """How many pixels one step of growing is: little to see in a picture of any size."""
        entry = self._document.current
        longest = max(entry.picture.size) if entry and entry.picture else 0
        return max(1, round(longest / 1000))

    # What the canvas asks and tells (`PaintTool`).

    @property
    def ring(self) -> float:
        return self.size if self.kind is not None and self.kind.round else 0.0

    @property
    def trail(self) -> Sequence[tuple[float, float]]:
        return self._trail

    @property
    def trail_width(self) -> float:
        return self.size if self.kind is Kind.LINE else 0.0

    def press(self, spot: Spot) -> None:
        self._painted = self._document.masks.painted(self.layer)
        self._erasing = spot.erase or self.kind is Kind.ERASER
        if self.kind in (Kind.BRUSH, Kind.ERASER):
            self._begin_stroke(spot)
        elif self.kind in (Kind.LINE, Kind.LASSO):
            self._trail = [(spot.x, spot.y)]

    def move(self, spot: Spot) -> None:
        if self._stroke is not None:
            self._stroke.to(spot.x, spot.y, max(spot.pressure, _LEAST_PRESSURE))
        elif self.kind is Kind.LINE and self._trail:
            self._trail[1:] = [(spot.x, spot.y)]
        elif self.kind is Kind.LASSO and self._trail:
            self._trail.append((spot.x, spot.y))

    def release(self, spot: Spot) -> None:
        trail, self._trail = self._trail, []
        if self.kind is Kind.LINE and self._painted is not None and trail:
            self._stroke = self._new_stroke(self._painted)
            for point in trail:
                self._stroke.to(*point)
        if self._stroke is not None:
            self._end_stroke(spot)
        elif self.kind is Kind.LASSO and len(trail) > 2:
            self._document.masks.enclose(self._words(), self.layer, trail, not self._erasing)
        elif self.kind is Kind.SELECT:
            at = int(spot.x // 1), int(spot.y // 1)
            paint, tolerance = not self._erasing, self.tolerance
            self._document.masks.select(
                self._words(), self.layer, at, tolerance, not spot.wide, paint
            )

    def cancel(self) -> None:
        if self._stroke is not None:
            self._stroke.back()
        self._stroke, self._trail = None, []

    # Strokes.

    def _begin_stroke(self, spot: Spot) -> None:
        mask = self._painted
        if mask is None:
            return
        self._stroke = self._new_stroke(mask)
        if spot.straight and self._last is not None and self._last[0] is mask:
            self._stroke.to(*self._last[1:])
        self._stroke.to(spot.x, spot.y, max(spot.pressure, _LEAST_PRESSURE))

    def _new_stroke(self, mask: PaintedMask) -> Stroke:
        if self.layer is Layer.MASK:
            return Stroke(mask, Brush(self.size, 0 if self._erasing else FULL))
        value = FULL if self._erasing else round(self.amount * FULL)
        return Stroke(mask, Brush(self.size, value, SOFT))

    def _end_stroke(self, spot: Spot) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            self._last = self._painted, spot.x, spot.y
            self._document.masks.paint(self._words(), self.layer, stroke.end(), done=True)

    def _words(self) -> str:
        """What the step is called in the list of things to undo."""
        names = {
            Kind.BRUSH: self.tr("Brush"),
            Kind.ERASER: self.tr("Eraser"),
            Kind.LINE: self.tr("Line"),
            Kind.LASSO: self.tr("Lasso"),
            Kind.SELECT: self.tr("Select by colour"),
            Kind.FIND: "",
        }
        return names[self.kind] if self.kind else ""

    # From the document.

    @Slot()
    def _on_parameters(self) -> None:
        """Who chooses to fill is handed the brush, unless there is something to fill already."""
        entry = self._document.current
        filling = entry if entry is not None and entry.parameters.kind == "inpaint" else None
        if filling is not None and self._filling is not filling and filling.mask is None:
            self.begin()
        self._filling = filling

    @Slot()
    def _on_status(self) -> None:
        """What comes of a run is to be seen, not painted over."""
        entry = self._document.current
        if entry is not None and entry.status is Status.RESTORING:
            self.choose(None)

    @Slot()
    def _on_current(self) -> None:
        entry = self._document.current
        if entry is None:
            self.set_active(False)
        self._filling = entry if entry and entry.parameters.kind == "inpaint" else None
        self._suit_size()
        self.changed.emit()

    def _suit_size(self) -> None:
        """The first brush for a picture is neither a hair nor a broom."""
        entry = self._document.current
        picture = entry.picture if entry else None
        if self.active and picture is not None and self._sized_for is None:
            self._sized_for = picture
            self.size = min(max(8.0, max(picture.size) / 40), LARGEST)
