"""What actions may need, and what of it there is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from restorer.document import Readiness

if TYPE_CHECKING:
    from restorer.ui.window.window import MainWindow

#: What an action may need; see `possible`.
Need = Literal[
    "nothing", "picture", "pixels", "measured", "others", "selected", "frames", "result", "savable",
    "former", "newer", "saved", "two", "unsaved", "left", "crashed", "start", "run", "runs",
    "tools", "brush", "undo", "redo",
]  # fmt: skip


def possible(window: MainWindow) -> dict[Need, bool]:
    """What there is now of what actions need."""
    document, mask = window.document, window.tools
    opened, undo = document.pictures.current, document.pictures.undo_group
    readiness = document.planner.readiness
    under_way = readiness is Readiness.RUNNING  # then an action says why not yet
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
