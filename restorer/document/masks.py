"""What is painted over the open pictures: where to fill, and how strongly to restore."""

from __future__ import annotations

from enum import Enum
from functools import partial

from PySide6.QtCore import Signal

from restorer.document.mask import FULL, Edit, PaintCommand, PaintedMask
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import OpenPictures


class Layer(Enum):
    """What can be painted over a picture; the value is the attribute of an open picture."""

    MASK = "mask"  # where to fill
    STRENGTH = "strength"  # how strongly to restore

    @property
    def blank(self) -> int:
        """The value where nothing has been painted."""
        return FULL if self is Layer.STRENGTH else 0


class Masks(OpenPictures):
    """The open pictures with what is painted over them."""

    #: Mask or strength of the picture on view has come or been changed, after a gesture, not
    #: during it; `PaintedMask.changed` speaks of every bit.
    mask_changed = Signal()

    def painted(self, layer: Layer) -> PaintedMask | None:
        """A layer of the picture on view to paint on; a blank one if there is none yet."""
        entry = self.current
        if entry is None or entry.picture is None:
            return None
        found: PaintedMask | None = getattr(entry, layer.value)
        if found is None:
            found = PaintedMask.empty(entry.picture.size, layer.blank)
            setattr(entry, layer.value, found)
            self.mask_changed.emit()
        return found

    def paint(self, text: str, layer: Layer, edit: Edit, done: bool = False) -> None:
        """Change a layer of the picture on view, undoably.

        Args:
            text: names the step.
            done: the edit has been made already, by a stroke.
        """
        entry, mask = self.current, self.painted(layer)
        if entry is None or mask is None or not edit:
            return
        said = partial(self._painted_on, entry)
        entry.undo.push(PaintCommand(text, mask, edit, said, done))

    def _painted_on(self, entry: OpenPicture) -> None:
        if entry is self.current:
            self.mask_changed.emit()
