"""The course beside the picture: a heading, a page or the contents, Back and Next."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from restorer.ui.course.pages import PAGES
from restorer.ui.widgets.buttons import button, icon_button
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_row, wide
from restorer.ui.widgets.screen import scroll_area
from restorer.words import tr

WIDTH = 380


class CoursePanel(QFrame):
    """Shows a page or the contents.

    Attributes:
        body: the page or the contents.
    """

    back = Signal()
    onward = Signal()
    contents = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.body: QWidget | None = None
        self.heading = label(tr("COURSE"), "section")
        self.contents_button = button(tr("Contents"), self.contents)
        self.contents_button.setObjectName("link")
        close = icon_button("close", tr("Close the course (Ctrl+L opens it again)"))
        close.clicked.connect(self.closed)
        self._area = scroll_area(QWidget())
        self._area.setAccessibleName(self.heading.text())
        self.back_button = button(tr("Back"), self.back)
        self.next_button = button(tr("Next"), self.onward, main=96)
        self._foot = foot = QFrame()
        foot.setObjectName("panelFoot")
        in_row(self.back_button, SPACE, self.next_button, on=foot, margins=(16, 8, 16, 8))
        head = in_row(self.heading, SPACE, self.contents_button, close, spacing=4)
        head.setContentsMargins(16, 6, 8, 0)
        in_column(head, wide(self._area), foot, on=self)

    def show_body(self, body: QWidget, number: int) -> None:
        """Show a page with its number, or the contents with 0."""
        body.setObjectName("panelBody")
        focused = QApplication.focusWidget()
        held = self.body is not None and focused is not None and self.body.isAncestorOf(focused)
        self.body = body
        self._area.setWidget(body)
        of = tr("PAGE {0} OF {1}").format(number, len(PAGES))
        self.heading.setText(of if number else tr("COURSE"))
        self.contents_button.setVisible(number > 0)
        self._foot.setVisible(number > 0)
        if held:
            self.take_focus()
        self.next_button.setText(tr("Next") if number < len(PAGES) else tr("Finish"))

    @Slot()
    def take_focus(self) -> None:
        """Focus the scroll area: keys scroll it, and Tab continues from here."""
        self._area.setFocus(Qt.FocusReason.OtherFocusReason)

    def scroll_to(self, part: QWidget) -> None:
        """Scroll this part of the body to the upper edge, or as near as possible."""
        assert self.body is not None
        top = part.mapTo(self.body, QPoint(0, 0)).y()
        self._area.verticalScrollBar().setValue(top - 48)
