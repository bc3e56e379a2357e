"""Files and pictures dropped on a widget, as the system does it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_HOW = Qt.DropAction.CopyAction
_HELD = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def of_files(*paths: Path) -> QMimeData:
    """What is dragged from a window that shows files."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drag(widget: QWidget, mime: QMimeData) -> bool:
    """Hold it over a widget; whether that would take it."""
    enter = QDragEnterEvent(QPoint(9, 9), _HOW, mime, *_HELD)
    QApplication.sendEvent(widget, enter)
    return enter.isAccepted()


def let_go(widget: QWidget, mime: QMimeData) -> None:
    """Drop what is held over it."""
    QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), _HOW, mime, *_HELD))


def drop(widget: QWidget, *paths: Path) -> None:
    """Drag files to a widget, and let them go."""
    mime = of_files(*paths)
    assert drag(widget, mime)
    let_go(widget, mime)
