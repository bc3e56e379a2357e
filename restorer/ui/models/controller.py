"""Connects the document and the models; their dialog is made when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from restorer.document import Document
from restorer.engine import hub  # noqa: F401  # before a model is loaded: see its `_OFFLINE`
from restorer.engine.models import find_model
from restorer.engine.task import BUILTIN_MODEL
from restorer.errors import ModelRefused
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.models.dialog import ModelsDialog


class ModelsController(QObject):
    """Shows the models, and selects one for the document.

    Signals:
        models_changed: models were added or removed.
    """

    models_changed = Signal()

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self.dialog: ModelsDialog | None = None
        if document.settings.model != BUILTIN_MODEL:
            try:
                find_model(document.settings.model)
            except ModelRefused:  # the remembered model is gone
                document.settings.model = BUILTIN_MODEL

    @Slot()
    def show(self) -> None:
        if self.dialog is None:
            from restorer.ui.models.dialog import ModelsDialog

            self.dialog = ModelsDialog(self._window)
            self.dialog.changed.connect(self.models_changed)
            self.dialog.removed.connect(self._on_removed)
            self.dialog.use_wanted.connect(self.use)
        self.dialog.renew()
        self.dialog.show()
        self.dialog.activateWindow()

    @Slot(str)
    def use(self, name: str) -> None:
        """Use this model for the current picture and for all later ones."""
        self.models_changed.emit()  # it may be new
        self._document.settings.model = name
        self._document.planner.change(tr("Model"), model=name)
        self._document.models.load(name)
        self._window.activateWindow()

    def running(self) -> str:
        """The copy or download that closing the window would stop; "" if there is none."""
        if self.dialog is None or not self.dialog.background.running:
            return ""
        return self.dialog.status.text()

    @Slot(str)
    def _on_removed(self, name: str) -> None:
        self._document.planner.forget_model(name)
        self.models_changed.emit()
