"""The kinds of tasks: one module each, and the table that everybody else reads."""

from restorer.engine.tasks.colorize import COLORIZE
from restorer.engine.tasks.deblur import DEBLUR
from restorer.engine.tasks.dejpeg import DEJPEG
from restorer.engine.tasks.denoise import DENOISE
from restorer.engine.tasks.destripe import DESTRIPE
from restorer.engine.tasks.fade import FADE
from restorer.engine.tasks.inpaint import INPAINT
from restorer.engine.tasks.kind import TaskKind
from restorer.engine.tasks.upscale import UPSCALE

#: By name, in the order in which they are offered.
TASKS: dict[str, TaskKind] = {
    kind.name: kind
    for kind in (DENOISE, INPAINT, FADE, UPSCALE, DEBLUR, DEJPEG, COLORIZE, DESTRIPE)
}

#: What is done with a picture of which nobody has said anything.
DEFAULT_TASK = DENOISE.name

__all__ = ["DEFAULT_TASK", "TASKS", "TaskKind"]
