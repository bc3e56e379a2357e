"""The dialog of a training: the form, then its progress. Training goes on when it closes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QLayout, QStackedWidget, QWidget

from restorer.errors import RestorerError
from restorer.jobs.training import TrainingProcess
from restorer.training.checkpoint import Unfinished
from restorer.training.events import Event, Finished, Milestone, Step
from restorer.training.folder import TrainingFolder, folder_for
from restorer.ui.training.progress_page import ProgressPage
from restorer.ui.training.setup_page import SetupPage
from restorer.ui.widgets.drop import DropTarget, local_paths
from restorer.ui.widgets.layouts import in_column
from restorer.ui.widgets.screen import fit_on_screen, scroll_pages
from restorer.words import tr


class TrainingDialog(QDialog):
    """Non-modal. One training at a time, in a process of its own.

    Signals:
        models_changed: there is a new model, or one got better weights.
        use_wanted: restore with the model of this name from now on.
        progressed: progress in a few words; "" when nothing runs.
    """

    models_changed = Signal()
    use_wanted = Signal(str)
    progressed = Signal(str)

    def __init__(self, parent: QWidget, process: TrainingProcess | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Train on my pictures"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.process = process or TrainingProcess(parent=self)
        self.process.reported.connect(self._on_event)
        self.process.ended.connect(self._on_ended)
        self.setup, self.progress = SetupPage(), ProgressPage()
        self.setup.start_wanted.connect(self._start)
        self.setup.resume_wanted.connect(self._resume)
        drops = DropTarget(self, self._dropped_folder)
        drops.hovered.connect(self.setup.zone.set_over)
        drops.dropped.connect(self.setup.set_folder)
        self.progress.stop_wanted.connect(self._stop)
        self.progress.use_wanted.connect(self._use)
        self.progress.continue_wanted.connect(self._continue)
        self.progress.another_wanted.connect(self._another)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.setup)
        self.pages.addWidget(self.progress)
        whole = in_column(scroll_pages(self.pages), on=self)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it never jumps
        self._training: TrainingFolder | None = None
        fit_on_screen(self, QSize(880, 640), QSize(840, 600))
        self.setup.renew()

    @property
    def name(self) -> str:
        """Name of the model that is being made, or was made last."""
        return self._training.name if self._training else ""

    @Slot(object, str, int)
    def _start(self, folder: Path, name: str, minutes: int) -> None:
        self._run(name, [str(folder), "--out", name, "--minutes", str(minutes)])

    @Slot(object)
    def _resume(self, training: Unfinished) -> None:
        self._run(training.name, ["--out", training.name, "--resume"])

    @Slot()
    def _continue(self) -> None:
        self._run(self.name, ["--out", self.name, "--resume"])

    def _run(self, name: str, arguments: list[str]) -> None:
        self._training = folder_for(name)
        self.progress.begin(self._training, resumed="--resume" in arguments)
        self.pages.setCurrentWidget(self.progress)
        self.process.start(arguments)
        self.progressed.emit(self.progress.words)

    @Slot()
    def _stop(self) -> None:
        self.progress.show_stopping()
        self.process.stop()

    @Slot()
    def _use(self) -> None:
        self.use_wanted.emit(self.name)
        self.hide()

    @Slot()
    def _another(self) -> None:
        self.setup.error.show_error(None)
        self.setup.renew()
        self.pages.setCurrentWidget(self.setup)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        self.progress.tell(event)
        if isinstance(event, Step):
            self.progressed.emit(self.progress.words)
        elif isinstance(event, Finished) or (isinstance(event, Milestone) and event.best):
            self.models_changed.emit()

    @Slot(object)
    def _on_ended(self, error: RestorerError | None) -> None:
        """End the progress; without any model go back to the form and say why."""
        self.progress.end(error)
        self.progressed.emit("")
        nothing = self.progress.best is None and self.progress.finished is None
        if nothing and not self.progress.resumed:
            self.setup.renew()
            self.setup.error.show_error(error)
            self.pages.setCurrentWidget(self.setup)
        if not self.isVisible():
            self.show()

    def _dropped_folder(self, mime: QMimeData) -> Path | None:
        """The folder dropped on the form, or the folder of the first dropped file."""
        paths = local_paths(mime)
        if not paths or self.pages.currentWidget() is not self.setup:
            return None
        return paths[0] if paths[0].is_dir() else paths[0].parent
