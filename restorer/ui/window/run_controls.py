"""What a person does with runs and results: Restore, Esc, the strip's menu, names."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QInputDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from restorer.document import Changes, Document, after
from restorer.ui.branches.controller import BranchesController
from restorer.ui.crop.controller import CropController
from restorer.ui.settings import Panel
from restorer.ui.text import status, versions
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.window.notice import Notice
from restorer.ui.window.old_photo import OldPhotos
from restorer.ui.window.picture_strip import PictureStrip
from restorer.ui.window.taskbar import TaskBar
from restorer.words import tr

_TYPED_INTO = (QLineEdit, QPlainTextEdit, QAbstractSpinBox)


class RunControls(QObject):
    """Starts and stops runs, and explains what could not be done."""

    def __init__(
        self,
        document: Document,
        panel: Panel,
        strip: PictureStrip,
        timeline: NoiseTimeline,
        crop: CropController,
        room: QWidget,
    ) -> None:
        super().__init__(room)
        self._document, self._timeline, self._room = document, timeline, room
        self._crop = crop
        self.notice = Notice(room)
        self.old_photos = OldPhotos(room, document)
        self.branches = BranchesController(document, timeline)
        panel.branch_wanted.connect(document.branches.begin)
        panel.old_photo_wanted.connect(self.list_old_photo)
        TaskBar(document, self)
        document.notices.hint.connect(self.notice.show_message)
        document.changed.connect(self._hide_notice)
        document.saver.saved.connect(self.notice.hide)  # it is out of date
        panel.restore_clicked.connect(self._on_button)
        panel.results.name_wanted.connect(self.name_result)
        strip.restore_wanted.connect(document.restore)
        strip.restore_all_wanted.connect(lambda _: document.batch.begin())
        strip.stop_wanted.connect(document.runs.stop)

    @after(Changes.CURRENT)
    def _hide_notice(self) -> None:
        self.notice.hide()  # it is about another picture

    def stop(self) -> bool:
        """Stop the work on the current picture; false if there is none."""
        stoppable = self._document.runs.stoppable
        if stoppable:
            self._document.runs.stop()
        return stoppable

    def say_what_runs(self) -> None:
        """Say how to stop runs elsewhere; hide the notice if it says so already or none run."""
        sentence = status.how_to_stop(self._document)
        if sentence and not (self.notice.isVisible() and self.notice.text() == sentence):
            self.notice.show_message(sentence)
        else:
            self.notice.hide()

    @Slot()
    def name_result(self) -> None:
        opened, run = self._document.pictures.current, self._document.versions.saved
        if opened is None or run is None:
            return
        title, now = tr("Name result"), opened.results.names.get(run.number, "")
        what = tr("Name of {0}:").format(versions.title(opened, run))
        name, agreed = QInputDialog.getText(
            self._room.window(), title, what, QLineEdit.EchoMode.Normal, now
        )
        if agreed:
            self._document.versions.rename(name.strip())

    @Slot()
    def _on_button(self) -> None:
        opened = self._document.pictures.current
        if opened is not None and (
            opened.results.making is not None or opened.results.steps is not None
        ):
            self._document.runs.stop()
        else:
            self.restore()

    @Slot()
    def list_old_photo(self) -> None:
        """Open the list of what can be done about an old photograph."""
        self._crop.keep_first(self.old_photos.show)

    def restore(self) -> None:
        """Restore, and focus the timeline unless a text field has the focus."""
        self._document.notices.dismiss()  # this tries again what failed before
        self._crop.keep_first(self._document.restore)
        if not isinstance(QApplication.focusWidget(), _TYPED_INTO):
            self._timeline.setFocus(Qt.FocusReason.OtherFocusReason)
