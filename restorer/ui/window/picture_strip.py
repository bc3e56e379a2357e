"""The strip of thumbnails of the open pictures."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    SignalInstance,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QIcon,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from restorer.document import Changes, Document, OpenPicture
from restorer.ui.text import status
from restorer.ui.widgets.labels import to_the_letter
from restorer.ui.widgets.qimage import to_qimage
from restorer.ui.widgets.theme import DARK, Theme
from restorer.ui.window import badge
from restorer.words import tr

WIDTH = 112
_THUMBNAIL = QSize(88, 64)
_TOP = 4  # space above a thumbnail
_CLOSE = 18
_STATE = Qt.ItemDataRole.UserRole
_BADGE = Qt.ItemDataRole.UserRole + 1


class PictureStrip(QListWidget):
    """One item per open picture; hidden while there are fewer than two."""

    restore_wanted = Signal(object)  # OpenPicture
    restore_all_wanted = Signal(object)  # OpenPicture whose menu was used
    stop_wanted = Signal(object)  # OpenPicture
    close_wanted = Signal(object)  # OpenPicture
    close_others_wanted = Signal(object)  # OpenPicture
    settings_wanted = Signal(object)  # OpenPicture that gets the current picture's settings

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAccessibleName(tr("Open pictures"))
        self.setFixedWidth(WIDTH)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.TopToBottom)
        self.setWrapping(False)
        self.setViewportMargins(4, 8, 0, 8)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(_THUMBNAIL)
        self.setGridSize(QSize(WIDTH - 9, 96))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._badges = _Badges(self)
        self._closing: OpenPicture | None = None  # the mouse is pressed on its close sign
        self.setItemDelegate(self._badges)
        self._document = document
        self._pictures: list[OpenPicture] = []
        document.changed.connect(self._on_changed)
        self.currentRowChanged.connect(self._on_row)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self._badges.theme = theme
        self.viewport().update()

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & (Changes.PICTURES | Changes.CURRENT):
            self.refresh()
        elif changes & Changes.PROGRESS:
            for row, opened in enumerate(self._pictures):
                if opened.status.running:
                    self._show(self.item(row), opened)

    def refresh(self) -> None:
        """Update the items; emits nothing."""
        pictures = self._document.pictures.all
        self.blockSignals(True)
        if self._pictures != pictures:
            self._pictures = list(pictures)
            self.clear()
            for _ in pictures:
                self.addItem(QListWidgetItem())
        for row, opened in enumerate(pictures):
            self._show(self.item(row), opened)
        if self._document.pictures.current in pictures:
            row = pictures.index(self._document.pictures.current)
            if row != self.currentRow() or not self.item(row).isSelected():
                self.setCurrentRow(row)
        self.blockSignals(False)
        self.setVisible(len(pictures) > 1)

    @property
    def chosen(self) -> list[OpenPicture]:
        """The selected pictures, including the current one."""
        return [self._pictures[row] for row in sorted(map(self.row, self.selectedItems()))]

    def badge(self, row: int) -> badge.Badge | None:
        found = self.item(row).data(_BADGE)
        return found if isinstance(found, badge.Badge) else None

    def menu(self, opened: OpenPicture) -> QMenu:
        """The context menu of a picture, current or not."""
        menu = QMenu(self)

        def add(text: str, wanted: SignalInstance, enabled: bool = True) -> None:
            action = menu.addAction(text)
            action.setEnabled(enabled)
            action.triggered.connect(lambda: wanted.emit(opened))

        if opened.results.making is not None:
            add(status.stop(opened), self.stop_wanted)
        else:
            startable = self._document.planner.readiness_of(opened).startable
            again = opened.results.failure is not None
            add(
                tr("Try again") if again else tr("Restore"),
                self.restore_wanted,
                startable,
            )
        if (waits := self._document.queue.waits(opened)) is not None:
            before, after = waits
            for text, by, possible in (
                (tr("Restore next"), -before, before > 0),
                (tr("Restore earlier"), -1, before > 0),
                (tr("Restore later"), 1, after > 0),
            ):
                action = menu.addAction(text, partial(self._document.queue.move, opened, by))
                action.setEnabled(possible)
        add(tr("Restore all"), self.restore_all_wanted, len(self._document.batch.left) > 1)
        menu.addSeparator()
        other = opened is not self._document.pictures.current or len(self.chosen) > 1
        add(tr("Apply settings on view"), self.settings_wanted, other)
        menu.addSeparator()
        add(tr("Close picture"), self.close_wanted)
        add(tr("Close the others"), self.close_others_wanted, len(self._pictures) > 1)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is not None:
            place = self.visualItemRect(item).center() if by_key else event.pos()
            menu = self.menu(self._pictures[self.row(item)])
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.viewport().mapToGlobal(place))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The close sign and the middle button close a picture; other clicks show it.

        With Ctrl or Shift, a click selects pictures and the current one stays.
        """
        self._closing = self._to_close(event)
        if self._closing is None and not self._select(event):
            super().mousePressEvent(event)

    def _select(self, event: QMouseEvent) -> bool:
        """Extend the selection if Ctrl or Shift is held; false for any other click."""
        item, keys = self.itemAt(event.position().toPoint()), event.modifiers()
        if item is None or event.button() is not Qt.MouseButton.LeftButton:
            return False
        row, current = self.row(item), self.currentRow()
        if keys & Qt.KeyboardModifier.ShiftModifier:
            for between in range(min(row, current), max(row, current) + 1):
                self.item(between).setSelected(True)
            return True
        if keys & Qt.KeyboardModifier.ControlModifier:
            item.setSelected(row == current or not item.isSelected())
            return True
        return False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        opened, self._closing = self._closing, None
        if opened is None:
            super().mouseReleaseEvent(event)
        elif self._to_close(event) is opened:
            self.close_wanted.emit(opened)

    def _to_close(self, event: QMouseEvent) -> OpenPicture | None:
        """The picture that a click here would close."""
        place = event.position().toPoint()
        item = self.itemAt(place)
        if item is None:
            return None
        sign = close_sign(self.visualItemRect(item)).contains(place)
        left = event.button() is Qt.MouseButton.LeftButton and sign
        closes = left or event.button() is Qt.MouseButton.MiddleButton
        return self._pictures[self.row(item)] if closes else None

    def _show(self, item: QListWidgetItem, opened: OpenPicture) -> None:
        ahead, paused = self._document.runs.ahead(opened), self._document.queue.paused
        shown = badge.badge_of(opened, ahead, paused)
        if item.data(_BADGE) != shown:
            item.setData(_BADGE, shown)
        what = status.short_state(self._document, opened)
        state = (opened.content.thumbnail is not None, what)
        if item.data(_STATE) == state:
            return
        item.setData(_STATE, state)
        item.setText(opened.source.title)
        tip = "\n".join(filter(None, (str(opened.source.path or opened.source.title), what)))
        item.setToolTip(to_the_letter(tip))
        item.setData(
            Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (opened.source.title, what)))
        )
        item.setIcon(_thumbnail(opened))

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if (
            0 <= row < len(self._pictures)
            and self._pictures[row] is not self._document.pictures.current
        ):
            self._document.pictures.show(self._pictures[row])


class _Badges(QStyledItemDelegate):
    """Draws badges and close signs over the thumbnails."""

    theme = DARK

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        if option.state & QStyle.StateFlag.State_MouseOver:
            _draw_close_sign(painter, close_sign(option.rect), option.palette)
        shown = index.data(_BADGE)
        if isinstance(shown, badge.Badge):
            item: QRect = option.rect
            right = item.center().x() + _THUMBNAIL.width() // 2
            corner = QPoint(right, item.top() + _TOP + _THUMBNAIL.height())
            painter.save()
            badge.draw(painter, corner, shown, self.theme)
            painter.restore()


def close_sign(item: QRect) -> QRect:
    """The rectangle of the close sign on an item under the mouse."""
    sign = QRect(0, 0, _CLOSE, _CLOSE)
    right = item.center().x() + _THUMBNAIL.width() // 2
    sign.moveTopRight(QPoint(right - 2, item.top() + _TOP + 2))
    return sign


def _draw_close_sign(painter: QPainter, sign: QRect, palette: QPalette) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.toolTipBase())
    painter.drawEllipse(sign)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Text), 1.5))
    cross = sign.adjusted(6, 6, -5, -5)
    painter.drawLine(cross.topLeft(), cross.bottomRight())
    painter.drawLine(cross.topRight(), cross.bottomLeft())
    painter.restore()


def _thumbnail(opened: OpenPicture) -> QIcon:
    """The icon for both modes: Qt would tint the selected one as if it were disabled."""
    tile, icon = _centred(opened), QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(tile, mode)
    return icon


def _centred(opened: OpenPicture) -> QPixmap:
    """The thumbnail centred on a transparent tile, so that all items line up."""
    tile = QPixmap(_THUMBNAIL * 2)
    tile.setDevicePixelRatio(2)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if opened.content.thumbnail is None:
        painter.fillRect(0, 0, _THUMBNAIL.width(), _THUMBNAIL.height(), QColor(128, 128, 128, 32))
    else:
        image = to_qimage(
            opened.content.thumbnail, opened.content.picture.icc if opened.content.picture else None
        )
        size = image.size().scaled(_THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio)
        size = size.expandedTo(QSize(2, 2))  # so that even a line is visible
        left = (_THUMBNAIL.width() - size.width()) // 2
        top = (_THUMBNAIL.height() - size.height()) // 2
        painter.drawImage(QRect(left, top, size.width(), size.height()), image)
    painter.end()
    return tile
