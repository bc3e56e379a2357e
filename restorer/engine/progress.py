"""How far a run is, and how it is told to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class Cancelled(Exception):
    """The person stopped the run; not an error."""


class CancelToken:
    """Set from any thread, looked at after every network evaluation of a tile."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled


@dataclass(frozen=True, eq=False)
class Progress:
    """One tile of one step has been evaluated.

    Attributes:
        step, steps: the step being computed, from 0, and how many there will be.
        tile, tiles: tiles of this step that are done, and how many it has.
        seconds_left: for the whole run, from the tiles so far.
        box: (left, top, right, bottom) of the tile in the picture.
        x0: (bottom - top, right - left, 3) float32, 0..1: what the tile looks like now.
    """

    step: int
    steps: int
    tile: int
    tiles: int
    seconds_left: float
    box: tuple[int, int, int, int]
    x0: NDArray[np.float32]
