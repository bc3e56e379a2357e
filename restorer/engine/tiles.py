"""The tiles of a run before its first frame: for display, and as a result if it is stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

from restorer.engine.progress import Progress
from restorer.imaging import scratch
from restorer.imaging.bands import bands
from restorer.imaging.geometry import repeated
from restorer.imaging.picture import Picture, Pixels


class TileMailbox:
    """A mailbox for the tiles since the last read, and the newest progress."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tiles: list[Progress] = []

    def put(self, progress: Progress) -> bool:
        """Add a tile; True if the mailbox was empty, so that a message is due."""
        progress.x0  # noqa: B018  # made here, not by the thread that draws
        with self._lock:
            self._tiles.append(progress)
            return len(self._tiles) == 1

    def take(self) -> list[Progress]:
        """Take all tiles since the last call, oldest first."""
        with self._lock:
            tiles, self._tiles = self._tiles, []
            return tiles


class Part:
    """The tiles of the first step, each in its place, for a run that is stopped.

    All that a stop needs is there already, so that none has to wait for it.

    Attributes:
        picture: (H, W, 3) in 0..1, the tiles, and the picture as it came where there are none.
        tiles: (made, all), None before the first.
        shown: the tiles so far, for the screen; they are views, no copies.
    """

    def __init__(self, picture: Picture, times: int) -> None:
        height, width = picture.pixels.shape[:2]
        self.picture: Pixels = scratch.empty((height * times, width * times, 3))
        for rows in bands((height, width)):
            larger = slice(rows.start * times, rows.stop * times)
            self.picture[larger] = repeated(picture.pixels[rows], times)
        self.tiles: tuple[int, int] | None = None
        self.shown: list[Progress] = []

    def put(self, tile: Progress) -> None:
        left, top, right, bottom = tile.box
        self.picture[top:bottom, left:right] = tile.x0
        self.tiles = tile.tile, tile.tiles
        here = self.picture[top:bottom, left:right]
        self.shown.append(replace(tile, show=lambda: here))
