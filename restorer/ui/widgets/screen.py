"""Fitting windows on the screen at every scale."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QStackedWidget, QWidget

_FRAME = QSize(16, 48)  # for the system's window frame, whose size is known only once shown


def room_for(window: QWidget) -> QSize:
    """The largest size of a window on its screen."""
    return window.screen().availableSize() - _FRAME


def fit_on_screen(window: QWidget, wanted: QSize, least: QSize) -> None:
    """Set a window's initial and least size, limited by the screen."""
    room = room_for(window)
    window.setMinimumSize(least.boundedTo(room))
    window.resize(wanted.boundedTo(room))


def scroll_area(body: QWidget) -> QScrollArea:
    """A vertical scroll area around a widget, for low screens."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(body)
    return area


def scroll_pages(pages: QStackedWidget) -> QScrollArea:
    """The same for pages, where only the visible page determines the size."""

    def give_room() -> None:
        for page in map(pages.widget, range(pages.count())):
            shown = page is pages.currentWidget()
            policy = QSizePolicy.Policy.Preferred if shown else QSizePolicy.Policy.Ignored
            assert page is not None
            page.setSizePolicy(policy, policy)

    pages.currentChanged.connect(give_room)
    give_room()
    return scroll_area(pages)
