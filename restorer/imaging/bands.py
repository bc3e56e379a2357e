"""Large pictures a few rows at a time, so that what is worked on stays small and can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

#: Called between bands; what it raises ends the work.
GoOn = Callable[[], object]

#: Pixels of a band: three float64 of each are 6 MB.
PIXELS = 1 << 18


def always() -> None:
    """Nobody stops this."""


def bands(shape: tuple[int, ...], go_on: GoOn = always) -> Iterator[slice]:
    """Slices of rows from top to bottom that together are all of a picture (H, W, ...)."""
    height, width = shape[:2]
    rows = max(1, PIXELS // max(1, width))
    for top in range(0, height, rows):
        go_on()
        yield slice(top, min(top + rows, height))
