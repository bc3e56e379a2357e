"""Runs that wait for the engine: one after the other, and none is stopped for another."""

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
        """Let a run wait at the end, or in the place of one that waits still.

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
        """The run whose turn it is, which is the current one until `done`; None if none waits."""
        with self._lock:
            self._current = self._waiting.pop(0) if self._waiting else None
            return self._current

    def done(self) -> None:
        """The current run is over."""
        with self._lock:
            self._current = None

    def ahead(self, run: Run) -> int:
        """How many runs come before this one: 0 if it is under way, is next, or is not here."""
        with self._lock:
            if run not in self._waiting:
                return 0
            return self._waiting.index(run) + (self._current is not None)

    def move(self, run: Run, by: int) -> None:
        """Let a run that waits begin so many turns later, or earlier for less than 0."""
        with self._lock:
            if run in self._waiting:
                place = max(0, self._waiting.index(run) + by)
                self._waiting.remove(run)
                self._waiting.insert(place, run)

    def waits(self, run: Run) -> tuple[int, int] | None:
        """How many that wait come before and after one that waits; None if it does not."""
        with self._lock:
            if run not in self._waiting:
                return None
            place = self._waiting.index(run)
            return place, len(self._waiting) - 1 - place

    def cancel(self, run: Run) -> bool:
        """Stop this run and no other; true if it waited and will now never begin."""
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
