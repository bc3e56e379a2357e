"""Connects the crop frame, the canvas and the document."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Slot

from restorer.document import Changes, Document, OpenPicture
from restorer.document.content import Content
from restorer.imaging.crop import Crop
from restorer.ui.canvas import Canvas
from restorer.ui.crop.bar import CropBar
from restorer.ui.crop.selection import Selection
from restorer.ui.crop.tool import CropTool
from restorer.ui.mask.tools import MaskTools
from restorer.words import tr


class CropController(QObject):
    """Shows the whole picture with the frame over it until a person keeps or leaves it.

    Attributes:
        bar: above the canvas meanwhile.
        tool: the frame.
    """

    def __init__(self, document: Document, canvas: Canvas, tools: MaskTools) -> None:
        super().__init__(canvas)
        self._document, self._canvas, self._tools = document, canvas, tools
        self._opened: OpenPicture | None = None  # the picture that is being cropped
        self._quarters = 0
        #: What is to be done with the part that was framed, once it has been looked through.
        self._afterwards: tuple[OpenPicture, Content, Callable[[], object]] | None = None
        self.tool = CropTool(self._changed)
        self.bar = CropBar(self.tool)
        self.bar.hide()
        self.bar.straightened.connect(self._straighten)
        self.bar.turned.connect(self.turn)
        self.bar.whole_wanted.connect(self._take_whole)
        self.bar.kept.connect(self.keep)
        self.bar.left.connect(self.leave)
        document.changed.connect(self._on_changed)
        document.pictures.searched.connect(self._on_searched)
        tools.changed.connect(self._on_tools)

    @property
    def choosing(self) -> bool:
        return self._opened is not None

    @Slot()
    def toggle(self) -> None:
        if self.choosing:
            self.leave()
            return
        crops, now = self._document.crops, self._document.crops.current
        if now is None or not crops.possible:
            return
        (ax, ay), (bx, by), *_ = now.corners
        self._opened = self._document.pictures.current
        self._quarters = round(-math.degrees(math.atan2(by - ay, bx - ax)) / 90) % 4
        self._tools.set_active(False)
        self._lay_over(now)
        self.tool.free = not self.tool.selection.square if self.tool.selection else False
        self._tools.take_instead(self.tool)
        self.bar.show()
        self.bar.refresh()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def keep(self) -> None:
        chosen, opened = self._crop, self._opened
        self.leave()
        if chosen is not None and opened is self._document.pictures.current:
            self._document.crops.keep(tr("Crop"), chosen)

    def keep_first(self, then: Callable[[], object]) -> None:
        """Do something with what is framed, as soon as all is known of it; at once without a frame.

        Whoever frames a part and presses Restore means that part.
        """
        chosen, opened = self._crop, self._opened
        framed = chosen is not None and chosen != self._document.crops.current
        whole = opened.content if opened is not None else None
        self.keep()
        if framed and opened is not None and whole is not None:
            self._afterwards = opened, whole, then
            self._document.notices.hint.emit(tr("First what is framed is measured."))
        else:
            then()

    @Slot()
    def leave(self) -> None:
        if self._opened is not None:
            self._opened = self.tool.selection = None
            self.bar.hide()
            self._document.crops.choose(None)
            self._tools.take_instead(None)

    @Slot(int)
    def turn(self, quarters: int) -> None:
        """Turn the picture clockwise by quarters, with the frame if it is shown."""
        crop = self._crop
        if crop is not None:
            self._quarters = (self._quarters + quarters) % 4
            self._lay_over(crop.turned(90 * quarters))
            self._changed()
        elif not self.choosing:
            text = tr("Turn left") if quarters < 0 else tr("Turn right")
            self._document.crops.turn(text, 90 * quarters)

    # Helpers.

    @property
    def _crop(self) -> Crop | None:
        """The framed part, in the coordinates of the file."""
        selection, now = self.tool.selection, self._document.crops.current
        if selection is None or now is None or selection.crop is None:
            return None
        return self._turned(now.whole).part_between(selection.crop.corners)

    def _turned(self, whole: tuple[int, int]) -> Crop:
        return Crop.all_of(whole).turned(90 * self._quarters)

    def _lay_over(self, crop: Crop) -> None:
        """Show the whole picture with a frame over the part to keep."""
        self._document.crops.choose(self._quarters)
        turned = self._turned(crop.whole)
        self.tool.selection = Selection(tuple(turned.to_result(crop.corners)), turned.size).level()

    @Slot(float)
    def _straighten(self, degrees: float) -> None:
        if self.tool.selection is not None:
            self.tool.selection = self.tool.selection.straightened(degrees)
            self._changed()

    @Slot()
    def _take_whole(self) -> None:
        if self.tool.selection is not None:
            whole = self.tool.selection.whole
            self.tool.selection = Selection(Crop.all_of(whole).corners, whole)
            self._changed()

    def _changed(self) -> None:
        self.bar.refresh()
        self._canvas.update()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        """Leave when another picture is shown or a run begins."""
        current = self._document.pictures.current
        if self._afterwards is not None and current is not self._afterwards[0]:
            self._afterwards = None
        if self._opened is None or not changes & (Changes.CURRENT | Changes.STATUS):
            return
        if current is not self._opened or current.results.making is not None:
            self.leave()

    @Slot(object)
    def _on_searched(self, opened: OpenPicture) -> None:
        afterwards = self._afterwards
        if afterwards is None or opened is not afterwards[0] or opened.content.searching:
            return
        _, whole, then = afterwards
        if opened.content is not whole:  # of which the search may end meanwhile
            self._afterwards = None
            then()

    @Slot()
    def _on_tools(self) -> None:
        """Leave when a person selects a mask tool."""
        if self._tools.kind is not None:
            self.leave()
