"""The frame over the picture: its corners, its sides and the whole frame can be dragged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF

from restorer.imaging.crop import Point
from restorer.ui.canvas.draw import draw_label, draw_outline, label_size
from restorer.ui.canvas.tools import PointerEvent, ToolView
from restorer.ui.crop.selection import Selection
from restorer.words import tr

_GRIP = 14  # logical pixels around a corner or a side where a press grabs it
_DOT = 5
_EDGE = 4  # between the hint and the edge of the canvas


@dataclass
class _Drag:
    """What is dragged: a corner, a side or all; where the drag began, and from which selection."""

    what: str
    number: int
    start: Point
    before: Selection


class CropTool:
    """Shows the part to keep, darkens the rest, and takes drags.

    Attributes:
        selection: the part to keep; None while a person is not cropping.
        free: each corner moves alone.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.selection: Selection | None = None
        self.free = False
        self._drag: _Drag | None = None
        self._scale = 1.0  # logical pixels per pixel of the picture, as it was drawn last

    @property
    def always_visible(self) -> bool:
        return self.selection is not None

    def press(self, event: PointerEvent) -> None:
        if self.selection is not None:
            held = self._held((event.x, event.y))
            self._drag = held and _Drag(*held, (event.x, event.y), self.selection)

    def move(self, event: PointerEvent) -> None:
        drag = self._drag
        if drag is None or self.selection is None:
            return
        by = event.x - drag.start[0], event.y - drag.start[1]
        if drag.what == "corner":
            x, y = drag.before.corners[drag.number]
            to = x + by[0], y + by[1]
            made = self.selection.with_corner(drag.number, to, self.free or event.wide)
        elif drag.what == "side":
            made = drag.before.with_side(drag.number, by)
        else:
            made = drag.before.moved(by)
        self.selection = made
        self._changed()

    def release(self, event: PointerEvent) -> None:
        if self._drag is not None and self.selection is not None:
            self.selection = self.selection.level()
            self._changed()
        self._drag = None

    def cancel(self) -> None:
        if self._drag is not None:
            self.selection, self._drag = self._drag.before, None
            self._changed()

    def cursor(self, view: ToolView) -> Qt.CursorShape | None:
        if self.selection is None:
            return None
        held = self._held(_point_at(view))
        if held is None:
            return Qt.CursorShape.ArrowCursor
        if held[0] == "all":
            return Qt.CursorShape.SizeAllCursor
        corner = held[0] == "corner"
        return Qt.CursorShape.CrossCursor if corner else Qt.CursorShape.PointingHandCursor

    def extent(self, view: ToolView) -> QRectF | None:
        return None

    def paint(self, painter: QPainter, view: ToolView) -> None:
        selection = self.selection
        if selection is None:
            return
        self._scale = view.scale
        frame = [view.place(*corner) for corner in selection.corners]
        width, height = selection.whole
        beside, kept = QPainterPath(), QPainterPath()
        beside.addRect(QRectF(view.place(0, 0), view.place(width, height)))
        kept.addPolygon(QPolygonF(frame))
        kept.closeSubpath()
        painter.fillPath(beside.subtracted(kept), QColor(0, 0, 0, 150))
        draw_outline(painter, self._thirds(view))
        draw_outline(painter, kept)
        self._draw_hint(painter, view)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for corner in frame:
            painter.drawEllipse(corner, _DOT, _DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _thirds(self, view: ToolView) -> QPainterPath:
        """Lines at the thirds of the result, to level a horizon by."""
        path = QPainterPath()
        crop = self.selection.crop if self.selection else None
        if crop is None:
            return path
        for third in (1 / 3, 2 / 3):
            for ends in (((third, 0), (third, 1)), ((0, third), (1, third))):
                start, end = (view.place(*place) for place in crop.at_shares(ends))
                path.moveTo(start)
                path.lineTo(end)
        return path

    def _draw_hint(self, painter: QPainter, view: ToolView) -> None:
        crop = self.selection.crop if self.selection else None
        size = "{} × {}".format(*crop.size) if crop else ""
        words = tr("Drag corners, sides or the middle. Enter keeps {size}, Esc leaves.")
        text = words.format(size=size)
        width, height = label_size(painter, text)
        across, down = (side / view.viewport.ratio for side in view.viewport.device_size)
        low = view.pointer.y() < down / 2  # corners below are not hidden from who drags them
        top = down - height - _EDGE if low else _EDGE
        draw_label(painter, text, QRectF((across - width) / 2, top, width, height))

    def _held(self, point: Point) -> tuple[str, int] | None:
        """What a press there takes hold of."""
        assert self.selection is not None
        reach = _GRIP / max(self._scale, 1e-6)
        corners = np.array(self.selection.corners)
        away = np.hypot(*(corners - point).T)
        if away.min() <= reach:
            return "corner", int(away.argmin())
        along = np.roll(corners, -1, axis=0) - corners
        share = ((point - corners) * along).sum(axis=1) / np.square(along).sum(axis=1)
        beside = np.hypot(*(corners + np.clip(share, 0, 1)[:, None] * along - point).T)
        if beside.min() <= reach:
            return "side", int(beside.argmin())
        return ("all", 0) if self.selection.inside(point) else None


def _point_at(view: ToolView) -> Point:
    return view.viewport.to_picture(QPointF(view.pointer))
