"""What somebody drops or pastes: files of this computer, or picture data from a browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from restorer.imaging.picture import Picture
from restorer.ui.widgets.qimage import from_qimage


@dataclass(frozen=True, eq=False)
class Dropped:
    """Either `paths` (one or more files or folders) or `picture` (data without a file)."""

    paths: tuple[Path, ...] = ()
    picture: Picture | None = None


class DropTarget(QObject):
    """Lets any widget take files and picture data; what it cannot take goes to its parents."""

    hovered = Signal(bool)  # something that could be dropped is over the widget, or has left
    dropped = Signal(object)  # Dropped

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragEnter:
            enter = cast(QDragEnterEvent, event)
            if can_read(enter.mimeData()):
                enter.setDropAction(Qt.DropAction.CopyAction)
                enter.accept()
                self.hovered.emit(True)
                return True
        elif kind == QEvent.Type.DragLeave:
            self.hovered.emit(False)
        elif kind == QEvent.Type.Drop:
            self.hovered.emit(False)
            drop = cast(QDropEvent, event)
            found = read_mime(drop.mimeData())
            if found is not None:
                drop.acceptProposedAction()
                self.dropped.emit(found)
                return True
        return super().eventFilter(watched, event)


def can_read(mime: QMimeData) -> bool:
    """Whether `read_mime` is likely to find something; cheap enough for every drag move."""
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def read_mime(mime: QMimeData) -> Dropped | None:
    """Files first, then picture data; None when there is neither. Nothing is downloaded."""
    paths = tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
    if paths:
        return Dropped(paths=paths)
    data = mime.imageData()
    image = data.toImage() if isinstance(data, QPixmap) else data
    if not isinstance(image, QImage) or image.isNull():
        return None
    return Dropped(picture=picture_from(image))


def picture_from(image: QImage) -> Picture:
    """A picture without a file; 16-bit data keeps its precision."""
    pixels, alpha, icc = from_qimage(image)
    bits = 16 if image.depth() > 32 else 8
    if alpha is not None:
        from restorer.imaging.beneath import continued

        pixels = continued(pixels, alpha)
    return Picture(pixels, alpha, bits=bits, grey=image.isGrayscale(), icc=icc)
