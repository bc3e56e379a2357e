"""Colours and type as tokens, and the style sheet that is made of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtCore import Qt, QTemporaryDir
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from restorer.resources import resource_path
from restorer.ui.widgets.icons import icon_pixmap

#: The three sizes of type, in pixels.
SMALL, BODY, LARGE = 11, 13, 20


@dataclass(frozen=True)
class Theme:
    """Neutral greys, and one accent for the start handle, Restore and focus.

    Attributes:
        canvas: around the picture; no colour cast, pictures are judged on it.
        sunken, raised: behind values that can be edited, and buttons.
        edge, line: borders one hardly sees, and borders one sees.
        band, tick, grain, curve, playhead: of the timeline; the grain is the noise behind its axis.
    """

    name: str
    window: str
    panel: str
    canvas: str
    sunken: str
    raised: str
    hover: str
    pressed: str
    popup: str
    edge: str
    line: str
    track: str
    handle: str
    text: str
    dim: str
    faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    error: str
    on_error: str
    band: str
    tick: str
    grain: str
    curve: str
    playhead: str
    popup_edge: str

    def __getitem__(self, name: str) -> QColor:
        return QColor(getattr(self, name))


DARK = Theme(
    name="dark",
    window="#1c1c1c",
    panel="#232323",
    canvas="#303030",
    sunken="#1a1a1a",
    raised="#343434",
    hover="#363636",
    pressed="#404040",
    popup="#181818",
    edge="#171717",
    line="#4a4a4a",
    track="#6e6e6e",
    handle="#c4c4c4",
    text="#dedede",
    dim="#a0a0a0",
    faint="#6e6e6e",
    accent="#e0a458",
    accent_hover="#eab571",
    accent_pressed="#cb9049",
    on_accent="#2a1c08",
    error="#46302c",
    on_error="#f0d8d2",
    band="#2b2b2b",
    tick="#8a8a8a",
    grain="#c8c8c8",
    curve="#7d7d7d",
    playhead="#f4f4f4",
    popup_edge="#454545",
)

LIGHT = Theme(
    name="light",
    window="#e6e6e6",
    panel="#efefef",
    canvas="#c8c8c8",
    sunken="#dcdcdc",
    raised="#fafafa",
    hover="#dedede",
    pressed="#d0d0d0",
    popup="#fbfbfb",
    edge="#d2d2d2",
    line="#bdbdbd",
    track="#8a8a8a",
    handle="#4c4c4c",
    text="#1f1f1f",
    dim="#5c5c5c",
    faint="#8b8b8b",
    accent="#b8731f",
    accent_hover="#c7812b",
    accent_pressed="#a56518",
    on_accent="#ffffff",
    error="#f0d9d3",
    on_error="#5a2318",
    band="#e3e3e3",
    tick="#7c7c7c",
    grain="#4a4a4a",
    curve="#9a9a9a",
    playhead="#101010",
    popup_edge="#c4c4c4",
)


def theme_named(name: str, app: QApplication) -> Theme:
    """The theme called so; "system" is what the system prefers."""
    if name == "system":
        light = app.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if name == "light" else DARK


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Dress the whole application, unless it is dressed so: every widget would be dressed again."""
    sheet = _style_sheet(theme)
    if app.styleSheet() == sheet:
        return
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(sheet)


def _palette(theme: Theme) -> QPalette:
    """For what the style sheet does not reach: our own painting, native parts, placeholders."""
    role = QPalette.ColorRole
    palette = QPalette(QColor(theme.window))
    for wanted, color in (
        (role.Window, theme.window),
        (role.Base, theme.sunken),
        (role.AlternateBase, theme.panel),
        (role.Button, theme.raised),
        (role.Text, theme.text),
        (role.WindowText, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.popup),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.faint),
        (role.Highlight, theme.pressed),
        (role.HighlightedText, theme.text),
        (role.Link, theme.text),
        (role.Accent, theme.accent),
        (role.Mid, theme.dim),  # quiet icons
        (role.BrightText, theme.on_error),
    ):
        palette.setColor(wanted, QColor(color))
    for faded in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, faded, QColor(theme.faint))
    return palette


@cache
def _icon_folder() -> QTemporaryDir:
    return QTemporaryDir()


def _style_sheet(theme: Theme) -> str:
    template = Template(resource_path("style", "window.qss").read_text(encoding="utf-8"))
    tokens = asdict(theme) | {"small": SMALL, "body": BODY, "large": LARGE}
    for name, color in (("down", theme.dim), ("check", theme.text)):
        tokens[f"{name}_icon"] = _icon_file(name, color)
    return template.substitute(tokens)


def _icon_file(name: str, color: str) -> str:
    """Style sheets take images from files only; here is one in the colour of the theme."""
    path = Path(_icon_folder().path()) / f"{name}-{color.lstrip('#')}.png"
    icon_pixmap(name, QColor(color), 16, 2.0).save(str(path))
    return path.as_posix()
