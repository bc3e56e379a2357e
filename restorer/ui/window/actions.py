"""All actions as one table: name, text, keys, what each runs, and when it is enabled.

Menus, toolbar, keys and the shortcut sheet are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoGroup
from PySide6.QtWidgets import QMenu

from restorer.engine.views import VIEWS
from restorer.ui.canvas import CompareMode
from restorer.ui.mask.tools import ToolKind
from restorer.ui.preferences.controller import show_preferences
from restorer.ui.widgets.icons import icon
from restorer.ui.window.needs import Need, possible, why_not
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow


T = TypeVar("T")


VIEW = _("View")


@dataclass(frozen=True)
class Action:
    """One action: its name in the code, its text and keys, what it does and when.

    Attributes:
        keys: its shortcuts, separated by spaces.
        needs: it is enabled while there is this.
        checked: it has a tick while this holds; None for an action without a tick.
        group: of actions that exclude each other.
        repeat: it repeats while its key is held.
    """

    name: str
    text: str
    keys: str
    run: Callable[[MainWindow], object]
    needs: Need = "nothing"
    icon: str = ""
    checked: Callable[[MainWindow], bool] | None = None
    group: str = ""
    repeat: bool = True

    @property
    def shortcuts(self) -> list[QKeySequence]:
        return [QKeySequence(key) for key in self.keys.split()]

    @property
    def shown_keys(self) -> list[str]:
        """Its shortcuts as this system displays them."""
        native = QKeySequence.SequenceFormat.NativeText
        return [key.toString(native) for key in self.shortcuts]


def _one_of(
    group: str,
    chosen: Callable[[MainWindow], T | None],
    choose: Callable[[MainWindow, T], object],
    needs: Need,
    *choices: tuple[T, str, str, str, str],
) -> list[Action]:
    """Actions that exclude each other: value, name, text, keys and icon of each."""

    def action(value: T, name: str, text: str, keys: str, sign: str) -> Action:
        def run(window: MainWindow) -> None:
            choose(window, value)

        def checked(window: MainWindow) -> bool:
            return chosen(window) == value

        return Action(name, text, keys, run, needs, sign, checked, group)

    return [action(*choice) for choice in choices]


def _compared(window: MainWindow) -> bool:
    """The shown result is compared with another one."""
    opened = window.document.pictures.current
    return opened is not None and opened.compared is not None


#: Title of each way to compare.
COMPARING = {
    CompareMode.SINGLE: _("One picture"),
    CompareMode.WIPE: _("Wipe"),
    CompareMode.SIDE_BY_SIDE: _("Side by side"),
    CompareMode.DIFFERENCE: _("Difference"),
}

# fmt: off
#: By menu; None is a separator.
MENUS: dict[str, Sequence[Action | None]] = {
    _("File"): (
        Action("open", _("Open…"), "Ctrl+O", lambda w: w.files.open(), icon="open"),
        Action("close", _("Close picture"), "Ctrl+W", lambda w: w.close_picture(), "picture"),
        None,
        Action("save", _("Save result"), "Ctrl+S", lambda w: w.files.save(), "savable", "save"),
        Action("save_as", _("Save result as…"), "Ctrl+Shift+S",
               lambda w: w.files.save_as(), "savable"),
        Action("save_all", _("Save all results"), "Ctrl+Alt+S",
               lambda w: w.files.saves.save_unsaved(), "unsaved"),
        Action("share", _("Share…"), "Ctrl+E", lambda w: w.share.show(), "frames"),
        Action("use_result", _("Use result as input"), "Ctrl+R",
               lambda w: w.use_result(), "result"),
        None,
        Action("save_recipe", _("Save settings as recipe…"), "",
               lambda w: w.recipes.save(), "picture"),
        Action("load_recipe", _("Load recipe…"), "", lambda w: w.recipes.load(), "picture"),
        Action("apply_selected", _("Apply settings to selected"), "",
               lambda w: w.recipes.to_selected(), "selected"),
        Action("apply_all", _("Apply settings to all"), "", lambda w: w.recipes.to_all(), "others"),
        None,
        Action("previous", _("Previous picture"), "Ctrl+PgUp",
               lambda w: w.document.pictures.show_neighbour(-1), "others"),
        Action("next", _("Next picture"), "Ctrl+PgDown",
               lambda w: w.document.pictures.show_neighbour(1), "others"),
        None,
        Action("recover", _("Open the last session again"), "",
               lambda w: w.recovery.recover(), "crashed"),
        None,
        Action("quit", _("Quit"), "Ctrl+Q", lambda w: w.close()),
    ),
    _("Edit"): (
        Action("undo", _("Undo"), "Ctrl+Z", lambda w: w.undo.undo(), "undo", "undo"),
        Action("redo", _("Redo"), "Ctrl+Shift+Z Ctrl+Y", lambda w: w.undo.redo(), "redo", "redo"),
        None,
        Action("crop", _("Crop and straighten"), "Ctrl+Shift+C", lambda w: w.crop.toggle(),
               "pixels", "crop", lambda w: w.crop.choosing),
        Action("turn_left", _("Turn left"), "Ctrl+Shift+L", lambda w: w.crop.turn(-1), "pixels"),
        Action("turn_right", _("Turn right"), "Ctrl+Shift+R", lambda w: w.crop.turn(1), "pixels"),
        None,
        Action("copy", _("Copy result"), "Ctrl+C", lambda w: w.files.copy(), "savable", "copy"),
        Action("paste", _("Paste picture"), "Ctrl+V", lambda w: w.files.paste(), icon="paste"),
        None,
        Action("restore", _("Restore"), "Ctrl+Return Ctrl+Enter", lambda w: w.runs.restore(),
               "start", repeat=False),
        Action("preview", _("Preview what is in view"), "Shift+P",
               lambda w: w.document.preview.toggle(), "start", repeat=False,
               checked=lambda w: w.document.preview.wanted),
        Action("restore_all", _("Restore all"), "Ctrl+Shift+Return Ctrl+Shift+Enter",
               lambda w: w.document.batch.begin(), "left", repeat=False),
        Action("old_photo", _("Restore old photo…"), "Ctrl+Shift+O",
               lambda w: w.runs.list_old_photo(), "measured", repeat=False),
        Action("stop", _("Stop"), "Esc", lambda w: w.escape(), repeat=False),
        Action("stop_all", _("Stop all"), "Shift+Esc", lambda w: w.document.stop_all(), "run"),
        Action("pause_all", _("Pause all"), "Ctrl+Shift+P", lambda w: w.document.queue.toggle(),
               "runs", checked=lambda w: w.document.queue.paused),
        None,
        Action("former", _("Previous result"), "Ctrl+Left",
               lambda w: w.document.versions.step(-1), "former"),
        Action("newer", _("Next result"), "Ctrl+Right",
               lambda w: w.document.versions.step(1), "newer"),
        Action("name_result", _("Name result…"), "F2", lambda w: w.runs.name_result(), "saved"),
        Action("delete_result", _("Delete result"), "Ctrl+Del",
               lambda w: w.document.versions.delete(), "saved"),
        None,
        Action("preferences", _("Preferences…"), "Ctrl+,", lambda w: show_preferences(w)),
    ),
    _("Mask"): (
        Action("mask", _("Paint a mask"), "M", lambda w: w.tools.toggle(), "pixels", "mask",
               lambda w: w.tools.active),
        Action("protect", _("Protect a face or an area"), "Shift+R", lambda w: w.tools.protect(),
               "pixels"),
        Action("layer", _("Paint mask or strength"), "X", lambda w: w.masks.other_layer(), "tools"),
        None,
        *_one_of(
            "tool", lambda w: w.tools.kind, lambda w, kind: w.tools.select(kind), "tools",
            (None, "look", _("Look only"), "V", "look"),
            (ToolKind.BRUSH, "brush", _("Brush"), "B", "brush"),
            (ToolKind.ERASER, "eraser", _("Eraser"), "E", "eraser"),
            (ToolKind.LINE, "line", _("Line"), "L", "line"),
            (ToolKind.LASSO, "lasso", _("Lasso"), "O", "lasso"),
            (ToolKind.RECTANGLE, "rectangle", _("Rectangle"), "R", "rectangle"),
            (ToolKind.SELECT, "select", _("Select by colour"), "C", "wand"),
            (ToolKind.FIND, "find", _("Find scratches and dust"), "F", "find"),
        ),
        None,
        Action("next_mark", _("Next mark"), "N", lambda w: w.tools.walk.step(1), "tools"),
        Action("last_mark", _("Mark before"), "Shift+N", lambda w: w.tools.walk.step(-1), "tools"),
        Action("drop_mark", _("Remove mark"), "Backspace", lambda w: w.tools.walk.drop(), "tools"),
        Action("grow_mark", _("Grow mark"), "G", lambda w: w.tools.walk.grow(), "tools"),
        None,
        Action("smaller", _("Smaller brush"), "[", lambda w: w.tools.smaller(), "brush"),
        Action("larger", _("Larger brush"), "]", lambda w: w.tools.larger(), "brush"),
        None,
        Action("invert", _("Invert"), "I", lambda w: w.masks.invert(), "tools", "invert"),
        Action("grow", _("Grow"), "Ctrl+]", lambda w: w.masks.grow(1), "tools", "grow"),
        Action("shrink", _("Shrink"), "Ctrl+[", lambda w: w.masks.grow(-1), "tools", "shrink"),
        Action("feather", _("Feather"), "Shift+F", lambda w: w.masks.feather(), "tools", "feather"),
        Action("clear", _("Clear"), "Del", lambda w: w.masks.clear(), "tools", "clear"),
        None,
        Action("load_mask", _("Load…"), "", lambda w: w.masks.load(), "tools", "open"),
        Action("save_mask", _("Save…"), "", lambda w: w.masks.save(), "tools", "save"),
        None,
        *_one_of(
            "tint", lambda w: w.settings.overlay, lambda w, tint: w.masks.set_tint(tint), "nothing",
            ("red", "red", _("Red overlay"), "", ""),
            ("green", "green", _("Green overlay"), "", ""),
            ("blue", "blue", _("Blue overlay"), "", ""),
            ("white", "white", _("White overlay"), "", ""),
        ),
    ),
    VIEW: (
        Action("zoom_fit", _("Fit to window"), "Ctrl+0",
               lambda w: w.canvas.viewport.fit(), "picture"),
        Action("zoom_actual", _("Actual pixels"), "Ctrl+1",
               lambda w: w.canvas.viewport.actual(), "picture"),
        Action("zoom_in", _("Zoom in"), "Ctrl++ Ctrl+=",
               lambda w: w.canvas.viewport.zoom_in(), "picture"),
        Action("zoom_out", _("Zoom out"), "Ctrl+-",
               lambda w: w.canvas.viewport.zoom_out(), "picture"),
        None,
        *_one_of(
            "compare", lambda w: w.canvas.comparing,
            lambda w, mode: w.canvas_controller.set_compare(mode), "frames",
            *((mode, mode.name.lower(), text, text_key, mode.name.lower().replace("_", "-"))
              for (mode, text), text_key in zip(COMPARING.items(), "AWSD", strict=True)),
        ),
        Action("compare_result", _("Compare with another result"), "Shift+D",
               lambda w: w.document.display.toggle_compared(), "two",
               checked=_compared),
        None,
        *_one_of(
            "view", lambda w: w.canvas_controller.view,
            lambda w, view: w.document.display.set_view(view), "frames",
            *((view, f"show_{view.name}", view.title, view.key, "") for view in VIEWS),
        ),
        None,
        Action("inspector", _("Inspector"), "Ctrl+I", lambda w: w.inspector.toggle(), "picture",
               checked=lambda w: w.inspector.wanted),
        Action("histogram", _("Histogram"), "Ctrl+H", lambda w: w.histogram.show(),
               "picture"),
        Action("navigator", _("Navigator"), "", lambda w: w.appearance.toggle_navigator(),
               checked=lambda w: w.settings.navigator),
        None,
        *_one_of(
            "theme", lambda w: w.settings.theme,
            lambda w, name: w.appearance.set_theme(name), "nothing",
            ("dark", "dark", _("Dark"), "", ""),
            ("light", "light", _("Light"), "", ""),
            ("system", "system", _("As the system"), "", ""),
        ),
        None,
        Action("reduced_motion", _("Reduced motion"), "", lambda w: w.appearance.toggle_motion(),
               checked=lambda w: w.settings.reduced_motion),
        Action("full_screen", _("Full screen"), "F11", lambda w: w.toggle_full_screen(),
               checked=lambda w: w.isFullScreen()),
    ),
    _("Steps"): (
        Action("play", _("Play or pause"), "P", lambda w: w.timeline.playback.toggle(), "picture"),
        Action("step_back", _("Step towards noise"), ",",
               lambda w: w.timeline.playback.step_back(), "picture"),
        Action("step_forward", _("Step towards clean"), ".",
               lambda w: w.timeline.playback.step_forward(), "picture"),
        Action("first", _("First step"), "Ctrl+Home",
               lambda w: w.timeline.playback.to_first(), "picture"),
        Action("last", _("Last step"), "Ctrl+End",
               lambda w: w.timeline.playback.to_last(), "picture"),
        None,
        Action("branch", _("Go on from this step"), "Ctrl+G",
               lambda w: w.document.branches.begin(), "frames", repeat=False),
        None,
        Action("schedule", _("Schedule room"), "Ctrl+Shift+I", lambda w: w.schedule.show()),
        Action("lab", _("Damage lab"), "Ctrl+D", lambda w: w.lab.show(), "picture"),
        Action("variations", _("Variations…"), "Ctrl+B", lambda w: w.variations.show(), "picture"),
        Action("noise", _("Read the noise"), "Ctrl+Shift+N", lambda w: w.noise.show(), "frames"),
    ),
    _("Model"): (
        Action("models", _("Manage models…"), "Ctrl+M", lambda w: w.models.show()),
        Action("train", _("Train on my pictures…"), "Ctrl+T", lambda w: w.training.show()),
    ),
    _("Help"): (
        Action("course", _("Course: how diffusion restores"), "Ctrl+L",
               lambda w: w.course.toggle(), checked=lambda w: w.course.wanted),
        Action("how_to", _("How to…"), "Shift+F1", lambda w: w.help.show_how_to()),
        Action("shortcuts", _("Shortcuts"), "F1 ?", lambda w: w.help.show_shortcuts()),
        Action("limitations", _("Limitations"), "", lambda w: w.help.show_limitations()),
        Action("log", _("Open the log folder"), "", lambda w: w.help.open_log_folder()),
        Action("about", _("About Restorer"), "", lambda w: w.help.show_about()),
    ),
}
# fmt: on


def all_actions() -> Iterator[Action]:
    """The actions of all menus, in their order."""
    return (action for menu in MENUS.values() for action in menu if action is not None)


class Actions:
    """The QActions of a window by name: `actions["open"]`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for row in all_actions():
            self._actions[row.name] = action = QAction(tr(row.text), window)
            action.setShortcuts(row.shortcuts)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setCheckable(row.checked is not None)
            if row.group:
                groups.setdefault(row.group, QActionGroup(window)).addAction(action)
            if row.icon:
                action.setIcon(icon(row.icon))
                action.setIconVisibleInMenu(False)
            action.setAutoRepeat(row.repeat)
            action.triggered.connect(partial(self._run, row))
            window.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def refresh(self) -> None:
        """Update which actions are enabled and ticked."""
        now = possible(self._window)
        for row in all_actions():
            action = self._actions[row.name]
            action.setEnabled(now[row.needs])
            self._tell(row)
            if row.checked is not None:
                action.setChecked(row.checked(self._window))

    def follow_undo(self, group: QUndoGroup) -> None:
        """Let Undo and Redo name their step, and enable them when there is one."""
        self["undo"].setEnabled(group.canUndo())
        self["redo"].setEnabled(group.canRedo())
        for name, can, text in (
            ("undo", group.canUndoChanged, group.undoTextChanged),
            ("redo", group.canRedoChanged, group.redoTextChanged),
        ):
            can.connect(self[name].setEnabled)
            row = next(row for row in all_actions() if row.name == name)
            text.connect(partial(self._name, row))

    def _name(self, row: Action, step: str) -> None:
        """`step`: name of the step, "" for none."""
        self[row.name].setText(f"{tr(row.text)}: {step}" if step else tr(row.text))
        self._tell(row)

    def _tell(self, row: Action) -> None:
        """Set the tooltip: its name, its key, and why it is disabled."""
        action = self[row.name]
        keys = f"  ({row.shown_keys[0]})" if row.keys else ""
        reason = "" if action.isEnabled() else why_not(self._window, row.needs)
        action.setToolTip("\n".join(filter(None, (f"{action.text()}{keys}", reason))))

    def _run(self, row: Action) -> None:
        row.run(self._window)
        self.refresh()

    def fill(self, menu: QMenu, title: str) -> None:
        for row in MENUS[title]:
            if row is None:
                menu.addSeparator()
            else:
                menu.addAction(self[row.name])
