"""One piece of slow work at a time, off the main thread, that can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from restorer.engine.library import OnProgress
from restorer.engine.progress import Cancelled, CancelToken
from restorer.errors import RestorerError, as_restorer_error

#: Is given an `OnProgress`, which raises `Cancelled` when nobody waits any more.
Work = Callable[[OnProgress], Any]

_TOLD_EVERY_SECONDS = 0.05


class Errand(QObject):
    """Answers come in the main thread, once for each `start`, unless it is stopped.

    Signals:
        progressed: share done, 0 to 1.
        ended: nothing runs any more; before the answer is given.
        failed: a RestorerError.
    """

    progressed = Signal(float)
    ended = Signal()
    failed = Signal(object)
    _told = Signal(int, float)
    _answered = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._number = 0
        self._token = CancelToken()
        self._answers: dict[int, Any] = {}
        self._then: Callable[[Any], None] | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._told.connect(self._on_told, queued)
        self._answered.connect(self._on_answered, queued)

    @property
    def running(self) -> bool:
        return self._then is not None

    def start(self, work: Work, then: Callable[[Any], None]) -> None:
        """Begin; `then` is given the value in the main thread."""
        assert not self.running
        self._number += 1
        self._token, self._then = CancelToken(), then
        self._pool.start(partial(self._run, self._number, work, self._token))

    def stop(self) -> None:
        """No answer is wanted any more."""
        if self.running:
            self._token.cancel()
            self._then = None
            self.ended.emit()

    def shutdown(self) -> None:
        """Stop and wait for the end."""
        self.blockSignals(True)
        self.stop()
        self._pool.waitForDone()

    def _run(self, number: int, work: Work, token: CancelToken) -> None:
        last = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal last
            token.raise_if_cancelled()
            now = time.monotonic()
            if total and now - last > _TOLD_EVERY_SECONDS:
                last = now
                self._told.emit(number, done / total)

        try:
            self._answers[number] = work(tell)
        except Cancelled:
            return
        except Exception as error:  # a thread has nobody else to tell
            self._answers[number] = as_restorer_error(error)
        self._answered.emit(number)

    @Slot(int, float)
    def _on_told(self, number: int, share: float) -> None:
        if self.running and number == self._number:
            self.progressed.emit(share)

    @Slot(int)
    def _on_answered(self, number: int) -> None:
        answer, then = self._answers.pop(number), self._then
        if then is None or number != self._number:
            return
        self._then = None
        self.ended.emit()
        if isinstance(answer, RestorerError):
            self.failed.emit(answer)
        else:
            then(answer)
