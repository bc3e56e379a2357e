"""Between the window and its models: the dialog is made when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from restorer.engine import hub  # noqa: F401  # before a model is loaded: see its `_OFFLINE`

if TYPE_CHECKING:
    from restorer.ui.models.dialog import ModelsDialog
    from restorer.ui.window.window import MainWindow


class ModelsController(QObject):
    """Shows the models, and tells the window of those that come and go."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document
        self._panel = window.panel
        window.actions_["models"].triggered.connect(self.show)
        self.dialog: ModelsDialog | None = None

    @Slot()
    def show(self) -> None:
        """Show the list as it is now."""
        if self.dialog is None:
            from restorer.ui.models.dialog import ModelsDialog

            self.dialog = ModelsDialog(self._window)
            self.dialog.changed.connect(self._on_changed)
            self.dialog.removed.connect(self._on_removed)
            self.dialog.use_wanted.connect(self._window.training.use)
        self.dialog.renew()
        self.dialog.show()
        self.dialog.activateWindow()

    def running(self) -> str:
        """The copy or download that closing the window would end; "" if there is none."""
        if self.dialog is None or not self.dialog.background.running:
            return ""
        return self.dialog.status.text()

    def shutdown(self) -> None:
        """End what is being done; waits for it."""
        if self.dialog is not None:
            self.dialog.hide()
            self.dialog.shutdown()

    @Slot()
    def _on_changed(self) -> None:
        self._panel.renew_models()

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        self._document.forget_model(name)
        self._on_changed()
