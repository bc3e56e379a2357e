"""Theme and motion of a window: chosen in the View menu, saved, applied everywhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from restorer.document import Settings
from restorer.ui.canvas import Canvas
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.widgets.theme import apply_theme, theme_named
from restorer.ui.window.picture_strip import PictureStrip

THEMES = ("dark", "light", "system")


class Appearance(QObject):
    """Applies the theme and other settings to the parts of a window."""

    def __init__(
        self,
        settings: Settings,
        canvas: Canvas,
        timeline: NoiseTimeline,
        strip: PictureStrip,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._canvas = canvas
        self._timeline = timeline
        self._strip = strip
        self.set_theme(settings.theme)
        self.show_motion()
        _app().styleHints().colorSchemeChanged.connect(self._on_system)

    @Slot()
    def _on_system(self) -> None:
        if self._settings.theme == "system":
            self.set_theme("system")

    def set_theme(self, name: str) -> None:
        """Apply a theme everywhere; "dark" for an unknown name."""
        self._settings.theme = name if name in THEMES else "dark"
        theme = theme_named(self._settings.theme, _app())
        apply_theme(_app(), theme)
        self._strip.set_theme(theme)
        self._canvas.set_background(theme["canvas"])
        self._timeline.view.set_theme(theme)

    def toggle_motion(self) -> None:
        self._settings.reduced_motion = not self._settings.reduced_motion
        self.show_motion()

    def toggle_navigator(self) -> None:
        """Switch the navigator on or off."""
        self._settings.navigator = not self._settings.navigator
        self.show_motion()

    def show_motion(self) -> None:
        self._canvas.reduced_motion = self._settings.reduced_motion
        self._canvas.navigator.wanted = self._settings.navigator
        self._canvas.navigator.refresh()
        self._timeline.view.reduced_motion = self._settings.reduced_motion


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
