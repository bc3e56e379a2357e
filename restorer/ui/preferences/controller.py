"""Opens the preferences, and applies their changes to the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from restorer.ui.preferences.dialog import PreferencesDialog

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow


def show_preferences(window: MainWindow) -> PreferencesDialog:
    """Open the dialog. Settings not named here are read whenever they are needed."""
    settings = window.settings
    follow: dict[str, Callable[[], object]] = {
        "theme": lambda: window.appearance.set_theme(settings.theme),
        "reduced_motion": window.appearance.show_motion,
        "keep_recent": window.welcome.refresh_recent,
    }

    def changed(setting: str) -> None:
        if setting in follow:
            follow[setting]()
        window.actions_.refresh()

    dialog = PreferencesDialog(settings, window)
    dialog.changed.connect(changed)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show()
    return dialog
