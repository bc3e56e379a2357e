"""How long work on the steps of a run tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Told how many parts are done, of how many; what it raises ends the work.
OnPart = Callable[[int, int], object]


def untold(done: int, total: int) -> None:
    """A callback that ignores its progress."""
