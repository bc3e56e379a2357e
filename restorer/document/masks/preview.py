"""A preview of the found marks while a person moves the sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal, Slot

import restorer.document.work as work
from restorer.document.masks.finding import Search
from restorer.document.masks.painted import Layer, PaintedMask, Values
from restorer.document.pictures import Pictures
from restorer.imaging.picture import Picture
from restorer.jobs.background import Job


class Preview(QObject):
    """Shows found marks of the current picture as squares, before anything is painted.

    Attributes:
        mask: what would be painted; None while nobody asks.
    """

    changed = Signal()

    def __init__(self, pictures: Pictures, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self.mask: PaintedMask | None = None
        self._job: Job | None = None
        self._next: Callable[[], Job] | None = None
        #: Over the versions of masks that were searched last; for the thread that paints.
        self._searches: WeakKeyDictionary[PaintedMask, tuple[int, Search]] = WeakKeyDictionary()
        pictures.switched.connect(self.drop)

    def show(self, mask: PaintedMask, layer: Layer, sensitivity: float) -> None:
        """Show the findings over a mask of the current picture.

        Of what is asked for in a hurry only the newest is looked for.
        """
        opened = self._pictures.current
        if opened is None or opened.content.picture is None:
            return
        picture = opened.content.picture

        def look() -> tuple[int, Values, int]:
            version, search = mask.version, self.search(mask, layer, picture)
            return version, layer.ink(search.preview(sensitivity)), search.factor

        def answer(made: tuple[int, Values, int]) -> None:
            version, values, factor = made
            if opened is self._pictures.current and version == mask.version:
                self.mask = PaintedMask(values, factor)
                self.changed.emit()
            if self._next is not None:
                self._job, self._next = self._next(), None

        begin = partial(self._pictures.ask, opened, look, answer, painting=True)
        if self._job is not None and self._job.running:
            self._next = begin
        else:
            self._job, self._next = begin(), None

    def prepare(self, mask: PaintedMask, layer: Layer) -> None:
        """Prepare the slow part of the first `show` over a mask."""
        opened = self._pictures.current
        if opened is not None and opened.content.picture is not None:
            searching = partial(self.search, mask, layer, opened.content.picture)
            self._pictures.ask(opened, searching, lambda _: None, painting=True)

    @Slot()
    def drop(self) -> None:
        """Forget the preview once its marks are painted or no longer wanted."""
        if self.mask is not None:
            self.mask = None
            self.changed.emit()

    def search(self, mask: PaintedMask, layer: Layer, picture: Picture) -> Search:
        """The search over the present mask, for the thread that paints."""
        version, known = mask.version, self._searches.get(mask)
        if known is None or known[0] != version:
            from restorer.degradation.scratches import square_side  # scipy, not at start-up

            find, factor = partial(work.find_scratches, picture), square_side(mask.values.shape)
            ink, coarsely = layer.ink(mask.values), partial(find, coarse=True)
            search = Search(ink, mask.found, find, coarsely, factor)
            known = self._searches[mask] = version, search
        return known[1]
