"""Dropping files and pictures on widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from restorer.ui.widgets.labels import restyle


class DropTarget(QObject):
    """Lets any widget accept drops; what it cannot take goes to its parents."""

    hovered = Signal(bool)  # an acceptable drag is over the widget, or has left
    dropped = Signal(object)  # the value that `read` returned

    def __init__(
        self,
        widget: QWidget,
        read: Callable[[QMimeData], object | None],
        may: Callable[[QMimeData], bool] | None = None,
    ) -> None:
        """Accept drops on a widget.

        Args:
            widget: the target.
            read: turns the data into a value; None for data that it cannot take.
            may: a quick check, for a slow `read`.
        """
        super().__init__(widget)
        self._read = read
        self._may = may or (lambda mime: read(mime) is not None)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter:
            enter = cast(QDragEnterEvent, event)
            if self._may(enter.mimeData()):
                enter.setDropAction(Qt.DropAction.CopyAction)
                enter.accept()
                self.hovered.emit(True)
                return True
        elif kind == QEvent.Type.DragLeave:
            self.hovered.emit(False)
        elif kind == QEvent.Type.Drop:
            self.hovered.emit(False)
            drop = cast(QDropEvent, event)
            found = self._read(drop.mimeData())
            if found is not None:
                drop.acceptProposedAction()
                self.dropped.emit(found)
                return True
        return super().eventFilter(watched, event)


class DropZone(QFrame):
    """A frame that shows where to drop, with a least height in pixels."""

    def __init__(self, height: int = 0) -> None:
        super().__init__()
        self.setObjectName("dropzone")
        if height:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self.setMinimumHeight(height)

    def set_over(self, over: bool) -> None:
        """Show whether an acceptable drag is over the window."""
        self.setProperty("over", over)
        restyle(self)


def local_paths(mime: QMimeData) -> tuple[Path, ...]:
    """The local files and folders of a drop; nothing is downloaded."""
    return tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
