"""The engine's thread: loads models, and carries out runs one after the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from restorer.engine.progress import Cancelled
from restorer.engine.run import EngineLike, Run
from restorer.errors import as_restorer_error
from restorer.jobs.messages import Message, MessageKind
from restorer.jobs.queue import RunQueue

log = logging.getLogger(__name__)


class RunWorker(QObject):
    """Lives in a QThread, makes and keeps the engine there, and carries out the runs in `queue`."""

    message = Signal(object)
    _wake = Signal()

    def __init__(self, make_engine: Callable[[], EngineLike]) -> None:
        super().__init__()
        self.queue = RunQueue()
        self._make_engine = make_engine
        self._engine: EngineLike | None = None
        self._loaded: str | None = None
        self._place = ""
        self._lock = threading.Lock()
        self._preload: tuple[int, str] | None = None
        self._wake.connect(self._work)

    # Called from the main thread.

    def submit(self, run: Run, instead_of: Run | None = None) -> Run | None:
        """Carry out this run when its turn comes; see `RunQueue.put`."""
        replaced = self.queue.put(run, instead_of)
        self._wake.emit()
        return replaced

    def preload(self, number: int, model: str) -> None:
        with self._lock:
            self._preload = (number, model)
        self._wake.emit()

    def stop(self) -> None:
        self.queue.clear()
        with self._lock:
            self._preload = None

    # Runs in the worker's thread.

    @Slot()
    def _work(self) -> None:
        with self._lock:
            preload, self._preload = self._preload, None
        if preload is not None:
            number, model = preload
            end = self._ending(number, lambda: self._load(number, model))
            if end.kind is not MessageKind.FINISHED:
                self._say(end)
        run = self.queue.take()
        if run is None:
            return
        end = self._ending(run.number, lambda: self._carry_out(run))
        self.queue.done()  # before anybody hears of the end: the next one is next then
        self._say(end)

    def _ending(self, number: int, work: Callable[[], object]) -> Message:
        """Carry out a run and report its end; an exception that left a slot would be lost."""
        try:
            work()
        except Cancelled:
            return Message(MessageKind.STOPPED, number)
        except Exception as error:
            log.info("job %d failed", number)
            return Message(MessageKind.FAILED, number, error=as_restorer_error(error))
        return Message(MessageKind.FINISHED, number)

    def _load(self, number: int, model: str) -> EngineLike:
        if self._engine is None:
            self._engine = self._make_engine()
        if self._loaded != model:
            self._say(Message(MessageKind.MODEL_LOADING, number))
            self._loaded = None  # should this fail, the one before is asked for anew
            status = self._engine.load(model)
            self._loaded, self._place = model, status.place
            self._say(Message(MessageKind.MODEL_READY, number, model=status))
        return self._engine

    def _carry_out(self, run: Run) -> None:
        run.cancel.raise_if_cancelled()
        self._say(Message(MessageKind.STARTED, run.number))
        engine = self._load(run.number, run.task.model)
        number = run.number  # the engine would keep the whole run
        engine.on_shortage = lambda words: self._say(Message(MessageKind.TOLD, number, words=words))
        run.place = self._place
        run.answers.forget_unless_from(self._place)
        run.cancel.raise_if_cancelled()
        for info in run.carry_out(
            engine, lambda: self._say(Message(MessageKind.PROGRESS, run.number))
        ):
            self._say(Message(MessageKind.FRAME, run.number, frame=info))

    def _say(self, message: Message) -> None:
        self.message.emit(message)
