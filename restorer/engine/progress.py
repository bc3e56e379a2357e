"""How far a run is, and how it is stopped or paused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class Cancelled(Exception):
    """A person stopped the run; this is not an error."""


class PauseSwitch:
    """Pauses work and lets it go on; any thread may set it."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def set(self, paused: bool) -> None:
        if paused:
            self._running.clear()
        else:
            self._running.set()

    def wait(self) -> None:
        """Wait until work goes on, or for a moment."""
        self._running.wait(0.05)


class CancelToken:
    """Any thread may cancel it; a run checks it after every network evaluation of a tile.

    Args:
        pause: while it is set, the work waits wherever the token is checked.
    """

    def __init__(self, pause: PauseSwitch | None = None) -> None:
        self._event = threading.Event()
        self._pause = pause
        self._paused_for = 0.0

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def clock(self) -> float:
        """Seconds on a clock that stands still while work is paused."""
        return time.perf_counter() - self._paused_for

    def raise_if_cancelled(self) -> None:
        if self._pause is not None and self._pause.paused:
            self._wait(self._pause)
        if self.cancelled:
            raise Cancelled

    def _wait(self, pause: PauseSwitch) -> None:
        since = time.perf_counter()
        while pause.paused and not self.cancelled:
            pause.wait()
        self._paused_for += time.perf_counter() - since


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
        """(bottom - top, right - left, 3), 0..1: the present picture of the tile."""
        return self.show()
