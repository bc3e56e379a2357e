"""The open pictures as a strip of thumbnails, when there are several."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from restorer.document import Document, OpenPicture, Status
from restorer.ui.qimage import to_qimage

WIDTH = 112
_THUMBNAIL = QSize(88, 64)


class PictureStrip(QListWidget):
    """One item for each open picture; hidden while there are fewer than two."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAccessibleName(self.tr("Open pictures"))
        self.setFixedWidth(WIDTH)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.TopToBottom)
        self.setWrapping(False)
        self.setViewportMargins(4, 8, 0, 8)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(_THUMBNAIL)
        self.setGridSize(QSize(WIDTH - 9, 96))
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._document = document
        self._entries: list[OpenPicture] = []
        document.pictures_changed.connect(self.refresh)
        document.current_changed.connect(self.refresh)
        self.currentRowChanged.connect(self._on_row)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Bring the items up to date without saying anything."""
        pictures = self._document.pictures
        self.blockSignals(True)
        if self._entries != pictures:
            self._entries = list(pictures)
            self.clear()
            for _ in pictures:
                self.addItem(QListWidgetItem())
        for row, entry in enumerate(pictures):
            self._show(self.item(row), entry)
        if self._document.current in pictures:
            self.setCurrentRow(pictures.index(self._document.current))
        self.blockSignals(False)
        self.setVisible(len(pictures) > 1)

    def _show(self, item: QListWidgetItem, entry: OpenPicture) -> None:
        state = (entry.thumbnail is not None, entry.status, entry.saved)
        if item.data(Qt.ItemDataRole.UserRole) == state:
            return
        item.setData(Qt.ItemDataRole.UserRole, state)
        item.setText(entry.title)
        item.setToolTip(
            "\n".join(filter(None, (str(entry.path or entry.title), self._words(entry))))
        )
        item.setIcon(QIcon(_centred(entry)))

    def _words(self, entry: OpenPicture) -> str:
        match entry.status:
            case Status.OPENING:
                return self.tr("opening…") if entry.asked else self.tr("waiting")
            case Status.MEASURING:
                return self.tr("measuring…")
            case Status.READY:
                return self.tr("clean") if entry.estimate and entry.estimate.clean else ""
            case Status.RESTORING | Status.STOPPING:
                return self.tr("restoring…")
            case Status.STOPPED:
                return self.tr("stopped")
            case Status.RESTORED:
                return self.tr("saved") if entry.saved else self.tr("restored")

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._entries) and self._entries[row] is not self._document.current:
            self._document.show(self._entries[row])


def _centred(entry: OpenPicture) -> QPixmap:
    """The thumbnail in the middle of a transparent tile, so that all items line up."""
    tile = QPixmap(_THUMBNAIL * 2)
    tile.setDevicePixelRatio(2)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if entry.thumbnail is None:
        painter.fillRect(0, 0, _THUMBNAIL.width(), _THUMBNAIL.height(), QColor(128, 128, 128, 32))
    else:
        image = to_qimage(entry.thumbnail, entry.picture.icc if entry.picture else None)
        size = image.size().scaled(_THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio)
        left = (_THUMBNAIL.width() - size.width()) // 2
        top = (_THUMBNAIL.height() - size.height()) // 2
        painter.drawImage(QRect(left, top, size.width(), size.height()), image)
    painter.end()
    return tile
