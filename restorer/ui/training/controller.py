"""Connects the window and the training; its dialog is made when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.training.dialog import TrainingDialog


class TrainingController(QObject):
    """Shows the training, and announces the models it makes.

    Signals:
        models_changed: there is a new model, or one got better weights.
        use_wanted: restore with the model of this name from now on.
        progressed: progress in a few words; "" when nothing runs.
    """

    models_changed = Signal()
    use_wanted = Signal(str)
    progressed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: TrainingDialog | None = None

    @Slot()
    def show(self) -> None:
        if self.dialog is None:
            from restorer.ui.training.dialog import TrainingDialog  # Pillow comes with it

            self.dialog = TrainingDialog(self._window)
            self.dialog.models_changed.connect(self.models_changed)
            self.dialog.use_wanted.connect(self.use_wanted)
            self.dialog.progressed.connect(self.progressed)
        self.dialog.show()
        self.dialog.activateWindow()

    def running(self) -> str:
        """What closing the window would stop, and what is kept; "" if nothing runs."""
        if self.dialog is None or not self.dialog.process.running:
            return ""
        running = tr("“{0}” is still being trained.").format(self.dialog.name)
        kept = tr("The best so far is kept, and you can go on later.")
        return f"{running} {kept}"

    def shutdown(self) -> None:
        """Stop a training, keep the best weights, and wait for it."""
        if self.dialog is not None:
            self.dialog.hide()
            self.dialog.process.shutdown()
