"""What actions need, and whether it is there now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from restorer.document import Readiness
from restorer.ui.text import tasks
from restorer.words import marked as _
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow

#: What an action can need; see `possible`.
Need = Literal[
    "nothing", "picture", "pixels", "measured", "others", "selected", "frames", "result", "savable",
    "former", "newer", "saved", "two", "unsaved", "left", "crashed", "start", "run", "runs",
    "tools", "brush", "undo", "redo",
]  # fmt: skip

_OPEN, _RESTORE = _("Open a picture first."), _("Restore the picture first.")
#: Why an action is disabled, by what it needs.
_MISSING: dict[Need, str] = {
    "picture": _OPEN,
    "pixels": _OPEN,
    "measured": _("Open a picture first, and let it be measured."),
    "others": _("Only one picture is open."),
    "selected": _("Select several pictures in the strip first."),
    "frames": _RESTORE,
    "result": _RESTORE,
    "savable": _RESTORE,
    "former": _("There is no result before this one."),
    "newer": _("There is no result after this one."),
    "saved": _("Restore the picture first, or go to one of its results."),
    "two": _("Restore the picture twice first, and go to one of the results."),
    "unsaved": _("There is no result that was not saved."),
    "left": _("No other picture is left to be restored."),
    "crashed": _("The last session ended as it should."),
    "run": _("Nothing is running."),
    "runs": _("Nothing is running."),
    "tools": _("Press M first, to paint a mask."),
    "brush": _("Choose a brush, an eraser or a line first."),
    "undo": _("There is nothing to undo."),
    "redo": _("There is nothing to redo."),
}


def why_not(window: MainWindow, need: Need) -> str:
    """Why an action with this need is disabled now."""
    if need == "start" and window.document.pictures.current is not None:
        return tasks.restore_hint(window.document)
    return tr(_MISSING.get(need, _OPEN))


def possible(window: MainWindow) -> dict[Need, bool]:
    """Which needs are met now."""
    document, mask = window.document, window.tools
    opened, undo = document.pictures.current, document.pictures.undo_group
    readiness = document.planner.readiness
    under_way = readiness is Readiness.RUNNING  # Restore then says why it must wait
    running = bool(document.runs.busy) or document.batch.waits
    frames = opened is not None and opened.results.frames > 0
    return {
        "nothing": True,
        "picture": opened is not None,
        "pixels": opened is not None and opened.content.picture is not None,
        "measured": opened is not None and opened.content.estimate is not None,
        "others": len(document.pictures.all) > 1,
        "selected": len(window.strip.chosen) > 1,
        "frames": frames,
        "result": frames or (opened is not None and opened.under_way),
        "savable": frames
        or (opened is not None and (opened.under_way or opened.savable is not None)),
        "former": opened is not None and opened.has_version(-1),
        "newer": opened is not None and opened.has_version(1),
        "unsaved": any(other.unsaved for other in document.pictures.all),
        "crashed": bool(document.session.left),
        "left": len(document.batch.left) > 1,
        "saved": document.versions.saved is not None,
        "two": opened is not None and opened.results.shown is not None and len(opened.runs) > 1,
        "start": readiness.startable or under_way,
        "run": running or document.doubts.measuring is not None,
        "runs": bool(document.runs.busy),
        "tools": mask.active,
        "brush": mask.kind is not None and mask.kind.round,
        "undo": undo.canUndo(),
        "redo": undo.canRedo(),
    }
