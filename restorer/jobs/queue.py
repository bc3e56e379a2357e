"""The queue of runs for the engine: one after the other, and none interrupts another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorer.engine.run import Run


class RunQueue:
    """First come, first served; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Run] = []
        self._current: Run | None = None

    def put(self, run: Run, instead_of: Run | None = None) -> Run | None:
        """Add a run at the end, or in the place of one that is still waiting.

        One that has just begun is stopped.

        Returns:
            The run that gave up its place and will never begin; None if there is none.
        """
        with self._lock:
            if instead_of in self._waiting:
                self._waiting[self._waiting.index(instead_of)] = run
                return instead_of
            if instead_of is not None:
                instead_of.cancel.cancel()
            self._waiting.append(run)
            return None

    def take(self) -> Run | None:
        """Take the next run, which is current until `done`; None if none waits."""
        with self._lock:
            self._current = self._waiting.pop(0) if self._waiting else None
            return self._current

    def done(self) -> None:
        """Mark the current run as finished."""
        with self._lock:
            self._current = None

    def ahead(self, run: Run) -> int:
        """Number of runs before this one: 0 if it is current, is next, or is not in the queue."""
        with self._lock:
            if run not in self._waiting:
                return 0
            return self._waiting.index(run) + (self._current is not None)

    def move(self, run: Run, by: int) -> None:
        """Move a waiting run back by so many turns, or forward if negative."""
        with self._lock:
            if run in self._waiting:
                place = max(0, self._waiting.index(run) + by)
                self._waiting.remove(run)
                self._waiting.insert(place, run)

    def waits(self, run: Run) -> tuple[int, int] | None:
        """Number of runs that wait before and after this one; None if it does not wait."""
        with self._lock:
            if run not in self._waiting:
                return None
            place = self._waiting.index(run)
            return place, len(self._waiting) - 1 - place

    def cancel(self, run: Run) -> bool:
        """Stop this run and no other; true if it was waiting, so that it never begins."""
        with self._lock:
            run.cancel.cancel()
            if run not in self._waiting:
                return False
            self._waiting.remove(run)
            return True

    def clear(self) -> None:
        with self._lock:
            for run in (*self._waiting, self._current):
                if run is not None:
                    run.cancel.cancel()
            self._waiting.clear()
