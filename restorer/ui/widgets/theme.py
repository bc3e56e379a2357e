"""Colours and type sizes as tokens, and the style sheet made from them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtCore import Qt, QTemporaryDir
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from restorer.resources import resource_path
from restorer.ui.widgets.icons import icon_pixmap

#: The three type sizes in pixels.
SMALL, BODY, LARGE = 11, 13, 20


#: Dark and light: neutral greys, and one accent for the start handle, Restore and focus.
_COLOURS = {
    # around the picture; without a colour cast, since pictures are judged on it
    "canvas": ("#303030", "#c8c8c8"),
    "window": ("#1c1c1c", "#e6e6e6"),
    "panel": ("#232323", "#efefef"),
    # behind values that can be edited, and buttons
    "sunken": ("#1a1a1a", "#dcdcdc"),
    "raised": ("#343434", "#fafafa"),
    "hover": ("#363636", "#dedede"),
    "pressed": ("#404040", "#d0d0d0"),
    "popup": ("#181818", "#fbfbfb"),
    # faint borders, and visible ones
    "edge": ("#171717", "#d2d2d2"),
    "line": ("#4a4a4a", "#bdbdbd"),
    "track": ("#6e6e6e", "#8a8a8a"),
    "handle": ("#c4c4c4", "#4c4c4c"),
    "text": ("#dedede", "#1f1f1f"),
    "dim": ("#a0a0a0", "#5c5c5c"),
    "faint": ("#6e6e6e", "#8b8b8b"),
    "accent": ("#e0a458", "#b8731f"),
    "accent_hover": ("#eab571", "#c7812b"),
    "accent_pressed": ("#cb9049", "#a56518"),
    "on_accent": ("#2a1c08", "#ffffff"),
    "error": ("#46302c", "#f0d9d3"),
    "on_error": ("#f0d8d2", "#5a2318"),
    # of the timeline; the grain is the noise behind its axis
    "band": ("#2b2b2b", "#e3e3e3"),
    "tick": ("#8a8a8a", "#7c7c7c"),
    "grain": ("#c8c8c8", "#4a4a4a"),
    "curve": ("#7d7d7d", "#9a9a9a"),
    "playhead": ("#f4f4f4", "#101010"),
    "popup_edge": ("#454545", "#c4c4c4"),
}


class Theme:
    """The colours by name: `theme["accent"]`; the name is "dark" or "light"."""

    def __init__(self, name: str, column: int) -> None:
        self.name = name
        self.colours = {token: pair[column] for token, pair in _COLOURS.items()}

    def __getitem__(self, token: str) -> QColor:
        return QColor(self.colours[token])


DARK, LIGHT = Theme("dark", 0), Theme("light", 1)


def theme_named(name: str, app: QApplication) -> Theme:
    """The theme of this name; "system" is the system's preference."""
    if name == "system":
        light = app.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if name == "light" else DARK


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Apply a theme to the application, unless it is applied already: it restyles every widget."""
    sheet = _style_sheet(theme)
    if app.styleSheet() == sheet:
        return
    if not app.styleSheet():  # once is enough; setting a style restyles every widget, too
        app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(sheet)


def _palette(theme: Theme) -> QPalette:
    """Colours for what the style sheet does not reach: our painting, native parts, placeholders."""
    role = QPalette.ColorRole
    palette = QPalette(theme["window"])
    for wanted, token in (
        (role.Window, "window"),
        (role.Base, "sunken"),
        (role.AlternateBase, "panel"),
        (role.Button, "raised"),
        (role.Text, "text"),
        (role.WindowText, "text"),
        (role.ButtonText, "text"),
        (role.ToolTipBase, "popup"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "faint"),
        (role.Highlight, "pressed"),
        (role.HighlightedText, "text"),
        (role.Link, "text"),
        (role.Accent, "accent"),
        (role.Mid, "dim"),  # quiet icons
        (role.BrightText, "on_error"),
    ):
        palette.setColor(wanted, theme[token])
    for faded in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, faded, theme["faint"])
    return palette


@cache
def _icon_folder() -> QTemporaryDir:
    return QTemporaryDir()


def _style_sheet(theme: Theme) -> str:
    template = Template(resource_path("style", "window.qss").read_text(encoding="utf-8"))
    tokens: dict[str, object] = {"small": SMALL, "body": BODY, "large": LARGE, **theme.colours}
    for name, token in (("down", "dim"), ("check", "text")):
        tokens[f"{name}_icon"] = _icon_file(name, theme.colours[token])
    return template.substitute(tokens)


def _icon_file(name: str, color: str) -> str:
    """An icon file in a colour of the theme: style sheets load images only from files."""
    path = Path(_icon_folder().path()) / f"{name}-{color.lstrip('#')}.png"
    icon_pixmap(name, QColor(color), 16, 2.0).save(str(path))
    return path.as_posix()
