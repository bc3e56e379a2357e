"""A painted mask over the picture, drawn at the resolution of the screen and no finer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QRectF, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from restorer.document import Box, PaintedMask
from restorer.document.masks.painted import FULL, Values, box_index, clip_box
from restorer.ui.canvas.viewport import Viewport
from restorer.ui.widgets.qimage import tinted, tinted_bytes

OPACITY = 0.55  # of fully painted pixels

_LEVELS = 7  # the coarsest is 64 times smaller


class MaskOverlay:
    """A painted mask in one colour.

    A stroke updates only the levels and screen pixels under it. Each
    level holds the maximum of the pixels it stands for, so a thin line stays visible from afar.
    """

    def __init__(self) -> None:
        self._mask: PaintedMask | None = None
        self._levels: list[Values] = []
        self._inverted = False
        self._color = QColor(255, 0, 0)
        self._image = QImage()
        self._place: tuple[QRect, QRect] | None = None  # (target, seen) of the image

    @property
    def mask(self) -> PaintedMask | None:
        return self._mask

    def show(self, mask: PaintedMask | None, color: QColor, inverted: bool = False) -> None:
        """Show a mask, or none; `inverted` tints where it is not full."""
        if (mask, inverted) != (self._mask, self._inverted):
            self._mask, self._inverted, self._levels = mask, inverted, []
            if mask is not None:
                self._levels = [np.empty(0, np.uint8)] * _LEVELS
                self._reduce((0, 0, *mask.size), everything=True)
        self._color, self._place = color, None

    def touch(self, box: Box) -> QRect:
        """Take over changed values in a box; returns the part of the screen, in device pixels."""
        if self._mask is None:
            return QRect()
        self._reduce(box)
        if self._place is None:
            return QRect()
        target, seen = self._place
        sx, sy = (n / m for n, m in zip(target.size().toTuple(), self._mask.size, strict=True))
        grain = self._factor(min(sx, sy))
        left, top, right, bottom = (n // grain * grain for n in box)
        x0, y0 = target.left() + int(left * sx) - 1, target.top() + int(top * sy) - 1
        x1 = target.left() + int((right + grain) * sx) + 2
        y1 = target.top() + int((bottom + grain) * sy) + 2
        part = QRect(x0, y0, x1 - x0, y1 - y0) & seen
        if not part.isEmpty():
            at_left, at_top = part.left() - seen.left(), part.top() - seen.top()
            rows = slice(at_top, at_top + part.height())
            columns = slice(at_left, at_left + part.width())
            tinted_bytes(self._image)[rows, columns] = self._sampled(target, part)
        return part

    def image(self, target: QRect, seen: QRect) -> QImage:
        """The tint for `seen`, a part of `target`, the rectangle of the whole picture."""
        if self._place != (target, seen):
            self._place = QRect(target), QRect(seen)
            self._image = tinted(self._sampled(target, seen), self._color, OPACITY)
        return self._image

    def _sampled(self, target: QRect, part: QRect) -> Values:
        """(h, w) ink under the centres of the device pixels of a part."""
        assert self._mask is not None
        width, height = self._mask.size
        x = _under(part.left() - target.left(), part.width(), width, target.width())
        y = _under(part.top() - target.top(), part.height(), height, target.height())
        factor = self._factor(min(target.width() / width, target.height() / height))
        if factor > 1:
            level = self._levels[factor.bit_length() - 1]
            found: Values = level[(y // factor)[:, None], (x // factor)[None]]
            return found
        return self._ink(self._mask.values[y[:, None], x[None]])

    def _factor(self, scale: float) -> int:
        """Picture pixels per side of the finest level that is no finer than the screen.

        A level a little finer than that is accepted, so that the tint keeps close to the mask.
        """
        factor = 1
        while factor * scale < 0.75 and factor < 2 ** (_LEVELS - 1):
            factor *= 2
        return factor

    def _reduce(self, box: Box, everything: bool = False) -> None:
        assert self._mask is not None
        size = self._mask.size
        if everything and self._blank():
            width, height = size
            sides = [(-(-height // 2**i), -(-width // 2**i)) for i in range(_LEVELS)]
            self._levels[1:] = [np.zeros(side, np.uint8) for side in sides[1:]]
            return
        for i in range(1, _LEVELS):
            left, top, right, bottom = clip_box(box, size)
            left, top = left // 2, top // 2
            right, bottom = -(-right // 2), -(-bottom // 2)
            finer = (2 * left, 2 * top, 2 * right, 2 * bottom)
            if i == 1:
                halved = _halved(self._ink(self._mask.values[box_index(finer)]))
            else:
                halved = _halved(self._levels[i - 1][box_index(finer)])
            if everything:
                self._levels[i] = halved
            else:
                self._levels[i][top:bottom, left:right] = halved
            box = left, top, right, bottom
            size = -(-size[0] // 2), -(-size[1] // 2)

    def _blank(self) -> bool:
        """Nothing is painted yet, as on most new masks."""
        assert self._mask is not None
        values = self._mask.values
        return bool(values.min() == FULL) if self._inverted else not values.any()

    def _ink(self, values: Values) -> Values:
        return FULL - values if self._inverted else values


class MaskLayer(QObject):
    """A painted mask in each pane of a widget; a stroke repaints only what it touches."""

    def __init__(self, widget: QWidget, viewport: Viewport) -> None:
        super().__init__(widget)
        self._widget = widget
        self._viewport = viewport
        self._overlay = MaskOverlay()

    @property
    def shown(self) -> PaintedMask | None:
        """The mask that is tinted."""
        return self._overlay.mask

    def show(self, mask: PaintedMask | None, color: QColor, inverted: bool = False) -> None:
        """Tint a mask, where it is not full if `inverted`; None removes the tint."""
        before = self._overlay.mask
        if mask is not before:
            if before is not None:
                before.changed.disconnect(self._on_painted)
            if mask is not None:
                mask.changed.connect(self._on_painted)
        self._overlay.show(mask, color, inverted)
        self._widget.update()

    def paint(self, painter: QPainter) -> None:
        """Draw the tint; the painter uses device pixels."""
        geometry = self._viewport.geometry
        target, seen = QRect(*geometry.target), QRect(*geometry.covered)
        mask = self._overlay.mask
        if mask is None or seen.isEmpty():
            return
        if mask.size != tuple(side // mask.factor for side in geometry.picture):
            return
        image = self._overlay.image(target, seen)
        for pane in geometry.panes:
            painter.drawImage(seen.left() + pane, seen.top(), image)

    @Slot(object)
    def _on_painted(self, box: Box) -> None:
        part, ratio = self._overlay.touch(box), self._viewport.ratio
        for pane in self._viewport.geometry.panes:
            moved = QRectF(part.translated(pane, 0))
            place = QRectF(moved.topLeft() / ratio, moved.size() / ratio)
            self._widget.update(place.toAlignedRect().adjusted(-1, -1, 1, 1))


def _under(first: int, count: int, pixels: int, dots: int) -> NDArray[np.intp]:
    """The picture pixels under `count` device pixels in a row."""
    middles = (np.arange(first, first + count) + 0.5) * (pixels / dots)
    return np.minimum(middles.astype(np.intp), pixels - 1)


def _halved(values: Values) -> Values:
    """The maximum of each block of two by two, at odd edges of what is left of it."""
    rows = values[::2].copy()
    below = values[1::2]
    np.maximum(rows[: len(below)], below, out=rows[: len(below)])
    halved = np.ascontiguousarray(rows[:, ::2])
    right = rows[:, 1::2]
    inner = halved[:, : right.shape[1]]
    np.maximum(inner, right, out=inner)
    return halved
