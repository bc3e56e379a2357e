"""All that can be done, as one list: menus, toolbar, keys and the shortcut sheet are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoGroup
from PySide6.QtWidgets import QMenu, QWidget

from restorer.engine.views import CLEAN, VIEWS
from restorer.ui.widgets.icons import icon


def _(text: str) -> str:
    """Marks a text for translation; it is translated when the action is made."""
    return text


@dataclass(frozen=True)
class Binding:
    """One action: its name in the code, its words, its keys, where it stands.

    Attributes:
        group: actions of one group exclude each other and can be checked.
        check: can be checked by itself.
        rule: a line above it in its menu.
        repeat: again and again while the key is held.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    icon: str = ""
    group: str = ""
    check: bool = False
    rule: bool = False
    repeat: bool = True


FILE, EDIT, MASK, VIEW = _("File"), _("Edit"), _("Mask"), _("View")
STEPS, MODEL, HELP = _("Steps"), _("Model"), _("Help")
MENUS = (FILE, EDIT, MASK, VIEW, STEPS, MODEL, HELP)

BINDINGS = (
    Binding("open", _("Open…"), ("Ctrl+O",), FILE, "open"),
    Binding("close", _("Close picture"), ("Ctrl+W",), FILE),
    Binding("save", _("Save result"), ("Ctrl+S",), FILE, "save", rule=True),
    Binding("save_as", _("Save result as…"), ("Ctrl+Shift+S",), FILE),
    Binding("use_result", _("Use result as input"), ("Ctrl+R",), FILE),
    Binding("previous", _("Previous picture"), ("Ctrl+PgUp",), FILE, rule=True),
    Binding("next", _("Next picture"), ("Ctrl+PgDown",), FILE),
    Binding("quit", _("Quit"), ("Ctrl+Q",), FILE, rule=True),
    Binding("undo", _("Undo"), ("Ctrl+Z",), EDIT, "undo"),
    Binding("redo", _("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), EDIT, "redo"),
    Binding("copy", _("Copy result"), ("Ctrl+C",), EDIT, "copy", rule=True),
    Binding("paste", _("Paste picture"), ("Ctrl+V",), EDIT, "paste"),
    Binding("restore", _("Restore"), ("Ctrl+Return", "Ctrl+Enter"), EDIT, rule=True, repeat=False),
    Binding("stop", _("Stop"), ("Esc",), EDIT, repeat=False),
    Binding("stop_all", _("Stop all"), ("Shift+Esc",), EDIT),
    Binding("former", _("Previous result"), ("Ctrl+Left",), EDIT, rule=True),
    Binding("newer", _("Next result"), ("Ctrl+Right",), EDIT),
    Binding("mask", _("Paint a mask"), ("M",), MASK, "mask", check=True),
    Binding("layer", _("Paint mask or strength"), ("X",), MASK),
    Binding("look", _("Look only"), ("V",), MASK, "look", "tool", rule=True),
    Binding("brush", _("Brush"), ("B",), MASK, "brush", "tool"),
    Binding("eraser", _("Eraser"), ("E",), MASK, "eraser", "tool"),
    Binding("line", _("Line"), ("L",), MASK, "line", "tool"),
    Binding("lasso", _("Lasso"), ("O",), MASK, "lasso", "tool"),
    Binding("select", _("Select by colour"), ("C",), MASK, "wand", "tool"),
    Binding("find", _("Find scratches and dust"), ("F",), MASK, "find", "tool"),
    Binding("smaller", _("Smaller brush"), ("[",), MASK, rule=True),
    Binding("larger", _("Larger brush"), ("]",), MASK),
    Binding("invert", _("Invert"), ("I",), MASK, "invert", rule=True),
    Binding("grow", _("Grow"), ("Ctrl+]",), MASK, "grow"),
    Binding("shrink", _("Shrink"), ("Ctrl+[",), MASK, "shrink"),
    Binding("feather", _("Feather"), ("Shift+F",), MASK, "feather"),
    Binding("clear", _("Clear"), ("Del",), MASK, "clear"),
    Binding("load_mask", _("Load…"), (), MASK, "open", rule=True),
    Binding("save_mask", _("Save…"), (), MASK, "save"),
    Binding("red", _("Red overlay"), (), MASK, "", "tint", rule=True),
    Binding("green", _("Green overlay"), (), MASK, "", "tint"),
    Binding("blue", _("Blue overlay"), (), MASK, "", "tint"),
    Binding("white", _("White overlay"), (), MASK, "", "tint"),
    Binding("zoom_fit", _("Fit to window"), ("Ctrl+0",), VIEW),
    Binding("zoom_actual", _("Actual pixels"), ("Ctrl+1",), VIEW),
    Binding("zoom_in", _("Zoom in"), ("Ctrl++", "Ctrl+="), VIEW),
    Binding("zoom_out", _("Zoom out"), ("Ctrl+-",), VIEW),
    Binding("single", _("One picture"), ("A",), VIEW, "single", "compare", rule=True),
    Binding("wipe", _("Wipe"), ("W",), VIEW, "wipe", "compare"),
    Binding("side_by_side", _("Side by side"), ("S",), VIEW, "side-by-side", "compare"),
    Binding("difference", _("Difference"), ("D",), VIEW, "difference", "compare"),
    *(
        Binding(f"show_{view.name}", view.title, (view.key,), VIEW, "", "view", rule=view is CLEAN)
        for view in VIEWS
    ),
    Binding("dark", _("Dark"), (), VIEW, "", "theme", rule=True),
    Binding("light", _("Light"), (), VIEW, "", "theme"),
    Binding("system", _("As the system"), (), VIEW, "", "theme"),
    Binding("reduced_motion", _("Reduced motion"), (), VIEW, check=True, rule=True),
    Binding("full_screen", _("Full screen"), ("F11",), VIEW, check=True),
    Binding("play", _("Play or pause"), ("P",), STEPS),
    Binding("step_back", _("Step towards noise"), (",",), STEPS),
    Binding("step_forward", _("Step towards clean"), (".",), STEPS),
    Binding("first", _("First step"), ("Ctrl+Home",), STEPS),
    Binding("last", _("Last step"), ("Ctrl+End",), STEPS),
    Binding("models", _("Manage models…"), ("Ctrl+M",), MODEL),
    Binding("train", _("Train on my pictures…"), ("Ctrl+T",), MODEL),
    Binding("shortcuts", _("Shortcuts"), ("F1", "?"), HELP),
    Binding("limitations", _("Limitations"), (), HELP),
    Binding("log", _("Open the log folder"), (), HELP),
    Binding("about", _("About Restorer"), (), HELP),
)

#: Keys and gestures that are no actions: they belong to the canvas or the timeline.
GESTURES = (
    (_("Hold to see the original"), "\\"),
    (_("Zoom at the cursor"), _("Wheel")),
    (_("Pan"), _("Space-drag, middle-drag")),
    (_("Move the divider (canvas)"), _("Drag, Shift+Left, Shift+Right")),
    (_("Step (timeline)"), _("Left, Right")),
    (_("First and last step (timeline)"), _("Home, End")),
    (_("Play"), _("Space")),
    (_("Move the start (timeline)"), _("Up, Down")),
    (_("Reset a slider or the start"), _("Double-click")),
    (_("Erase (mask)"), _("Right button, Alt-drag, other end of the pen")),
    (_("Straight from the last stroke (mask)"), _("Shift-click")),
    (_("That colour anywhere (select by colour)"), _("Ctrl-click")),
)


def translated(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("actions", text)


def _shown(key: str) -> str:
    """A key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


class Actions:
    """The actions of a window by name: `actions["open"].triggered.connect(...)`."""

    def __init__(self, window: QWidget) -> None:
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for binding in BINDINGS:
            action = QAction(translated(binding.text), window)
            action.setShortcuts([QKeySequence(key) for key in binding.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            if binding.keys:
                action.setToolTip(f"{translated(binding.text)}  ({_shown(binding.keys[0])})")
            action.setCheckable(binding.check or bool(binding.group))
            if binding.group:
                group = self._groups.setdefault(binding.group, QActionGroup(window))
                group.addAction(action)
            if binding.icon:
                action.setIcon(icon(binding.icon))
                action.setIconVisibleInMenu(False)
            action.setAutoRepeat(binding.repeat)
            window.addAction(action)
            self._actions[binding.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def group(self, name: str) -> QActionGroup:
        return self._groups[name]

    def follow_undo(self, group: QUndoGroup) -> None:
        """Undo and Redo say what they would do, and can be used when there is something."""
        self["undo"].setEnabled(group.canUndo())
        self["redo"].setEnabled(group.canRedo())
        for name, can, text in (
            ("undo", group.canUndoChanged, group.undoTextChanged),
            ("redo", group.canRedoChanged, group.redoTextChanged),
        ):
            can.connect(self[name].setEnabled)
            text.connect(partial(self._name, name))

    def _name(self, name: str, step: str) -> None:
        """`step`: what would be done, "" for nothing."""
        binding = next(binding for binding in BINDINGS if binding.name == name)
        text = translated(binding.text)
        self[name].setText(f"{text}: {step}" if step else text)
        self[name].setToolTip(f"{self[name].text()}  ({_shown(binding.keys[0])})")

    def fill(self, menu: QMenu, title: str) -> None:
        """Add all actions of one of `MENUS` to a menu."""
        for binding in BINDINGS:
            if binding.menu == title:
                if binding.rule:
                    menu.addSeparator()
                menu.addAction(self[binding.name])
