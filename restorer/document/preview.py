"""The preview: restores only the part in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from restorer.diffusion.answers import RecentAnswers
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.document.states import Readiness
from restorer.engine.inputs import Inputs
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.jobs import Jobs, Message, MessageKind
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.engine.region import RegionRun


class Preview(QObject):
    """Requests one part at a time; another part or task replaces it at once.

    Attributes:
        wanted: a person wants to see parts before the whole.
    """

    toggled = Signal()
    tiles_made = Signal(object, object)  # RestorationTask, list[Progress] of the part
    made = Signal(object, object, object)  # RestorationTask, Box in the result, (h, w, 3) in 0..1

    def __init__(
        self, jobs: Jobs, pictures: Pictures, planner: Planner, notices: Notices, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._jobs, self._pictures = jobs, pictures
        self._planner, self._notices = planner, notices
        self.wanted = False
        self._asked: tuple[OpenPicture, RestorationTask, Box] | None = None
        self._run: RegionRun | None = None
        self._memory: tuple[str, RecentAnswers] = "", RecentAnswers()

    @Slot()
    def toggle(self) -> None:
        """Switch the preview on or off; say why where it is impossible."""
        why_not = "" if self.wanted else self.why_not
        if why_not:
            self._notices.hint.emit(why_not)
        self.wanted = not self.wanted and not why_not
        if not self.wanted:
            self.cancel()
        self.toggled.emit()

    @property
    def task(self) -> RestorationTask | None:
        """The task that Restore would do with the current picture; None for none."""
        opened = self._pictures.current
        ready = self._planner.readiness is Readiness.READY
        task = opened.plan.task if opened is not None and ready else None
        return task if task is not None and task.start is not None else None

    @property
    def why_not(self) -> str:
        """Why no preview of the current picture is possible; "" if one is, or will be."""
        opened, task = self._pictures.current, self.task
        if opened is not None and opened.proposal is not None:
            return tr("What is proposed is done step by step; choose a task to preview it.")
        if opened is None or task is None:
            return ""
        from restorer.engine.region import why_no_region

        reason = why_no_region(task, opened.plan.parameters.latent is not None)
        said = tr("No preview: {0}")
        return said.format(reason) if reason else ""

    def show(self, box: Box) -> None:
        """Restore a box, in pixels of the current picture, unless it was the last request."""
        opened, task = self._pictures.current, self.task
        picture = opened.content.picture if opened is not None else None
        if opened is None or picture is None or task is None or self.why_not or not self.wanted:
            self.cancel()
            return
        asked = opened, task, box
        if asked == self._asked:
            return
        self.cancel()
        if self._memory[0] != task.model:
            self._memory = task.model, RecentAnswers()
        self._asked = asked
        hole = opened.plan.prepared.hole if opened.plan.prepared and task.damage.mask else None
        inputs = Inputs(picture, hole, opened.plan.strength.values)
        self._run = self._jobs.region(task, inputs, box, self._memory[1])

    def cancel(self) -> None:
        """Cancel the request."""
        run, self._run, self._asked = self._run, None, None
        if run is not None:
            self._jobs.cancel(run)

    def hear(self, message: Message) -> bool:
        """Handle a message about the preview; true if it was one."""
        run = self._run
        if run is None or message.number != run.number:
            return False
        match message.kind:
            case MessageKind.PROGRESS:
                self.tiles_made.emit(run.task, run.partials.take())
            case MessageKind.FINISHED:
                self._run = None
                times = run.task.damage.growth
                left, top, right, bottom = (times * side for side in run.box)
                self.made.emit(run.task, (left, top, right, bottom), run.made)
            case MessageKind.STOPPED | MessageKind.FAILED:
                self._run = None
                if message.error is not None:
                    self.wanted = False
                    self.toggled.emit()
                    self._notices.report(message.error)
        return True
