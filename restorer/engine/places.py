"""Where boxes lie in a picture, in words."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[int, int, int, int]  # left, top, right, bottom

_ROWS, _COLUMNS = ("upper", "", "lower"), ("left", "", "right")


def place_words(boxes: Sequence[Box], size: tuple[int, ...]) -> str:
    """Of boxes in a picture of this (height, width): "upper left, middle"."""
    height, width = size
    words = []
    for left, top, right, bottom in boxes:
        row = _ROWS[min(2, 3 * (top + bottom) // (2 * height))]
        column = _COLUMNS[min(2, 3 * (left + right) // (2 * width))]
        words.append(f"{row} {column}".strip() or "middle")
    return ", ".join(dict.fromkeys(words))
