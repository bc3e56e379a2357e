"""Single marks: walk through them with the keyboard, remove them or grow them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath

from restorer.document import Changes, Document, Layer, OpenPicture, after
from restorer.document.masks.commands import Masks
from restorer.imaging.marks import Box, Mark
from restorer.ui.canvas import Canvas
from restorer.ui.canvas.draw import draw_outline
from restorer.ui.canvas.tools import PointerEvent, ToolView
from restorer.ui.text.marks import about_mark
from restorer.words import tr

_MarkChange = Callable[[str, Layer, tuple[int, int], int], None]

#: A click counts within this distance of a mark, in logical pixels.
_REACH = 6
#: A framed mark takes at most this share of the canvas.
_ROOM = 0.5


class MarkTool:
    """A click removes the mark under it; a right click, or one with Alt, grows it.

    Attributes:
        framed: the current mark of the walk, shown with a frame.
    """

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._pressed, self._erase = QPointF(), False
        self.framed: Mark | None = None

    @property
    def always_visible(self) -> bool:
        return self.framed is not None

    def press(self, event: PointerEvent) -> None:
        self._pressed, self._erase = event.position, event.erase

    def move(self, event: PointerEvent) -> None:
        pass

    def release(self, event: PointerEvent) -> None:
        if (event.position - self._pressed).manhattanLength() > _REACH:
            return  # a drag, not a click
        at = int(event.x // 1), int(event.y // 1)
        self.framed = None
        if self._erase:
            self._masks.grow_mark(tr("Grow mark"), Layer.MASK, at, _REACH)
        else:
            self._masks.drop_mark(tr("Remove mark"), Layer.MASK, at, _REACH)

    def cancel(self) -> None:
        pass

    def cursor(self, view: ToolView) -> Qt.CursorShape:
        return Qt.CursorShape.PointingHandCursor

    def paint(self, painter: QPainter, view: ToolView) -> None:
        if self.framed is not None:
            left, top, right, bottom = self.framed.box
            corners = view.place(left, top), view.place(right, bottom)
            path = QPainterPath()
            path.addRect(QRectF(*corners).adjusted(-6, -6, 6, 6))
            draw_outline(painter, path)

    def extent(self, view: ToolView) -> QRectF | None:
        return None


class MarkWalk(QObject):
    """Goes from mark to mark of the current picture, and removes or grows them."""

    walked = Signal()

    def __init__(self, document: Document, canvas: Canvas, tool: MarkTool) -> None:
        super().__init__(canvas)
        self._document, self._canvas, self._tool = document, canvas, tool
        self._version = -1
        self._marks: tuple[Mark, ...] = ()
        self._at = -1
        #: How many marks to go on once the framed one has grown or gone; None while neither.
        self._then: int | None = None
        document.changed.connect(self._forget)
        document.changed.connect(self._drawn)
        document.masks.changed.connect(self._on_masks)

    @after(Changes.CURRENT)
    def _forget(self) -> None:
        self._version, self._marks, self._at, self._tool.framed = -1, (), -1, None
        self._then = None

    @after(Changes.DRAWING)
    def _drawn(self) -> None:
        if not self._document.masks.drawing:
            self._then = None

    def step(self, by: int) -> None:
        """Go so many marks on; 0 stays with the one that is framed, which has grown."""
        opened = self._document.pictures.current
        mask = opened.painted.mask if opened else None
        if opened is None or mask is None:
            return
        if self._version == mask.version:
            self._go(by)
            return
        version, asked = mask.version, mask.marks

        def answer(marks: tuple[Mark, ...]) -> None:
            if version != mask.version:  # painted on, or undone, meanwhile
                if by:
                    self.step(by)
                return
            before = self._marks[self._at].box if 0 <= self._at < len(self._marks) else None
            self._version, self._marks = version, marks
            boxes = [mark.box for mark in marks]
            if before is not None and by == 0:
                # the largest come first
                self._at = max(
                    (n for n, box in enumerate(boxes) if _around(box, before)), default=0
                )
            elif before in boxes:
                self._at = boxes.index(before)
            else:  # the next mark has taken its index
                self._at = min(self._at, len(marks)) - (by > 0)
            self._go(by)

        self._document.pictures.ask(opened, asked, answer)

    def drop(self) -> None:
        self._change(self._document.masks.drop_mark, tr("Remove mark"), 1)

    def grow(self) -> None:
        self._change(self._document.masks.grow_mark, tr("Grow mark"), 0)

    def _change(self, change: _MarkChange, text: str, then: int) -> None:
        if self._tool.framed is not None:
            change(text, Layer.MASK, self._tool.framed.place, 0)
            self._then = then

    @Slot(object)
    def _on_masks(self, opened: OpenPicture) -> None:
        """What was grown keeps its frame, and after one that has gone the next one has it."""
        then, self._then = self._then, None
        if opened is not self._document.pictures.current:
            return
        if then is None:
            self._tool.framed = None  # it may be gone, or another
        else:
            self.step(then)

    def _go(self, by: int) -> None:
        if not self._marks:
            self._tool.framed = None
            self._document.notices.hint.emit(tr("Nothing is marked yet."))
            return
        self._at = (max(self._at, -1 if by > 0 else 0) + by) % len(self._marks)
        mark = self._tool.framed = self._marks[self._at]
        self._centre(mark)
        self._canvas.update()
        self._document.notices.hint.emit(about_mark(mark, self._at + 1, len(self._marks)))
        self.walked.emit()

    def _centre(self, mark: Mark) -> None:
        """Centre the mark on the canvas, and zoom out if it does not fit."""
        viewport, canvas = self._canvas.viewport, self._canvas
        left, top, right, bottom = mark.box
        shown = max(right - left, bottom - top) * viewport.scale
        room = _ROOM * min(canvas.width(), canvas.height())
        middle = QPointF(canvas.width() / 2, canvas.height() / 2)
        if shown > room:
            viewport.zoom_by(room / shown, middle)
        here = viewport.to_widget((left + right) / 2, (top + bottom) / 2, viewport.pane_at(middle))
        viewport.pan(middle - here)


def _around(box: Box, inner: Box) -> bool:
    (left, top, right, bottom), (x, y, end, foot) = box, inner
    return left <= x and top <= y and right >= end and bottom >= foot
