"""How far a run is, and how it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class Cancelled(Exception):
    """The person stopped the run; not an error."""


class Gate:
    """Holds work where it is while it is closed; any thread may close and open it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()

    @property
    def closed(self) -> bool:
        return not self._open.is_set()

    def close(self, closed: bool = True) -> None:
        if closed:
            self._open.clear()
        else:
            self._open.set()

    def wait(self) -> None:
        """Until it is open, or a moment has passed."""
        self._open.wait(0.05)


class CancelToken:
    """Set from any thread, looked at after every network evaluation of a tile.

    Args:
        gate: holds the work while it is closed, wherever the token is looked at.
    """

    def __init__(self, gate: Gate | None = None) -> None:
        self._event = threading.Event()
        self._gate = gate
        self._held = 0.0

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def clock(self) -> float:
        """Seconds that count: without those that the gate was closed."""
        return time.perf_counter() - self._held

    def raise_if_cancelled(self) -> None:
        if self._gate is not None and self._gate.closed:
            self._wait(self._gate)
        if self.cancelled:
            raise Cancelled

    def _wait(self, gate: Gate) -> None:
        since = time.perf_counter()
        while gate.closed and not self.cancelled:
            gate.wait()
        self._held += time.perf_counter() - since


@dataclass(frozen=True, eq=False)
class Progress:
    """One tile of one step has been evaluated.

    Attributes:
        step, steps: the step being computed, from 0, and how many there will be.
        tile, tiles: tiles of this step that are done, and how many it has.
        seconds_left: for the whole run, from the tiles so far.
        box: (left, top, right, bottom) of the tile in the picture.
        show: makes `x0`, unless nobody looks: a tenth of what the network takes in one step.
    """

    step: int
    steps: int
    tile: int
    tiles: int
    seconds_left: float
    box: tuple[int, int, int, int]
    show: Callable[[], NDArray[np.float32]]

    @cached_property
    def x0(self) -> NDArray[np.float32]:
        """(bottom - top, right - left, 3), 0..1: what the tile looks like now."""
        return self.show()
