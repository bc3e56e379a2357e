"""Short work off the main thread: reading, measuring, saving, copying, preparing pixels.

Not superqt's `thread_worker`: it keeps no order, cannot skip what is outdated, and exchanges the
hooks of `warnings` under the other threads.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from restorer.engine.progress import Cancelled, CancelToken
from restorer.errors import RestorerError, as_restorer_error
from restorer.imaging.bands import stoppable

T = TypeVar("T")

#: Is given the share that is done, 0 to 1.
OnShare = Callable[[float], object]

_REPORT_SECONDS = 0.05  # at least, between two shares of one piece of work

_local = threading.local()  # .job: what this thread works on


def go_on() -> None:
    """Call this between parts of long work: it raises `Cancelled` if nobody waits any more."""
    job = getattr(_local, "job", None)
    if job is not None:
        job.raise_if_unwanted()


def report(done: int, total: int) -> None:
    """Call this between parts of long work: the same, and it reports the share that is done."""
    go_on()
    job = getattr(_local, "job", None)
    if job is not None and total:
        job.report(done / total)


class Job:
    """One piece of work. Belongs to the main thread; only there `running` is valid."""

    def __init__(
        self,
        then: Callable[[Any], object],
        failed: Callable[[RestorerError], object],
        progress: OnShare | None,
        wanted: Callable[[], bool],
    ) -> None:
        self.token = CancelToken()
        self._wanted = wanted
        self._listeners: tuple[Callable[..., object], ...] | None = (then, failed)
        self._progress = progress
        self._reported = 0.0

    @property
    def running(self) -> bool:
        """It was neither answered nor cancelled."""
        return self._listeners is not None and self._wanted()

    def cancel(self) -> None:
        """Cancel it: nothing is called from now on."""
        self.token.cancel()
        self._listeners = None

    # Called from the thread that works on it.

    def raise_if_unwanted(self) -> None:
        """Raise `Cancelled` if nobody waits for its answer."""
        self.token.raise_if_cancelled()
        if not self._wanted():
            raise Cancelled

    def work(self, work: Callable[[], Any]) -> None:
        """Do the work, unless it was cancelled, and send the answer to the main thread.

        All that goes by bands ends when nobody waits for it.
        """
        if self.token.cancelled or not self._wanted():
            return
        _local.job = self
        try:
            with stoppable(self.raise_if_unwanted):
                value = work()
        except Cancelled:
            _main_thread().send(self.cancel)
        except Exception as error:  # the border of the thread: it must reach the window
            # without the frames that it came through, which hold whole pictures
            problem = as_restorer_error(error).with_traceback(None)
            _main_thread().send(partial(self._answer, None, problem))
        else:
            _main_thread().send(partial(self._answer, value, None))
        finally:
            _local.job = None

    def report(self, share: float) -> None:
        """Send the progress to the main thread, but not too often."""
        now = time.monotonic()
        if self._progress is not None and now - self._reported > _REPORT_SECONDS:
            self._reported = now
            _main_thread().send(partial(self._tell, self._progress, share))

    # Called from the main thread.

    def _tell(self, progress: OnShare, share: float) -> None:
        if self.running:
            progress(share)

    def _answer(self, value: Any, error: RestorerError | None) -> None:
        if self._listeners is None or not self._wanted():
            return
        then, failed = self._listeners
        self._listeners = None
        if error is None:
            then(value)
        else:
            failed(error)


class Background:
    """Does one piece of work after the other in a thread that exists only while there is work.

    Its methods are called from the main thread, and there the answers arrive, in order. None
    arrives after it was cancelled, after `shutdown`, or when the owner is gone.
    """

    def __init__(self, name: str, owner: QObject) -> None:
        """`name`: name of the thread in the log."""
        _main_thread()  # belongs to the main thread
        self._name = f"restorer-{name}"
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Job, Callable[[], Any]]] = deque()
        self._thread: threading.Thread | None = None
        self._jobs: list[Job] = []  # running, and some that are over
        self._open = True
        # asked each time: what a `destroyed` signal calls while its sender is torn down may crash
        self._owner: weakref.ref[QObject] = weakref.ref(owner)
        _all.add(self)

    @property
    def running(self) -> bool:
        """Somebody waits for an answer."""
        return any(job.running for job in self._jobs)

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[RestorerError], object],
        progress: OnShare | None = None,
        newest_only: bool = False,
    ) -> Job:
        """Queue work; then call `then` with its value, or `failed` with its error.

        Args:
            work: may call `go_on` and `report` of this module.
            progress: is given the share that is done, when the work reports it.
            newest_only: what waits still will never begin. A slow screen thus skips frames and
                queues none, while what is under way is finished and seen.
        """
        job = Job(then, failed, progress, self._has_owner)
        if not self._open or not self._has_owner():
            job.cancel()
            return job
        if newest_only:
            self._drop_waiting()
        self._jobs = [*(other for other in self._jobs if other.running), job]
        with self._lock:
            self._waiting.append((job, work))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name)
                self._thread.start()
        return job

    def cancel(self) -> None:
        """Cancel all work; running work ends at its next call of `go_on`."""
        self._drop_waiting()
        for job in self._jobs:
            job.cancel()
        self._jobs = []

    def belongs_to(self, thing: QObject) -> bool:
        """Its owner is this object or one of its children."""
        owner = self._owner()
        while owner is not None and isValid(owner) and owner is not thing:
            owner = owner.parent()
        return owner is thing

    def shutdown(self) -> None:
        """Cancel everything and wait for the thread; nothing starts afterwards."""
        self._open = False
        self.cancel()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _has_owner(self) -> bool:
        owner = self._owner()
        return owner is not None and isValid(owner)

    def _drop_waiting(self) -> None:
        with self._lock:
            dropped = list(self._waiting)
            self._waiting.clear()
        for job, _ in dropped:
            job.cancel()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                job, work = self._waiting.popleft()
            job.work(work)
            del job, work  # they may hold a picture


#: Those that somebody holds.
_all: weakref.WeakSet[Background] = weakref.WeakSet()


def shutdown_all(within: QObject) -> None:
    """Shut down all backgrounds that belong to a window or to its parts."""
    for background in [one for one in _all if one.belongs_to(within)]:
        background.shutdown()


class _MainThread(QObject):
    """Carries calls into the main thread.

    There is one, which is never destroyed, so that no thread speaks to something that is gone.
    """

    _sent = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._calls: deque[Callable[[], object]] = deque()
        self._sent.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, call: Callable[[], object]) -> None:
        """Called from any thread."""
        self._calls.append(call)
        self._sent.emit()

    @Slot()
    def _deliver(self) -> None:
        self._calls.popleft()()


@cache
def _main_thread() -> _MainThread:
    return _MainThread()
