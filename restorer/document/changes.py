"""The kinds of changes in a document, so that listeners refresh only what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Flag, auto
from functools import wraps
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot


class Changes(Flag):
    """Parts of a document; those of a single picture refer to the current one."""

    NONE = 0
    PICTURES = auto()  # which are open, or how far any of them is
    CURRENT = auto()  # another picture is on view, or it has been read
    ESTIMATE = auto()  # its damage has been measured
    PROPOSAL = auto()
    PARAMETERS = auto()  # or what was found out for them
    #: Mask or strength, after a gesture, not during it; `PaintedMask.changed` speaks of every bit.
    MASKS = auto()
    DRAWING = auto()  # something is being done to all of a mask, or no more
    STATUS = auto()
    PROGRESS = auto()  # of the run of any picture
    RUN = auto()  # another of its runs is shown, or the frames of that run are others
    FRAMES = auto()  # the run that is shown has more frames
    JUDGEMENT = auto()  # its result has been looked at
    VIEW = auto()  # playhead or quantity
    SHOWN = auto()  # the pixels that the canvas shows
    DOUBT = auto()  # its measuring began, went on or ended
    MODEL = auto()  # the one in memory
    ERRORS = auto()


def after(wanted: Changes) -> Callable[[Callable[[Any], None]], Callable[..., None]]:
    """Make a method a listener of `Document.changed` that runs after these changes only.

    Called without any, it runs.
    """

    def decorate(method: Callable[[Any], None]) -> Callable[..., None]:
        @Slot(object)
        @wraps(method)
        def listen(self: object, changes: Changes = wanted) -> None:
            if changes & wanted:
                method(self)

        return listen

    return decorate


class Notifier(QObject):
    """Notifies the listeners of a document.

    Attributes:
        initiator: the listener that made the change which is being told, and shows it already;
            None for everybody else.
    """

    changed = Signal(object)  # Changes

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pending = Changes.NONE
        self._depth = 0
        self.initiator: object | None = None

    def tell(self, changes: Changes) -> None:
        """Announce changes."""
        self._pending |= changes
        if not self._depth and self._pending:
            changes, self._pending = self._pending, Changes.NONE
            self.changed.emit(changes)

    @contextmanager
    def by(self, initiator: object) -> Iterator[None]:
        """Changes announced inside this context were made by this listener."""
        before, self.initiator = self.initiator, initiator
        try:
            yield
        finally:
            self.initiator = before

    @contextmanager
    def together(self) -> Iterator[None]:
        """Announce all changes once, at the end; no event loop may run inside."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self.tell(Changes.NONE)
