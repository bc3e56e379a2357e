"""All open pictures restored, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from restorer.document.changes import Changes
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures

#: So many pictures are read, measured or in line at once: each takes memory.
AHEAD = 3


class Batch(QObject):
    """Restores all pictures that have no result yet, and reads those that are not read yet."""

    def __init__(
        self,
        pictures: Pictures,
        restore: Callable[[OpenPicture], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._pictures, self._restore = pictures, restore
        self._waiting: list[OpenPicture] = []
        self._reading: set[OpenPicture] = set()
        pictures.measured.connect(self._measured)
        pictures.closing.connect(self._closing)

    @property
    def left(self) -> list[OpenPicture]:
        """Pictures without a result and without a run."""
        return [opened for opened in self._pictures.all if _untouched(opened)]

    @property
    def waits(self) -> bool:
        return bool(self._waiting or self._reading)

    def begin(self) -> None:
        self._waiting = self.left
        self._go_on()

    def stop(self) -> None:
        """Drop the pictures that still wait."""
        self._waiting.clear()
        self._reading.clear()

    @Slot(object)
    def hear(self, changes: Changes) -> None:
        """Continue if a picture is finished."""
        if self._waiting and changes & Changes.PICTURES:
            self._go_on()

    def _go_on(self) -> None:
        while self._waiting and len(self._reading) + self._under_way() < AHEAD:
            opened = self._waiting.pop(0)
            if not _untouched(opened):
                continue  # somebody was faster
            if opened.content.estimate is not None:
                self._restore(opened)
            else:
                self._reading.add(opened)
                self._pictures.read(opened)

    def _under_way(self) -> int:
        """Pictures that are planned, restored or judged."""
        return sum(map(_is_under_way, self._pictures.all))

    @Slot(object)
    def _measured(self, opened: OpenPicture) -> None:
        if opened in self._reading:
            self._reading.discard(opened)
            self._restore(opened)
            self._go_on()

    @Slot(object)
    def _closing(self, opened: OpenPicture) -> None:
        """Also pictures that cannot be read."""
        self._reading.discard(opened)
        if opened in self._waiting:
            self._waiting.remove(opened)
        self._go_on()


def _is_under_way(opened: OpenPicture) -> bool:
    results = opened.results
    return results.making is not None or results.steps is not None or opened.plan.begins_soon


def _untouched(opened: OpenPicture) -> bool:
    return not len(opened.results) and not _is_under_way(opened)
