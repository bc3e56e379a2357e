"""The bar for errors, with one sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QFrame, QToolButton

from restorer.errors import RestorerError
from restorer.ui.widgets.buttons import icon_button
from restorer.ui.widgets.icons import IconLabel
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import in_row, wide
from restorer.words import tr


class ErrorBar(QFrame):
    """Above the picture, never over it: one sentence, with details one click away."""

    dismissed = Signal()
    part_wanted = Signal()  # open the readable part of a truncated file

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("errorbar")
        self.text = label(wrapped=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.part = QToolButton()
        self.part.setObjectName("errorAction")
        self.part.setText(tr("Open what can be read"))
        self.part.clicked.connect(self.part_wanted)
        self.copy_report = QToolButton()
        self.copy_report.setObjectName("errorAction")
        self.copy_report.setToolTip(
            tr("For a bug report: versions and where in the program, no picture, no name")
        )
        self.copy_report.clicked.connect(self._copy_report)
        self._more = QToolButton()
        self._more.setText(tr("Details"))
        self._more.setCheckable(True)
        self._more.toggled.connect(self._on_more)
        self._close = icon_button("close", tr("Dismiss"), QPalette.ColorRole.BrightText)
        self._close.clicked.connect(self.dismissed)
        sign = IconLabel("warning", QPalette.ColorRole.BrightText)
        buttons = self.part, self.copy_report, self._more, self._close
        in_row(sign, wide(self.text), *buttons, on=self, margins=(16, 8, 8, 8), spacing=12)
        self._errors: list[RestorerError] = []
        self.hide()

    def set_errors(self, errors: list[RestorerError], part: bool = False) -> None:
        """Show the newest error; none hides the bar. `part`: some files are partly readable."""
        self._errors = list(errors)
        self.part.setVisible(part)
        self.copy_report.setVisible(bool(errors) and errors[-1].report is not None)
        self.copy_report.setText(tr("Copy report"))
        self._more.setChecked(False)
        self._on_more(False)
        self.setVisible(bool(errors))

    @Slot()
    def _copy_report(self) -> None:
        """Copy the newest error's crash report to the clipboard."""
        report = self._errors[-1].report
        try:
            text = report.read_text(encoding="utf-8") if report is not None else ""
        except OSError as error:
            self.copy_report.setText(tr("Not copied: {0}").format(error.strerror))
            return
        QGuiApplication.clipboard().setText(text)
        self.copy_report.setText(tr("Copied"))

    @Slot(bool)
    def _on_more(self, more: bool) -> None:
        if not self._errors:
            return
        newest = self._errors[-1]
        others = len(self._errors) - 1
        self._more.setVisible(bool(newest.detail) or others > 0)
        if more:
            lines = [f"{e.sentence}  {e.detail}".rstrip() for e in reversed(self._errors)]
            self.text.setText("\n".join(lines))
        elif others:
            self.text.setText(tr("{0}  (and {1} more)").format(newest.sentence, others))
        else:
            self.text.setText(newest.sentence)
