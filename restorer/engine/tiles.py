"""The tiles of a run before its first frame: for the screen, and to keep if it is stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from restorer.engine.progress import Progress
from restorer.imaging.bands import bands
from restorer.imaging.picture import Picture, Pixels


class Partials:
    """Mailbox for the tiles made since somebody last looked, and the newest numbers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tiles: list[Progress] = []

    def put(self, progress: Progress) -> bool:
        """Leave a tile; True if the mailbox was empty, so that a message is due."""
        with self._lock:
            self._tiles.append(progress)
            return len(self._tiles) == 1

    def take(self) -> list[Progress]:
        """All tiles since the last time, oldest first."""
        with self._lock:
            tiles, self._tiles = self._tiles, []
            return tiles


class Part:
    """The tiles of the first step, each put where it belongs: never more than one picture of them.

    Attributes:
        tiles: (made, all), None before the first.
        shown: the tiles so far, for the screen; they are views, no copies.
    """

    def __init__(self, picture: Picture, times: int) -> None:
        height, width = (side * times for side in picture.pixels.shape[:2])
        self._made: Pixels = np.empty((height, width, 3), np.float32)  # takes room as it fills
        self._there = np.zeros((height, width), bool)
        self.tiles: tuple[int, int] | None = None
        self.shown: list[Progress] = []

    def put(self, tile: Progress) -> None:
        """Add a tile; it goes over those before it."""
        left, top, right, bottom = tile.box
        self._made[top:bottom, left:right] = tile.x0
        self._there[top:bottom, left:right] = True
        self.tiles = tile.tile, tile.tiles
        self.shown.append(replace(tile, x0=self._made[top:bottom, left:right]))

    def over(self, original: Pixels) -> Pixels:
        """The tiles, and the picture as it came where there are none."""
        for rows in bands(original.shape):
            np.copyto(self._made[rows], original[rows], where=~self._there[rows][..., None])
        return self._made
