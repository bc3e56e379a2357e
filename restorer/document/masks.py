"""What is painted over the open pictures: where to fill, and how strongly to restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache, partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from restorer.document import redraw, work
from restorer.document.mask import FULL, Box, Edit, PaintCommand, PaintedMask, Values, at
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import OpenPictures
from restorer.document.redraw import Redraw
from restorer.document.settings import Settings
from restorer.imaging import regions
from restorer.jobs import Jobs


class Layer(Enum):
    """What can be painted over a picture; the value is the attribute of an open picture."""

    MASK = "mask"  # where to fill
    STRENGTH = "strength"  # how strongly to restore

    @property
    def blank(self) -> int:
        """The value where nothing has been painted."""
        return FULL if self is Layer.STRENGTH else 0

    def ink(self, values: Values) -> Values:
        """How much has been painted, 0 to 255, of values; and the other way round."""
        return FULL - values if self is Layer.STRENGTH else values


class Masks(OpenPictures):
    """The open pictures with what is painted over them."""

    #: Mask or strength of the picture on view has come or been changed, after a gesture, not
    #: during it; `PaintedMask.changed` speaks of every bit.
    mask_changed = Signal()
    drawing_changed = Signal()  # see `drawing`
    mask_saved = Signal(object)  # Path

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(jobs, settings, parent)
        self._drawing: set[int] = set()  # numbers of redrawings, some of them done
        self.errors_changed.connect(self.drawing_changed)

    @property
    def drawing(self) -> bool:
        """Something is being done to all of a layer."""
        self._drawing &= self._answers.keys()
        return bool(self._drawing)

    def painted(self, layer: Layer) -> PaintedMask | None:
        """A layer of the picture on view to paint on; a blank one if there is none yet."""
        return self._layer_of(self.current, layer) if self.current else None

    def paint(self, text: str, layer: Layer, edit: Edit, done: bool = False) -> None:
        """Change a layer of the picture on view, undoably.

        Args:
            text: names the step.
            done: the edit has been made already, by a stroke.
        """
        if self.current is not None:
            self._push(self.current, text, layer, edit, done)

    # What is done to all of a layer, in the background.

    def invert(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: redraw.inverted)

    def clear(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: redraw.cleared)

    def grow(self, text: str, layer: Layer, by: int) -> None:
        """Let what is painted reach so many pixels further; less far for a negative number."""
        self._redraw(text, layer, lambda: redraw.grown(by) if by > 0 else redraw.shrunk(-by))

    def feather(self, text: str, layer: Layer, by: int) -> None:
        """Let what is painted fade out beside itself: half is left so many pixels away."""
        self._redraw(text, layer, lambda: redraw.feathered(by))

    def enclose(
        self, text: str, layer: Layer, points: Sequence[tuple[float, float]], painted: bool = True
    ) -> None:
        """Paint (or wipe) what a closed line runs around."""
        entry = self.current
        if entry is not None and entry.picture is not None:
            enclosed = partial(regions.enclosed, points, entry.picture.size)
            self._redraw(text, layer, lambda: redraw.with_region(enclosed(), painted))

    def select(
        self,
        text: str,
        layer: Layer,
        at: tuple[int, int],
        tolerance: float,
        joined: bool = True,
        painted: bool = True,
    ) -> None:
        """Paint (or wipe) what has the colour of a point; see `imaging.regions.alike`."""
        entry = self.current
        if entry is None or entry.picture is None:
            return
        width, height = entry.picture.size
        if 0 <= at[0] < width and 0 <= at[1] < height:
            alike = partial(regions.alike, entry.picture.pixels, at, tolerance, joined)
            self._redraw(text, layer, lambda: redraw.with_region(alike(), painted))

    def find(self, text: str, layer: Layer, sensitivity: float) -> None:
        """Paint scratches and dust; in place of what was found last, if nothing was done since.

        Args:
            text: names the step, and no other kind of step.
            sensitivity: 0 for what is plain, 1 for whatever might be.
        """
        entry = self.current
        if entry is None or entry.picture is None:
            return
        if entry.undo.canUndo() and entry.undo.undoText() == text:
            entry.undo.undo()
        found = partial(work.find_scratches, entry.picture, sensitivity)
        self._redraw(text, layer, lambda: redraw.with_region(found()))

    def load_mask(self, text: str, path: Path, layer: Layer = Layer.MASK) -> None:
        """Take the values from a picture of the same size, white is in full."""
        entry = self.current
        if entry is not None and entry.picture is not None:
            read = partial(work.read_mask, path, entry.picture.size)
            self._redraw(text, layer, lambda: redraw.becomes(layer.ink(read())))

    def save_mask(self, path: Path, force: bool, layer: Layer = Layer.MASK) -> None:
        """Write a layer as a grey PNG; `force` if the person agreed to replace the file."""
        entry, mask = self.current, self.painted(layer)
        if entry is not None and mask is not None:
            writing = partial(work.write_mask, mask, path, force)
            self._ask(entry, writing, lambda _: self.mask_saved.emit(path))

    # Helpers.

    def _redraw(self, text: str, layer: Layer, prepare: Callable[[], Redraw]) -> None:
        """Redraw a layer of the picture on view; `prepare` may take a while."""
        entry, mask = self.current, self.painted(layer)
        if entry is None or mask is None:
            return
        prepared = cache(prepare)

        def job() -> tuple[int, Edit]:
            version, change = mask.version, prepared()
            return version, Edit.to(mask, lambda box: layer.ink(change(look, box)))

        def look(box: Box) -> Values:
            return layer.ink(mask.values[at(box)])

        def answer(made: tuple[int, Edit]) -> None:
            version, edit = made
            if version != mask.version:  # painted on meanwhile: once more, over what is there now
                self._in_background(entry, job, answer)
            else:
                self._push(entry, text, layer, edit)
                self.drawing_changed.emit()

        self._in_background(entry, job, answer)

    def _in_background(
        self,
        entry: OpenPicture,
        job: Callable[[], tuple[int, Edit]],
        answer: Callable[[tuple[int, Edit]], None],
    ) -> None:
        self._drawing.add(self._ask(entry, job, answer))
        self.drawing_changed.emit()

    def _push(
        self, entry: OpenPicture, text: str, layer: Layer, edit: Edit, done: bool = False
    ) -> None:
        mask = self._layer_of(entry, layer)
        if mask is not None and edit:
            said = partial(self._painted_on, entry)
            entry.undo.push(PaintCommand(text, mask, edit, said, done))

    def _layer_of(self, entry: OpenPicture, layer: Layer) -> PaintedMask | None:
        found: PaintedMask | None = getattr(entry, layer.value)
        if found is None and entry.picture is not None:
            found = PaintedMask.empty(entry.picture.size, layer.blank)
            setattr(entry, layer.value, found)
            self._painted_on(entry)
        return found

    def _painted_on(self, entry: OpenPicture) -> None:
        if entry is self.current:
            self.mask_changed.emit()
