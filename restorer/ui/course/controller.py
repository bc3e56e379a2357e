"""Connects the window and the course, which is made when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Document, Settings
from restorer.engine.samples import list_samples
from restorer.ui.canvas import Canvas
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.widgets.layouts import in_column
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.course.page_context import PageContext
    from restorer.ui.course.panel import CoursePanel

#: Noise added to a clean picture, 0-255 scale.
_STATIC = 50.0


class CourseController(QObject):
    """Opens and closes the course, and turns its pages.

    Attributes:
        wanted: a person has opened it.
        panel, context: None until it was first opened.
    """

    toggled = Signal()

    def __init__(
        self,
        document: Document,
        settings: Settings,
        canvas: Canvas,
        timeline: NoiseTimeline,
        place: QWidget,
    ) -> None:
        """`place`: the empty widget that takes the panel."""
        super().__init__(place)
        self._document, self._settings = document, settings
        self._canvas, self._timeline, self._place = canvas, timeline, place
        self.wanted = False
        self.panel: CoursePanel | None = None
        self.context: PageContext | None = None
        self._at = 0  # number of the current page, 0 for the contents
        place.hide()

    @Slot()
    def toggle(self) -> None:
        """Open or close the course."""
        if self.wanted:
            self.close()
            return
        self.wanted = True
        if self.panel is None:
            self._make()
        self._place.show()
        self.show_contents()
        self.toggled.emit()

    @Slot()
    def close(self) -> None:
        """Close the course; whatever a page has begun ends."""
        self.wanted = False
        if self.context is not None:
            self.context.leave()
        self._place.hide()
        self.toggled.emit()

    @Slot()
    def show_contents(self) -> None:
        """Show the contents."""
        from restorer.ui.course.contents import Contents

        assert self.panel is not None and self.context is not None
        self.context.leave()
        self._at = 0
        contents = Contents(self.context, self._settings.course_seen, self._settings.course_page)
        contents.wanted.connect(self.show_page)
        contents.painting_wanted.connect(self._open_painting)
        contents.static_wanted.connect(self._cover)
        self.panel.show_body(contents, 0)

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Show the page of this name, or the contents if there is none or no fitting picture."""
        from restorer.ui.course.page_view import PageView
        from restorer.ui.course.pages import PAGES

        assert self.panel is not None and self.context is not None
        names = [page.name for page in PAGES]
        if name not in names or not self.context.fit:
            self.show_contents()
            return
        self.context.leave()
        self._at = names.index(name) + 1
        self._settings.course_page = name
        view = PageView(PAGES[self._at - 1], self.context)
        view.shown.connect(self._on_shown)
        view.revealing.connect(self.panel.take_focus)
        self.panel.show_body(view, self._at)
        view.begin()

    def _make(self) -> None:
        from restorer.ui.course.page_context import PageContext
        from restorer.ui.course.panel import CoursePanel

        self.context = PageContext(self._document, self._canvas, self._timeline, self)
        self.context.changed.connect(self._on_changed)
        self.panel = panel = CoursePanel()
        panel.back.connect(lambda: self._turn(-1))
        panel.onward.connect(lambda: self._turn(1))
        panel.contents.connect(self.show_contents)
        panel.closed.connect(self.close)
        in_column(panel, on=self._place)

    def _turn(self, by: int) -> None:
        from restorer.ui.course.pages import PAGES

        at = self._at + by
        if 1 <= at <= len(PAGES):
            self.show_page(PAGES[at - 1].name)
        else:
            self._settings.course_page = ""
            self.show_contents()

    @Slot()
    def _on_changed(self) -> None:
        """Update the contents after another picture was opened or measured."""
        if self.wanted and self._at == 0:
            self.show_contents()

    @Slot(str)
    def _on_shown(self, name: str) -> None:
        QTimer.singleShot(0, self, self._scroll)  # once it has been laid out
        seen = self._settings.course_seen
        if name not in seen:
            self._settings.course_seen = [*seen, name]

    def _scroll(self) -> None:
        from restorer.ui.course.page_view import PageView

        if self.panel is not None and isinstance(self.panel.body, PageView):
            self.panel.scroll_to(self.panel.body.told)

    @Slot()
    def _open_painting(self) -> None:
        sample = next(one for one in list_samples() if (one.static or 0) >= _STATIC)
        credit = f"{sample.credit} ({sample.licence})"
        self._document.pictures.open_sample(sample.path, sample.title, sample.static, credit)

    @Slot()
    def _cover(self) -> None:
        opened = self._document.pictures.current
        path = (opened.source.path or opened.source.sample) if opened is not None else None
        if opened is None or path is None:
            self._open_painting()
            return
        title = tr("{0} under static").format(opened.source.title)
        self._document.pictures.open_sample(path, title, _STATIC)
