"""Short work off the main thread: reading, measuring, saving, preparing a frame for the screen."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from restorer.engine.progress import Cancelled
from restorer.errors import as_restorer_error
from restorer.jobs.messages import Kind, Message

log = logging.getLogger(__name__)

Work = Callable[[], Any]


def go_on() -> None:
    """Between parts of long work: raise `Cancelled` if the window closes and waits for its end."""
    if QThread.currentThread().isInterruptionRequested():
        raise Cancelled


class Mailbox:
    """Values too large for a signal, left by one thread and taken by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[int, Any] = {}

    def put(self, number: int, value: Any) -> None:
        with self._lock:
            self._values[number] = value

    def take(self, number: int) -> Any:
        """The value left under this number; it can be taken once.

        Raises:
            KeyError: if there is none.
        """
        with self._lock:
            return self._values.pop(number)


class Lane(QObject):
    """Lives in a QThread and does one piece of work after the other.

    With `newest_only`, work that has not begun is dropped when newer work comes: a slow screen
    skips frames, it never queues them.
    """

    message = Signal(object)
    _wake = Signal()

    def __init__(self, mailbox: Mailbox, newest_only: bool = False) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._queue: deque[tuple[int, Work]] = deque(maxlen=1 if newest_only else None)
        self._wake.connect(self._work)

    def submit(self, number: int, work: Work) -> None:
        """Called from the main thread."""
        self._queue.append((number, work))
        self._wake.emit()

    def clear(self) -> None:
        """Forget what has not begun. Called from the main thread."""
        self._queue.clear()

    @Slot()
    def _work(self) -> None:
        try:
            number, work = self._queue.popleft()
        except IndexError:  # replaced by newer work, which has been done
            return
        try:
            self._mailbox.put(number, work())
        except Cancelled:
            log.info("job %d was given up", number)
        except Exception as error:
            log.info("job %d failed", number, exc_info=True)
            self.message.emit(Message(Kind.FAILED, number, error=as_restorer_error(error)))
        else:
            self.message.emit(Message(Kind.DONE, number))
