"""Large pictures a few rows at a time, so that what is worked on stays small and can be stopped."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorer.imaging import scratch

#: Called between bands; what it raises ends the work.
GoOn = Callable[[], object]

#: Pixels of a band: three float64 of each are 6 MB.
PIXELS = 1 << 18

#: After so many bands, what was looked at of arrays in files is let go.
_KEPT = 8

#: After so many, so is what the work itself has taken and freed.
_MANY = 30

_local = threading.local()


def always() -> None:
    """Nobody stops this."""


@contextmanager
def stoppable(go_on: GoOn) -> Iterator[None]:
    """Let `go_on` stop work of this thread inside this context, by raising.

    `bands` and `raise_if_stopped` call it. A generator must not yield inside the context, which
    would hold for its caller as well.
    """
    before = getattr(_local, "go_on", always)
    _local.go_on = go_on
    try:
        yield
    finally:
        _local.go_on = before


def raise_if_stopped() -> None:
    """Raise what `stoppable` was told to raise, for long work that does not go by bands."""
    getattr(_local, "go_on", always)()


def bands(
    shape: tuple[int, ...], go_on: GoOn = always, *, pixels: int | None = None, of: int = 1
) -> Iterator[slice]:
    """Slices of rows from top to bottom that together are all of a picture (H, W, ...).

    Args:
        go_on: called before each; what it raises ends the work.
        pixels: about so many in each; by default `PIXELS`.
        of: each but the last is so many rows, or several times as many.
    """
    height, width = shape[:2]
    rows = max(1, (pixels or PIXELS) // max(1, width * of)) * of
    for number, top in enumerate(range(0, height, rows), 1):
        go_on()
        raise_if_stopped()
        yield slice(top, min(top + rows, height))
        if number % _KEPT == 0:
            scratch.release()
    if height > _MANY * rows:
        scratch.release()
        scratch.trim()


def compute_bands(
    shape: tuple[int, ...], made: Callable[[slice], NDArray[np.float32]], go_on: GoOn = always
) -> NDArray[np.float32]:
    """(H, W, ...) float32, made for some rows at a time; kept where `scratch.empty` keeps it."""
    out: NDArray[np.float32] = scratch.empty(shape)
    for rows in bands(shape, go_on):
        out[rows] = made(rows)
    return out


def digest_of(values: NDArray[Any]) -> str:
    """SHA-256 of the size and the values, as float32, of (H, W, ...)."""
    height, width = values.shape[:2]
    found = hashlib.sha256(f"{width}x{height}:".encode())
    for rows in bands(values.shape):
        found.update(np.ascontiguousarray(values[rows], np.float32).data)
    return found.hexdigest()
