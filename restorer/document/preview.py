"""The preview: restores only the part in view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import restorer.document.work as work
from restorer.diffusion.answers import RecentAnswers
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.document.states import Readiness
from restorer.document.steps import chain_of
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job
from restorer.engine.strength import Box
from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.jobs import Jobs, Message, MessageKind
from restorer.words import tr

if TYPE_CHECKING:
    from restorer.engine.region import RegionRun
    from restorer.engine.region_steps import RegionSteps

#: All that the steps of a proposal depend on.
_Known = tuple[object, ...]


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
        self._asked: tuple[OpenPicture, RestorationTask, RegionSteps | None, Box] | None = None
        self._run: RegionRun | None = None
        self._memory: tuple[str, RecentAnswers] = "", RecentAnswers()
        self._proposed: tuple[_Known, RegionSteps | None] | None = None  # None while it is planned
        self._told: _Known | None = None  # of which proposal it was said that the whole may differ

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
        """The task that Restore would do with the current picture; None for none, or for steps."""
        opened, ready = self._pictures.current, self._planner.readiness is Readiness.READY
        task = opened.plan.task if opened and ready and opened.proposal is None else None
        return task if task is not None and task.start is not None else None

    @property
    def offered(self) -> bool:
        """There is something to preview."""
        opened = self._pictures.current
        if opened is None or opened.proposal is None:
            return self.task is not None
        return self._planner.readiness is Readiness.READY

    @property
    def why_not(self) -> str:
        """Why no preview of the current picture is possible; "" if one is, or will be."""
        opened, task, reason = self._pictures.current, self.task, ""
        if opened is not None and opened.proposal is not None:
            known = self._proposed
            if known is not None and known[0] == _known(opened) and known[1] is not None:
                reason = known[1].why_not
        elif opened is not None and task is not None:
            from restorer.engine.region import why_no_region

            reason = why_no_region(task, opened.plan.parameters.latent is not None)
        said = tr("No preview: {0}")
        return said.format(reason) if reason else ""

    def show(self, box: Box) -> None:
        """Restore a box, in pixels of the current picture, unless it was the last request."""
        opened = self._pictures.current
        picture = opened.content.picture if opened is not None else None
        if opened is None or picture is None or not (self.offered and self.wanted) or self.why_not:
            self.cancel()
            return
        steps: RegionSteps | None = None
        if opened.proposal is not None:
            steps = self._steps_of(opened)
            if steps is None:
                self.cancel()
                return
            task, inputs = steps.task, Inputs(picture)
        else:
            assert self.task is not None
            task = self.task
            hole = opened.plan.prepared.hole if opened.plan.prepared and task.damage.mask else None
            inputs = Inputs(picture, hole, opened.plan.strength.values)
        asked = opened, task, steps, box
        if asked == self._asked:
            return
        self.cancel()
        if self._memory[0] != task.model:
            self._memory = task.model, RecentAnswers()
        self._asked = asked
        self._run = self._jobs.region(task, inputs, box, self._memory[1], steps)

    def _steps_of(self, opened: OpenPicture) -> RegionSteps | None:
        """The steps that are proposed for a picture; None until they are planned."""
        known = _known(opened)
        if self._proposed is not None and self._proposed[0] == known:
            return self._proposed[1]
        self._proposed = known, None
        planning = partial(work.next_step, chain_of(opened, opened.plan.parameters))
        self._pictures.ask(opened, planning, partial(self._planned, known, opened))
        return None

    def _planned(self, known: _Known, opened: OpenPicture, job: Job | RestorerError | None) -> None:
        if self._proposed is None or self._proposed[0] != known:
            return
        if not isinstance(job, Job):
            self._proposed = None
            self._put_off(job)
            return
        from restorer.engine.region_steps import RegionSteps

        self._proposed = known, RegionSteps(job)
        if opened is self._pictures.current and self.why_not:
            self._notices.hint.emit(self.why_not)
            self._put_off(None)
            return
        self.toggled.emit()  # whoever shows the preview asks for it now

    def _put_off(self, error: RestorerError | None) -> None:
        """Switch the preview off."""
        self.wanted = False
        self.toggled.emit()
        if error is not None:
            self._notices.report(error)

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
                self._say_of(run)
                times = run.task.damage.growth
                left, top, right, bottom = (times * side for side in run.box)
                self.made.emit(run.task, (left, top, right, bottom), run.made)
            case MessageKind.STOPPED | MessageKind.FAILED:
                self._run = None
                if message.error is not None:
                    self._put_off(message.error)
        return True

    def _say_of(self, run: RegionRun) -> None:
        """Say once of a proposal where the whole may differ from what is shown of a part."""
        known = self._proposed[0] if self._proposed else None
        if run.steps is None or run.steps.exact or self._told == known:
            return
        self._told = known
        self._notices.hint.emit(
            tr(
                "This preview is close to the result, not the same: Restore measures the whole "
                "picture anew before each step."
            )
        )


def _known(opened: OpenPicture) -> _Known:
    """What the steps of its proposal depend on."""
    content, painted = opened.content, opened.painted
    layers = [None if one is None else one.version for one in (painted.mask, painted.strength)]
    return opened, id(content.picture), id(content.estimate), opened.plan.parameters, *layers
