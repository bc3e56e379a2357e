"""The order of tiles: visible ones first."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

Box = tuple[int, int, int, int]

_local = threading.local()


class ViewFocus:
    """The part of the picture that a person looks at.

    Attributes:
        at: (left, top, right, bottom) in shares of the picture's width and height; None for
            nowhere. Set from any thread, at any time.
    """

    def __init__(self) -> None:
        self.at: tuple[float, float, float, float] | None = None

    def first(self, boxes: Mapping[int, Box], width: int, height: int) -> int:
        """The key of the next box: the nearest to the middle of the view.

        Args:
            boxes: (left, top, right, bottom) of those that are left, at least one.
            width, height: of the picture that they are in.
        """
        at = self.at
        if at is None:
            return min(boxes)
        left, top, right, bottom = at[0] * width, at[1] * height, at[2] * width, at[3] * height

        def rank(key: int) -> tuple[bool, float, int]:
            x0, y0, x1, y1 = boxes[key]
            unseen = x0 >= right or y0 >= bottom or x1 <= left or y1 <= top
            far = (x0 + x1 - left - right) ** 2 + (y0 + y1 - top - bottom) ** 2
            return unseen, far, key

        return min(boxes, key=rank)


@contextmanager
def tiles_near(look: ViewFocus) -> Iterator[None]:
    """Order this thread's tiles by this focus inside this context."""
    before = current()
    _local.look = look
    try:
        yield
    finally:
        _local.look = before


def current() -> ViewFocus:
    """The present focus; without one, tiles come row by row."""
    return getattr(_local, "look", None) or ViewFocus()
