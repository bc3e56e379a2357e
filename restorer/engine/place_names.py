"""Where boxes lie in a picture, in words."""

from __future__ import annotations

from collections.abc import Sequence

from restorer.words import marked as _
from restorer.words import tr

Box = tuple[int, int, int, int]  # left, top, right, bottom

#: By third, from the top and from the left.
_PLACES = (
    (_("upper left"), _("upper"), _("upper right")),
    (_("left"), _("middle"), _("right")),
    (_("lower left"), _("lower"), _("lower right")),
)


def place_words(boxes: Sequence[Box], size: tuple[int, ...]) -> str:
    """Name the places of boxes in a picture of this (height, width): "upper left, middle"."""
    height, width = size
    words = []
    for left, top, right, bottom in boxes:
        row = _PLACES[min(2, 3 * (top + bottom) // (2 * height))]
        words.append(tr(row[min(2, 3 * (left + right) // (2 * width))]))
    return ", ".join(dict.fromkeys(words))
