"""The hands on the runs: Restore, Esc, the strip's menu, and the results to and fro."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QWidget

from restorer.document import Changes, Document
from restorer.ui.settings import Panel
from restorer.ui.text import status
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.window.actions import Actions
from restorer.ui.window.notice import Notice
from restorer.ui.window.picture_strip import PictureStrip

_TYPED_INTO = (QLineEdit, QPlainTextEdit, QAbstractSpinBox)


class RunControls(QObject):
    """Begins and stops runs as a person says, and answers what could not be done."""

    def __init__(
        self,
        document: Document,
        actions: Actions,
        panel: Panel,
        strip: PictureStrip,
        timeline: NoiseTimeline,
        room: QWidget,
    ) -> None:
        super().__init__(room)
        self._document, self._actions, self._timeline = document, actions, timeline
        self.notice = Notice(room)
        document.notices.hint.connect(self.notice.say)
        document.changed.connect(self._on_changed)
        document.saver.saved.connect(self.notice.hide)  # it spoke of what came before
        panel.restore_clicked.connect(self._on_button)
        strip.stop_wanted.connect(document.runs.stop)
        actions["restore"].triggered.connect(self._restore)
        actions["stop_all"].triggered.connect(document.runs.stop_all)
        actions["former"].triggered.connect(lambda: document.runs.show_result(-1))
        actions["newer"].triggered.connect(lambda: document.runs.show_result(1))

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        if changes & Changes.CURRENT:
            self.notice.hide()  # it spoke of another picture

    def refresh(self) -> None:
        """What of it can be done now."""
        document, entry = self._document, self._document.pictures.current
        running = entry is not None and entry.status.running  # then it says why it cannot begin
        self._actions["restore"].setEnabled(document.planner.readiness.startable or running)
        self._actions["stop_all"].setEnabled(
            bool(document.runs.busy) or document.doubts.measuring is not None
        )
        for name, by in (("former", -1), ("newer", 1)):
            there = entry is not None and document.runs.beside(entry, by) is not None
            self._actions[name].setEnabled(there)

    def stop(self) -> bool:
        """Stop what is done with the picture on view; false if nothing is."""
        stoppable = self._document.runs.stoppable
        if stoppable:
            self._document.runs.stop()
        return stoppable

    def say_what_runs(self) -> None:
        """Tell how to stop what runs elsewhere; said again, or with nothing to say, be quiet."""
        sentence = status.how_to_stop(self._document)
        if sentence and not (self.notice.isVisible() and self.notice.text() == sentence):
            self.notice.say(sentence)
        else:
            self.notice.hide()

    @Slot()
    def _on_button(self) -> None:
        entry = self._document.pictures.current
        if entry is not None and entry.making is not None:
            self._document.runs.stop()
        else:
            self._restore()

    @Slot()
    def _restore(self) -> None:
        """Afterwards Space plays and the arrows step, whatever had the focus but a field."""
        self._document.runs.restore()
        if not isinstance(QApplication.focusWidget(), _TYPED_INTO):
            self._timeline.setFocus(Qt.FocusReason.OtherFocusReason)
