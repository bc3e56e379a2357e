"""The pages of the models dialog: about one model, and how to add one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from restorer.engine.hub import HubModel
from restorer.engine.library import Unusable
from restorer.engine.models import ModelInfo, models_folder
from restorer.ui.text import models
from restorer.ui.widgets.buttons import button
from restorer.ui.widgets.drop import DropZone
from restorer.ui.widgets.files import ask_file, ask_folder
from restorer.ui.widgets.labels import label
from restorer.ui.widgets.layouts import SPACE, in_column, in_form, in_row, wide
from restorer.words import tr


class AboutPage(QWidget):
    """One model: what it can do, its size, licence, weights and place, and its buttons."""

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
        self._form = in_form(
            (tr("Size"), self.extent),
            (tr("Licence"), self.licence),
            (tr("Weights"), self.weights),
            (tr("Place"), self.place),
            spacing=12,
        )
        foot = self._make_foot()
        in_column(self.title, 4, self.ability, 24, self._form, SPACE, 16, foot, on=self, margins=24)

    def _make_foot(self) -> QHBoxLayout:
        about = tr("Reads the weights and compares them with their SHA-256 sums.")
        self.open = button(tr("Open folder"), self.open_wanted)
        self.verify = button(tr("Verify"), self.verify_wanted, about)
        self.remove = button(tr("Remove…"), self.remove_wanted)
        self.use = button(tr("Use it"), self.use_wanted, main=120)
        return in_row(self.open, self.verify, self.remove, SPACE, self.use, spacing=8)

    @Slot(object)
    def show_model(self, model: ModelInfo | Unusable, weights: str, busy: bool) -> None:
        """Show a model.

        Args:
            model: a usable model, or an unusable folder of the library.
            weights: what is known about them.
            busy: other work is under way, so nothing can begin.
        """
        good = isinstance(model, ModelInfo)
        own = (models_folder() / model.name).is_dir()
        self.title.setText(model.title if isinstance(model, ModelInfo) else model.name)
        self.place.setText(_breakable(str(model.path)))
        if isinstance(model, ModelInfo):
            self.ability.setText(models.ability(model))
            self.extent.setText(models.size(model))
            self.licence.setText(tr(model.licence))
            self.weights.setText(weights)
        else:
            self.ability.setText(model.reason)
        for row in range(3):
            self._form.setRowVisible(row, good)
        restores = isinstance(model, ModelInfo) and model.role.restores
        self.use.setVisible(restores)
        self.verify.setVisible(good)
        self.verify.setEnabled(not busy)
        self.remove.setEnabled(own and not busy)
        self.remove.setToolTip("" if own else tr("Only folders in your library are removed."))


class AddPage(QWidget):
    """Adds a model from a folder, a file, or the Hugging Face hub.

    It shows size and licence before it fetches anything.
    """

    folder_wanted = Signal(object)  # Path of a folder or a file
    look_up_wanted = Signal(str)
    fetch_wanted = Signal(object)  # HubModel

    def __init__(self) -> None:
        super().__init__()
        self._found: HubModel | None = None
        about = tr(
            "Models that diffusers saves, or single files of Stable Diffusion 1, 2 and XL. "
            "Weights as safetensors are copied; pickles and programs are refused."
        )
        in_column(
            label(tr("Add a model"), "title"),
            4,
            label(about, "caption", wrapped=True),
            16,
            wide(self._make_zone()),
            24,
            label(tr("FROM THE HUGGING FACE HUB"), "section"),
            8,
            self._make_hub(),
            8,
            self._make_found(),
            on=self,
            margins=24,
        )
        self.show_found(None)

    def _make_zone(self) -> QFrame:
        self.zone = zone = DropZone(140)
        what = label(tr("Drop a model here"), "title")
        what.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.folder = button(tr("Choose a folder…"), self._on_folder)
        self.file = button(tr("Choose a file…"), self._on_file)
        choices = in_row(SPACE, self.folder, self.file, SPACE, spacing=8)
        in_column(SPACE, what, 12, choices, SPACE, on=zone, margins=(24, 16, 24, 16), spacing=6)
        return zone

    def _make_hub(self) -> QHBoxLayout:
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("owner/name"))
        self.name.setAccessibleName(tr("Name on the hub"))
        self.name.textChanged.connect(self._on_name)
        self.name.returnPressed.connect(self._on_look_up)
        about = tr("Asks huggingface.co for size and licence; sends the name.")
        self.look_up = button(tr("Look up"), self._on_look_up, about)
        return in_row(wide(self.name), self.look_up, spacing=8)

    def _make_found(self) -> QHBoxLayout:
        self.about = label(kind="caption", wrapped=True)
        self.fetch = button(tr("Fetch"), self._on_fetch)
        return in_row(wide(self.about), self.fetch, spacing=8)

    def show_found(self, found: HubModel | None) -> None:
        """Show what the hub answered; None before any answer."""
        self._found = found
        self.fetch.setEnabled(found is not None)
        if found is None:
            self.about.setText(tr("Its size and licence are shown first."))
            return
        self.about.setText(
            tr("{0}: {1}, licence {2}.").format(
                found.name, models.amount(found.bytes), tr(found.licence)
            )
        )
        self.fetch.setFocus()

    def set_busy(self, busy: bool) -> None:
        """Disable everything while work is under way."""
        for part in (self.folder, self.file, self.name):
            part.setEnabled(not busy)
        self.look_up.setEnabled(not busy and bool(self.name.text().strip()))
        self.fetch.setEnabled(not busy and self._found is not None)

    @Slot()
    def _on_folder(self) -> None:
        folder = ask_folder(self, tr("Folder of a model"))
        if folder is not None:
            self.folder_wanted.emit(folder)

    @Slot()
    def _on_file(self) -> None:
        kinds = tr("Models (*.safetensors);;All files (*)")
        file = ask_file(self, tr("File of a model"), kinds)
        if file is not None:
            self.folder_wanted.emit(file)

    @Slot()
    def _on_name(self) -> None:
        """Forget the hub's answer, which belongs to the old name."""
        if self._found is not None:
            self.show_found(None)
        self.look_up.setEnabled(bool(self.name.text().strip()))

    @Slot()
    def _on_look_up(self) -> None:
        name = self.name.text().strip()
        if name:
            self.look_up_wanted.emit(name)

    @Slot()
    def _on_fetch(self) -> None:
        if self._found is not None:
            self.fetch_wanted.emit(self._found)


def _breakable(path: str) -> str:
    """A path with a possible line break after each slash."""
    return path.replace("/", "/\u200b").replace("\\", "\\\u200b")
