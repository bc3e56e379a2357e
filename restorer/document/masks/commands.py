"""What can be done to the masks of the open pictures; every change is a step to undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.masks import edits
from restorer.document.masks.edits import Edit, Redraw
from restorer.document.masks.painted import FULL, Box, Layer, PaintedMask, Values, at
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.imaging import regions
from restorer.jobs.background import Job


class PaintCommand(QUndoCommand):
    """An edit as a step back.

    Attributes:
        edit: what it does to the mask; that of a step that took its place belongs to it.
    """

    def __init__(
        self,
        text: str,
        mask: PaintedMask,
        edit: Edit,
        said: Callable[[], None],
        done: bool = False,
        replaced: PaintCommand | None = None,
    ) -> None:
        """Nothing is done yet.

        Args:
            said: is called after each change.
            done: the edit has been made already.
            replaced: the step before, in whose place it is put.
        """
        super().__init__(text)
        self._mask, self._said, self._done = mask, said, done
        self._replaced = replaced
        self.edit = edit

    def id(self) -> int:
        return 3

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, PaintCommand) or other._replaced is not self:
            return False
        self.edit = self.edit.then(other.edit)
        self.setObsolete(not self.edit)
        return True

    def redo(self) -> None:
        if not self._done:
            self.edit.apply(self._mask)
        self._done = False
        self._said()

    def undo(self) -> None:
        self.edit.apply(self._mask)
        self._said()


class Masks(QObject):
    """What is painted over the open pictures; all methods speak of the picture on view."""

    changed = Signal(object)  # OpenPicture whose mask or strength is another
    saved = Signal(object)  # Path

    def __init__(self, pictures: Pictures, notifier: Notifier, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures, self._notifier = pictures, notifier
        self._drawing: list[Job] = []  # some of them done
        #: The last step of each mask that another one may replace.
        self._replaceable: WeakKeyDictionary[PaintedMask, PaintCommand] = WeakKeyDictionary()
        pictures.failed.connect(self._tell_drawing)

    @property
    def drawing(self) -> bool:
        """Something is being done to all of a layer."""
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
            self._push(self._pictures.current, text, layer, edit, done)

    def put(self, opened: OpenPicture, layer: Layer, values: Values) -> None:
        """Take what was painted over a picture, any, as it was before a crash."""
        setattr(opened.painted, layer.value, PaintedMask(values))
        self._painted_on(opened)

    # What is done to all of a layer, in the background.

    def invert(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: edits.inverted)

    def clear(self, text: str, layer: Layer) -> None:
        self._redraw(text, layer, lambda: edits.cleared)

    def grow(self, text: str, layer: Layer, by: int) -> None:
        """Let what is painted reach so many pixels further; less far for a negative number."""
        self._redraw(text, layer, lambda: edits.grown(by) if by > 0 else edits.shrunk(-by))

    def feather(self, text: str, layer: Layer, by: int) -> None:
        """Let what is painted fade out beside itself: half is left so many pixels away."""
        self._redraw(text, layer, lambda: edits.feathered(by))

    def enclose(
        self,
        text: str,
        layer: Layer,
        points: Sequence[tuple[float, float]],
        painted: bool = True,
        value: int | None = None,
    ) -> None:
        """Paint (or wipe) what a closed line runs around.

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
        """Paint (or wipe) what has the colour of a point; see `imaging.regions.alike`."""
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return
        width, height = opened.content.picture.size
        if 0 <= at[0] < width and 0 <= at[1] < height:
            alike = partial(regions.alike, opened.content.picture.pixels, at, tolerance, joined)
            self._redraw(text, layer, lambda: edits.with_region(alike(), painted))

    def drop_mark(self, text: str, layer: Layer, at: tuple[int, int], reach: int) -> None:
        """Wipe the mark at a point, or the nearest within reach, in pixels."""
        self._change_mark(text, layer, at, reach, grows=False)

    def grow_mark(self, text: str, layer: Layer, at: tuple[int, int], reach: int) -> None:
        """Let it reach a little further: about a thousandth of the longer side."""
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
        """Paint scratches and dust; in place of what was found last, if nothing was done since.

        Args:
            text: names the step, and no other kind of step.
            sensitivity: 0 for what is plain, 1 for whatever might be.
        """
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return
        found = partial(work.find_scratches, opened.content.picture, sensitivity)
        self._redraw(text, layer, lambda: edits.with_region(found()), replaces=True)

    def load(self, text: str, path: Path, layer: Layer = Layer.MASK) -> None:
        """Take the values from a picture of the same size, white is in full."""
        opened = self._pictures.current
        if opened is not None and opened.content.picture is not None:
            read = partial(work.read_mask, path, opened.content.picture.size)
            self._redraw(text, layer, lambda: edits.becomes(layer.ink(read())))

    def save(self, path: Path, force: bool, layer: Layer = Layer.MASK) -> None:
        """Write a layer as a grey PNG; `force` if the person agreed to replace the file."""
        opened, mask = self._pictures.current, self.painted(layer)
        if opened is not None and mask is not None:
            writing = partial(work.write_mask, mask, path, force)
            self._pictures.ask(opened, writing, lambda _: self.saved.emit(path))

    # Helpers.

    def _redraw(
        self, text: str, layer: Layer, prepare: Callable[[], Redraw], replaces: bool = False
    ) -> None:
        """Redraw a layer.

        Args:
            prepare: may take a while.
            replaces: in place of the step before, if that was called the same.
        """
        opened, mask = self._pictures.current, self.painted(layer)
        if opened is None or mask is None:
            return
        prepared = cache(prepare)

        def job(last: PaintCommand | None) -> tuple[int, Edit]:
            version, change = mask.version, prepared()
            under = last.edit.back(look) if last is not None else look
            return version, Edit.to(mask, lambda box: layer.ink(change(under, box)))

        def look(box: Box) -> Values:
            return layer.ink(mask.values[at(box)])

        def begin() -> None:
            last = self._last_of(opened, mask, text) if replaces else None
            self._in_background(opened, partial(job, last), partial(answer, last))

        def answer(last: PaintCommand | None, made: tuple[int, Edit]) -> None:
            version, edit = made
            if mask is not self._layer_of(opened, layer):  # cropped otherwise meanwhile
                self._tell_drawing()
            elif version != mask.version:  # painted on meanwhile: once more, over what is there now
                begin()
            else:
                command = self._push(opened, text, layer, edit, replaced=last)
                if replaces and last is None and command is not None:
                    self._replaceable[mask] = command
                self._tell_drawing()

        begin()

    def _last_of(self, opened: OpenPicture, mask: PaintedMask, text: str) -> PaintCommand | None:
        """The step that was done last to a mask, if it may be replaced and is called so."""
        same = opened.undo.canUndo() and opened.undo.undoText() == text
        return self._replaceable.get(mask) if same else None

    def _in_background(
        self,
        opened: OpenPicture,
        job: Callable[[], tuple[int, Edit]],
        answer: Callable[[tuple[int, Edit]], None],
    ) -> None:
        self._drawing.append(self._pictures.ask(opened, job, answer, painting=True))
        self._tell_drawing()

    def _push(
        self,
        opened: OpenPicture,
        text: str,
        layer: Layer,
        edit: Edit,
        done: bool = False,
        replaced: PaintCommand | None = None,
    ) -> PaintCommand | None:
        mask = self._layer_of(opened, layer)
        if mask is None or not edit:
            return None
        command = PaintCommand(text, mask, edit, partial(self._painted_on, opened), done, replaced)
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
        if opened is self._pictures.current:
            self._notifier.tell(Changes.MASKS)
        self.changed.emit(opened)

    @Slot()
    def _tell_drawing(self) -> None:
        self._notifier.tell(Changes.DRAWING)
