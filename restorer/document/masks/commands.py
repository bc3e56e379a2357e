"""Commands for the masks of the open pictures; every change can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand

from restorer.document.changes import Changes, Notifier
from restorer.document.masks import edits, files
from restorer.document.masks.edits import Edit, Redraw
from restorer.document.masks.finding import ScratchSearch, count_marks
from restorer.document.masks.painted import FULL, Box, Layer, PaintedMask, Values, box_index
from restorer.document.masks.preview import Preview
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.imaging import regions
from restorer.jobs.background import Job


class PaintCommand(QUndoCommand):
    """An edit as an undo command.

    Attributes:
        edit: what it does to the mask; that of a step that took its place belongs to it.
        found: what was found over the mask before it, and after it.
    """

    def __init__(
        self,
        text: str,
        mask: PaintedMask,
        edit: Edit,
        said: Callable[[], None],
        done: bool = False,
        replaced: PaintCommand | None = None,
        found: ScratchSearch | None = None,
    ) -> None:
        """Make the command; nothing is done yet.

        Args:
            found: over the mask, after it.
            said: is called after each change.
            done: the edit has been made already.
            replaced: the step before, in whose place it is put.
        """
        super().__init__(text)
        self._mask, self._said, self._done = mask, said, done
        self._replaced = replaced
        self.edit, self.found = edit, (mask.found, found)

    def id(self) -> int:
        return 3

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, PaintCommand) or other._replaced is not self:
            return False
        self.edit, self.found = self.edit.combined_with(other.edit), (self.found[0], other.found[1])
        self.setObsolete(not self.edit)
        return True

    def redo(self) -> None:
        self._mask.found = self.found[1]
        if not self._done:
            self.edit.apply(self._mask)
        self._done = False
        self._said()

    def undo(self) -> None:
        self._mask.found = self.found[0]
        self.edit.apply(self._mask)
        self._said()


class Masks(QObject):
    """The painted layers of the open pictures; all methods refer to the current picture."""

    changed = Signal(object)  # OpenPicture whose mask or strength is another
    drawn = Signal()  # by a stroke that has not ended yet
    saved = Signal(object)  # Path

    def __init__(self, pictures: Pictures, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures, self._notifier = pictures, notifier
        self._drawing: list[Job] = []  # some of them done
        #: The last step of each mask that another one may replace.
        self._replaceable: WeakKeyDictionary[PaintedMask, PaintCommand] = WeakKeyDictionary()
        self.preview = Preview(pictures, self)
        self._counting: set[PaintedMask] = set()
        pictures.failed.connect(self._tell_drawing)

    @property
    def drawing(self) -> bool:
        """A whole layer is being changed in the background."""
        self._drawing = [job for job in self._drawing if job.running]
        return bool(self._drawing)

    def painted(self, layer: Layer) -> PaintedMask | None:
        """A layer to paint on; a blank one if there is none yet."""
        return self._layer_of(self._pictures.current, layer) if self._pictures.current else None

    def paint(self, text: str, layer: Layer, edit: Edit, done: bool = False) -> None:
        """Change a layer, undoably.

        Args:
            text: names the step.
            done: the edit has been made already, by a stroke.
        """
        if self._pictures.current is not None:
            mask = self.painted(layer)
            found = mask.found if mask is not None else None
            self._push(self._pictures.current, text, layer, edit, done, found=found)

    def put(self, opened: OpenPicture, layer: Layer, values: Values) -> None:
        """Restore the painted layers of a picture after a crash."""
        setattr(opened.painted, layer.value, PaintedMask(values))
        self._painted_on(opened)

    # What is done to all of a layer, in the background.

    def invert(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: edits.inverted, of_all=True)

    def clear(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: edits.cleared, of_all=True)

    def grow(self, text: str, layer: Layer, by: int) -> None:
        """Grow the painted area by so many pixels, or shrink it if negative."""
        change = edits.grown(by) if by > 0 else edits.shrunk(-by)
        self._redraw(text, layer, lambda: change, of_all=True)

    def feather(self, text: str, layer: Layer, by: int) -> None:
        """Feather the painted area: half of it is left so many pixels away."""
        self._redraw(text, layer, lambda: edits.feathered(by), of_all=True)

    def enclose(
        self,
        text: str,
        layer: Layer,
        points: Sequence[tuple[float, float]],
        painted: bool = True,
        value: int | None = None,
    ) -> None:
        """Paint (or erase) the inside of a closed line.

        Args:
            value: as of a brush; in full by default.
        """
        opened = self._pictures.current
        if opened is not None and opened.content.picture is not None:
            ink = FULL if value is None else int(layer.ink(np.array(value, np.uint8)))
            enclosed = partial(regions.enclosed, points, opened.content.picture.size)
            self._redraw(text, layer, lambda: edits.with_region(enclosed(), painted, ink))

    def select(
        self,
        text: str,
        layer: Layer,
        at: tuple[int, int],
        tolerance: float,
        joined: bool = True,
        painted: bool = True,
    ) -> None:
        """Paint (or erase) pixels with the colour of a point; see `imaging.regions.alike`."""
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return
        width, height = opened.content.picture.size
        if 0 <= at[0] < width and 0 <= at[1] < height:
            alike = partial(regions.alike, opened.content.picture.pixels, at, tolerance, joined)
            self._redraw(text, layer, lambda: edits.with_region(alike(), painted))

    def drop_mark(self, text: str, layer: Layer, at: tuple[int, int], reach: int) -> None:
        """Erase the mark at a point, or the nearest within reach, in pixels."""
        self._change_mark(text, layer, at, reach, grows=False)

    def grow_mark(self, text: str, layer: Layer, at: tuple[int, int], reach: int) -> None:
        """Grow the mark a little: by about a thousandth of the longer side."""
        self._change_mark(text, layer, at, reach, grows=True)

    def _change_mark(
        self, text: str, layer: Layer, at: tuple[int, int], reach: int, grows: bool
    ) -> None:
        mask = self.painted(layer)
        if mask is None:
            return

        def prepare() -> Redraw:
            from restorer.imaging.marks import mark_at  # scipy, not at start-up

            mark = mark_at(mask.hole(), at, reach)
            if mark is None:
                return lambda look, box: look(box)
            if grows:
                by = max(1, round(max(mask.size) / 1000))
                return edits.with_region(regions.grown(mark, by))
            return edits.with_region(mark, painted=False)

        self._redraw(text, layer, prepare)

    def find(self, text: str, layer: Layer, sensitivity: float) -> None:
        """Paint scratches and dust in place of the former findings, see `finding`.

        Args:
            text: names the step, and no other kind of step: several in a row are one.
            sensitivity: 0 for what is plain, 1 for whatever might be.
        """
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return
        picture = opened.content.picture

        def make(mask: PaintedMask) -> tuple[Edit, ScratchSearch | None]:
            ink, found = self.preview.search(mask, layer, picture).ink(sensitivity)
            return Edit.from_function(mask, lambda box: layer.ink(ink[box_index(box)])), found

        self._change(text, layer, make, replaces=True)

    def look_ahead(self, layer: Layer, sensitivity: float) -> None:
        """Let `preview` show what `find` would paint."""
        mask = self.painted(layer)
        if mask is not None:
            self.preview.show(mask, layer, sensitivity)

    def load(self, text: str, path: Path, layer: Layer = Layer.MASK) -> None:
        """Load the values from a picture of the same size; white is fully painted."""
        opened = self._pictures.current
        if opened is not None and opened.content.picture is not None:
            read = partial(files.read_mask, path, opened.content.picture.size)
            self._redraw(text, layer, lambda: edits.becomes(layer.ink(read())), of_all=True)

    def save(self, path: Path, force: bool, layer: Layer = Layer.MASK) -> None:
        """Write a layer as a grey PNG; `force` if the person agreed to replace the file."""
        opened, mask = self._pictures.current, self.painted(layer)
        if opened is not None and mask is not None:
            writing = partial(files.write_mask, mask, path, force)
            self._pictures.ask(opened, writing, lambda _: self.saved.emit(path))

    # Helpers.

    def _redraw(
        self, text: str, layer: Layer, prepare: Callable[[], Redraw], of_all: bool = False
    ) -> None:
        """Redraw a layer.

        Args:
            prepare: may take a while.
            of_all: no mark stays as it was: from then on all of them are the person's.
        """
        prepared = cache(prepare)

        def make(mask: PaintedMask) -> tuple[Edit, ScratchSearch | None]:
            def look(box: Box) -> Values:
                return layer.ink(mask.values[box_index(box)])

            change, found = prepared(), None if of_all else mask.found
            return Edit.from_function(mask, lambda box: layer.ink(change(look, box))), found

        self._change(text, layer, make)

    def _change(
        self,
        text: str,
        layer: Layer,
        make: Callable[[PaintedMask], tuple[Edit, ScratchSearch | None]],
        replaces: bool = False,
    ) -> None:
        """Change a layer in the background.

        Args:
            make: what to do to the mask, and what counts as found over it then.
            replaces: in place of the step before, if that was called the same.
        """
        opened, mask = self._pictures.current, self.painted(layer)
        if opened is None or mask is None:
            return

        def job() -> tuple[int, Edit, ScratchSearch | None]:
            version = mask.version
            return version, *make(mask)

        def begin() -> None:
            self._drawing.append(self._pictures.ask(opened, job, answer, painting=True))
            self._tell_drawing()

        def answer(made: tuple[int, Edit, ScratchSearch | None]) -> None:
            version, edit, found = made
            if mask is not self._layer_of(opened, layer):  # cropped otherwise meanwhile
                self._tell_drawing()
            elif version != mask.version:  # painted on meanwhile: once more, over what is there now
                begin()
            else:
                last = self._last_of(opened, mask, text) if replaces else None
                command = self._push(opened, text, layer, edit, replaced=last, found=found)
                if replaces and last is None and command is not None:
                    self._replaceable[mask] = command
                self.preview.drop()
                if replaces:
                    self.preview.prepare(mask, layer)
                self._tell_drawing()

        begin()

    def _last_of(self, opened: OpenPicture, mask: PaintedMask, text: str) -> PaintCommand | None:
        """The latest undo command, if it has this name and may be replaced."""
        same = opened.undo.canUndo() and opened.undo.undoText() == text
        return self._replaceable.get(mask) if same else None

    def _push(
        self,
        opened: OpenPicture,
        text: str,
        layer: Layer,
        edit: Edit,
        done: bool = False,
        replaced: PaintCommand | None = None,
        found: ScratchSearch | None = None,
    ) -> PaintCommand | None:
        mask = self._layer_of(opened, layer)
        if mask is None or not edit:
            return None
        said = partial(self._painted_on, opened)
        command = PaintCommand(text, mask, edit, said, done, replaced, found)
        opened.undo.push(command)
        return command

    def _layer_of(self, opened: OpenPicture, layer: Layer) -> PaintedMask | None:
        found: PaintedMask | None = getattr(opened.painted, layer.value)
        if found is None and opened.content.picture is not None:
            found = PaintedMask.empty(opened.content.picture.size, layer.blank)
            setattr(opened.painted, layer.value, found)
            self._painted_on(opened)
        return found

    def _painted_on(self, opened: OpenPicture) -> None:
        self._count(opened)
        if opened is self._pictures.current:
            self._notifier.tell(Changes.MASKS)
        self.changed.emit(opened)

    def _count(self, opened: OpenPicture) -> None:
        """Count the marks of a mask; during a count, count once more afterwards."""
        painted, mask = opened.painted, opened.painted.mask
        if mask is None or mask in self._counting:
            return
        self._counting.add(mask)
        painted.counting = True

        def count() -> tuple[int, int]:
            return mask.version, count_marks(mask)

        def answer(made: tuple[int, int]) -> None:
            version, marks = made
            self._counting.discard(mask)
            painted.counting = False
            painted.take_count(marks)
            if opened is self._pictures.current:
                self._notifier.tell(Changes.PROPOSAL)
            if version != mask.version:
                self._count(opened)
            else:
                self._pictures.searched.emit(opened)

        self._pictures.ask(opened, count, answer)

    @Slot()
    def _tell_drawing(self) -> None:
        self._notifier.tell(Changes.DRAWING)
