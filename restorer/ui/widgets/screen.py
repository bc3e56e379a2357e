"""What fits on the screen, at every scale."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QStackedWidget, QWidget

_FRAME = QSize(16, 48)  # that the system draws around a window, known once it is shown


def room_for(window: QWidget) -> QSize:
    """How large a window can be on its screen."""
    return window.screen().availableSize() - _FRAME


def fit_on_screen(window: QWidget, wanted: QSize, least: QSize) -> None:
    """Give a window its first and its least size, or as much of them as the screen has."""
    room = room_for(window)
    window.setMinimumSize(least.boundedTo(room))
    window.resize(wanted.boundedTo(room))


def scrolling(body: QWidget) -> QScrollArea:
    """A widget that is scrolled up and down where the screen is too low for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(body)
    return area


def scrolling_page(pages: QStackedWidget) -> QScrollArea:
    """The same for pages, of which the one that is shown alone says how much room is needed."""

    def give_room() -> None:
        for page in map(pages.widget, range(pages.count())):
            shown = page is pages.currentWidget()
            policy = QSizePolicy.Policy.Preferred if shown else QSizePolicy.Policy.Ignored
            assert page is not None
            page.setSizePolicy(policy, policy)

    pages.currentChanged.connect(give_room)
    give_room()
    return scrolling(pages)
