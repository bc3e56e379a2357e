"""Between the window and the training: made when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from restorer.engine.models import find_model
from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import ModelRefused

if TYPE_CHECKING:
    from restorer.ui.training.dialog import TrainingDialog
    from restorer.ui.window.window import MainWindow


class TrainingController(QObject):
    """Shows the training, and makes its model one that can be restored with."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._document = document = window.document
        self._panel, self._status = window.panel, window.status
        window.actions_["train"].triggered.connect(self.show)
        if document.settings.model != BUILTIN_MODEL:
            try:
                find_model(document.settings.model)
            except ModelRefused:  # it was remembered, and is gone
                document.settings.model = BUILTIN_MODEL
        self._window = window
        self.dialog: TrainingDialog | None = None

    @Slot()
    def show(self) -> None:
        """Show the form, or the course of what runs."""
        if self.dialog is None:
            from restorer.ui.training.dialog import TrainingDialog  # Pillow comes with it

            self.dialog = TrainingDialog(self._window)
            self.dialog.models_changed.connect(self._on_models_changed)
            self.dialog.use_wanted.connect(self.use)
            self.dialog.told.connect(self._status.show_training)
        self.dialog.show()
        self.dialog.activateWindow()

    def running(self) -> str:
        """What closing the window would end, and what stays of it; "" if nothing runs."""
        if self.dialog is None or not self.dialog.process.running:
            return ""
        running = self.tr("“{0}” is still being trained.").format(self.dialog.name)
        kept = self.tr("The best so far is kept, and you can go on later.")
        return f"{running} {kept}"

    def shutdown(self) -> None:
        """End a training, keeping the best; waits for it."""
        if self.dialog is not None:
            self.dialog.hide()
            self.dialog.shutdown()

    @Slot()
    def _on_models_changed(self) -> None:
        self._panel.renew_models()

    @Slot(str)
    def use(self, name: str) -> None:
        """Restore with it from now on: the picture on view, and those to come."""
        self._on_models_changed()
        document = self._document
        document.settings.model = name
        document.change(self.tr("Model"), model=name)
        document.load_model(name)
        self._window.activateWindow()
