"""Theme and motion of a window: chosen in the View menu, remembered, applied everywhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QApplication

from restorer.document import Settings
from restorer.ui.canvas import Canvas
from restorer.ui.timeline import DARK as TIMELINE_DARK
from restorer.ui.timeline import LIGHT as TIMELINE_LIGHT
from restorer.ui.timeline import NoiseTimeline
from restorer.ui.widgets.theme import apply_theme, theme_named
from restorer.ui.window.actions import Actions
from restorer.ui.window.picture_strip import PictureStrip

THEMES = ("dark", "light", "system")


class Appearance(QObject):
    """Dresses the parts of a window."""

    def __init__(
        self,
        settings: Settings,
        actions: Actions,
        canvas: Canvas,
        timeline: NoiseTimeline,
        strip: PictureStrip,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._actions = actions
        self._canvas = canvas
        self._timeline = timeline
        self._strip = strip
        chosen = settings.theme if settings.theme in THEMES else "dark"
        actions[chosen].setChecked(True)
        self._set_theme(chosen)
        actions["reduced_motion"].setChecked(settings.reduced_motion)
        self._set_reduced_motion(settings.reduced_motion)
        actions.group("theme").triggered.connect(self._on_theme)
        actions["reduced_motion"].toggled.connect(self._set_reduced_motion)
        _app().styleHints().colorSchemeChanged.connect(self._on_system)

    @Slot(QAction)
    def _on_theme(self, action: QAction) -> None:
        for name in THEMES:
            if action is self._actions[name]:
                self._settings.theme = name
                self._set_theme(name)

    @Slot()
    def _on_system(self) -> None:
        if self._settings.theme == "system":
            self._set_theme("system")

    def _set_theme(self, name: str) -> None:
        theme = theme_named(name, _app())
        apply_theme(_app(), theme)
        self._strip.set_theme(theme)
        self._canvas.set_background(QColor(theme.canvas))
        self._timeline.view.set_colors(TIMELINE_LIGHT if theme.name == "light" else TIMELINE_DARK)

    @Slot(bool)
    def _set_reduced_motion(self, reduced: bool) -> None:
        self._settings.reduced_motion = reduced
        self._canvas.reduced_motion = reduced
        self._timeline.view.reduced_motion = reduced


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
