"""Saving settings as a recipe, loading them, and applying them to other pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QInputDialog, QWidget

from restorer.document import Document, OpenPicture
from restorer.engine.recipe import SUFFIXES
from restorer.errors import BadInput
from restorer.ui.widgets.files import ask_file, ask_target
from restorer.ui.widgets.question import confirmed
from restorer.ui.window.picture_strip import PictureStrip
from restorer.ui.window.presets_menu import PresetsMenu, path_of
from restorer.words import tr


class RecipeDialogs(QObject):
    """Asks for files and names; the document reads and writes them."""

    def __init__(
        self, document: Document, strip: PictureStrip, presets: PresetsMenu, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._strip, self._window = document, strip, window
        presets.chosen.connect(self.use_preset)
        presets.save_wanted.connect(self.save_preset)
        presets.removed.connect(self._remove_preset)
        strip.settings_wanted.connect(self._give_from_menu)

    def save(self) -> None:
        """Ask for a file and save the current picture's settings."""
        opened = self._document.pictures.current
        if opened is None:
            return
        suggested = self._folder() / f"{Path(opened.source.title).stem}-recipe.toml"
        title = tr("Save settings as recipe")
        path, _ = ask_target(self._window, title, suggested, _kinds())
        if path is not None:
            known = path.suffix.lower() in SUFFIXES
            self._document.recipes.save(path if known else path.with_name(f"{path.name}.toml"))

    def load(self) -> None:
        """Ask for a file and apply its settings."""
        title = tr("Load recipe")
        path = ask_file(self._window, title, _kinds(), self._folder())
        if path is not None:
            self._document.recipes.load(title, path)

    @Slot()
    def save_preset(self) -> None:
        """Ask for a name and save the current picture's settings under it."""
        title = tr("Save settings as preset")
        name, agreed = QInputDialog.getText(self._window, title, tr("Name:"))
        if agreed and name.strip():
            path = path_of(name)
            question = tr("Replace the preset “{0}”?").format(path.stem)
            if path.exists() and not confirmed(self._window, question, tr("Replace")):
                return
            if not self._tried(partial(path.parent.mkdir, parents=True, exist_ok=True)):
                return
            said = tr("Kept as “{0}” under File > Presets.").format(path.stem)
            self._document.recipes.save(path, partial(self._document.notices.hint.emit, said))

    @Slot(object)
    def use_preset(self, path: Path) -> None:
        self._document.recipes.load(tr("Preset {0}").format(path.stem), path)

    @Slot(object)
    def _remove_preset(self, path: Path) -> None:
        if self._tried(partial(path.unlink, missing_ok=True)):
            self._document.notices.hint.emit(tr("“{0}” is removed.").format(path.stem))

    def _tried(self, change: Callable[[], None]) -> bool:
        """Change something on disk, or report why that failed."""
        try:
            change()
        except OSError as error:
            self._document.notices.report(
                BadInput(tr("The presets cannot be changed: {0}").format(error))
            )
            return False
        return True

    def to_selected(self) -> None:
        """Apply the current settings to the pictures selected in the strip."""
        self._give(self._strip.chosen)

    def to_all(self) -> None:
        self._give(self._document.pictures.all)

    @Slot(object)
    def _give_from_menu(self, opened: OpenPicture) -> None:
        chosen = self._strip.chosen
        self._give(chosen if opened in chosen else [opened])

    def _give(self, others: Sequence[OpenPicture]) -> None:
        count = self._document.recipes.give(tr("Apply settings"), others)
        if count:
            one = tr("One other picture has the same settings now.")
            many = tr("{n} other pictures have the same settings now.").format(n=count)
            self._document.notices.hint.emit(one if count == 1 else many)

    def _folder(self) -> Path:
        opened = self._document.pictures.current
        beside = opened.source.path.parent if opened and opened.source.path else None
        return beside or Path(self._document.settings.folder or Path.home())


def _kinds() -> str:
    return f"{' '.join(f'*{suffix}' for suffix in SUFFIXES)}"
