"""One model: what it can do, its size, licence, weights and place, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from restorer.engine.library import Unusable
from restorer.engine.models import RESTORING, ModelInfo, models_folder
from restorer.ui.text import models, tr
from restorer.ui.widgets.labels import label


class AboutPage(QWidget):
    """Shows a model and asks for what its buttons say."""

    use_wanted = Signal()
    verify_wanted = Signal()
    remove_wanted = Signal()
    open_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = label(kind="title")
        self.ability = label(kind="caption")
        self.extent, self.licence, self.weights, self.place = (label() for _ in range(4))
        for text in (self.title, self.ability, self.weights, self.place):
            text.setWordWrap(True)
        for text in (self.licence, self.place):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form = form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, shown in (
            (tr("Size"), self.extent),
            (tr("Licence"), self.licence),
            (tr("Weights"), self.weights),
            (tr("Place"), self.place),
        ):
            form.addRow(label(name, "caption"), shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addSpacing(4)
        column.addWidget(self.ability)
        column.addSpacing(24)
        column.addLayout(form)
        column.addStretch(1)
        column.addSpacing(16)
        column.addLayout(self._make_foot())

    def _make_foot(self) -> QHBoxLayout:
        self.open = QPushButton(tr("Open folder"))
        self.open.clicked.connect(self.open_wanted)
        self.verify = QPushButton(tr("Verify"))
        self.verify.setToolTip(tr("Reads the weights and compares them with their SHA-256 sums."))
        self.verify.clicked.connect(self.verify_wanted)
        self.remove = QPushButton(tr("Remove…"))
        self.remove.clicked.connect(self.remove_wanted)
        self.use = QPushButton(tr("Use it"))
        self.use.setObjectName("restore")
        self.use.setMinimumWidth(120)
        self.use.clicked.connect(self.use_wanted)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.open)
        foot.addWidget(self.verify)
        foot.addWidget(self.remove)
        foot.addStretch(1)
        foot.addWidget(self.use)
        return foot

    @Slot(object)
    def show_model(self, model: ModelInfo | Unusable, weights: str, busy: bool) -> None:
        """Show a model.

        Args:
            model: one that can be used, or a folder of the library that cannot.
            weights: what is known of them.
            busy: something is being done to another; nothing can be begun.
        """
        good = isinstance(model, ModelInfo)
        own = (models_folder() / model.name).is_dir()
        self.title.setText(model.title if isinstance(model, ModelInfo) else model.name)
        self.place.setText(_breakable(str(model.path)))
        if isinstance(model, ModelInfo):
            self.ability.setText(models.ability(model))
            self.extent.setText(models.size(model))
            self.licence.setText(model.licence)
            self.weights.setText(weights)
        else:
            self.ability.setText(model.reason)
        for row in range(3):
            self._form.setRowVisible(row, good)
        restores = isinstance(model, ModelInfo) and model.kind in RESTORING
        self.use.setVisible(restores)
        self.verify.setVisible(good)
        self.verify.setEnabled(not busy)
        self.remove.setEnabled(own and not busy)
        self.remove.setToolTip("" if own else tr("Only folders in your library are removed."))


def _breakable(path: str) -> str:
    """A path that can be broken into lines after a slash."""
    return path.replace("/", "/\u200b").replace("\\", "\\\u200b")
