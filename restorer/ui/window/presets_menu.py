"""File > Presets: named settings, each a recipe file in one folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from platformdirs import user_data_path
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from restorer.ui.widgets.labels import no_key
from restorer.words import tr

_FORBIDDEN = '/\\:*?"<>|'  # in file names, on one system or another
_LONGEST = 60  # letters of a name: file systems allow 255 bytes, menus fewer


def presets_folder() -> Path:
    """The folder of the presets."""
    return user_data_path("restorer", appauthor=False) / "presets"


def path_of(name: str) -> Path:
    """The file of a preset with this name."""
    plain = "".join("-" if letter in _FORBIDDEN else letter for letter in name).strip(" .")
    return presets_folder() / f"{plain[:_LONGEST].rstrip(' .') or 'preset'}.toml"


def all_presets() -> list[Path]:
    """The presets, sorted by name."""
    return sorted(presets_folder().glob("*.toml"), key=lambda path: path.stem.casefold())


class PresetsMenu(QMenu):
    """The presets, read whenever the parent menu opens."""

    chosen = Signal(object)  # Path
    save_wanted = Signal()
    removed = Signal(object)  # Path

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Presets"), parent)

    def renew(self, possible: bool) -> None:
        """Read the folder again; `possible`: there is a picture to apply presets to."""
        self.clear()
        presets = all_presets()
        for path in presets:
            action = self.addAction(no_key(path.stem), partial(self.chosen.emit, path))
            action.setEnabled(possible)
        self.addSeparator()
        keep = self.addAction(tr("Save settings as preset…"), self.save_wanted.emit)
        keep.setEnabled(possible)
        remove = self.addMenu(tr("Remove"))
        remove.setEnabled(bool(presets))
        for path in presets:
            remove.addAction(no_key(path.stem), partial(self.removed.emit, path))
