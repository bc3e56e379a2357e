"""The runs of all open pictures: beginning, waiting, stopping, and keeping results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from restorer.diffusion.answers import Answers
from restorer.document.changes import Changes, Notifier
from restorer.document.doubt_measuring import Doubts
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.document.results import ShowResult, StepsUnderWay
from restorer.document.states import Readiness, Status
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job
from restorer.engine.models import ModelInfo
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.jobs import Jobs, Message, MessageKind
from restorer.words import tr

#: Bytes of a run that may lie in memory of what the network has answered, so that a branch need not
#: ask again; and of how many runs.
_ANSWERS, _ANSWERED = 128 << 20, 4


class Runs(QObject):
    """One run of a picture at a time; those of several pictures wait for one another.

    Every signal speaks of one picture, on view or not; they are for the other parts of the
    document.
    """

    shown = Signal(object)  # OpenPicture: another of its runs, or more of it, is to be shown
    frame_made = Signal(object)  # OpenPicture
    tiles_made = Signal(object, object)  # OpenPicture, list[Progress]
    ended = Signal(object, object)  # OpenPicture, Run, which came to its end or was stopped
    freed = Signal()  # a run is over, whatever came of it
    wanted = Signal(object)  # OpenPicture with which to begin anew, now that it has stopped

    def __init__(
        self,
        jobs: Jobs,
        pictures: Pictures,
        planner: Planner,
        doubts: Doubts,
        notices: Notices,
        notifier: Notifier,
        budget: Callable[[], int],
        parent: QObject,
    ) -> None:
        """`budget`: bytes for all results in memory; the oldest move to disk."""
        super().__init__(parent)
        self.budget = budget
        self._jobs, self._pictures, self._doubts = jobs, pictures, doubts
        self._planner, self._notices, self._notifier = planner, notices, notifier
        self._of_run: dict[int, OpenPicture] = {}
        self._part_of: dict[int, StepsUnderWay | None] = {}  # also of those that were stopped
        pictures.closing.connect(self._forget)
        planner.found_out.connect(self._found_out)

    # What a person wants; without a picture it goes for the one on view.

    def restore(self, opened: OpenPicture | None = None) -> None:
        """Begin a run as soon as it is ready and the engine is free.

        One of the same picture that waits still gives up its place; one that is being stopped is
        waited for.
        """
        opened = opened or self._pictures.current
        if opened is None:
            return
        readiness = self._planner.readiness_of(opened)
        ready = readiness is Readiness.READY
        stopping = opened.status is Status.STOPPING
        waits = stopping or readiness is Readiness.PREPARING or (ready and opened.counting)
        opened.plan.awaited = opened.plan.parameters if waits else None
        if opened.plan.awaited is not None:
            self._notifier.tell(Changes.STATUS)
        if readiness is Readiness.RUNNING and not stopping:
            self._notices.hint.emit(
                tr("This picture is being restored. Press Esc to stop it before you start again.")
            )
        elif ready and not waits and opened.plan.task and opened.plan.task.start:
            with self._notifier.together():
                self._begin(opened)

    def begin_step(self, opened: OpenPicture, job: Job, answers: Path | None = None) -> None:
        """Carry out the first step of a job; `answers` is the folder of recorded answers."""
        with self._notifier.together():
            run = self._jobs.restore(job.task, job.inputs, job.latent, answers=answers)
            run.job, run.seen = job, job.seen
            self._part_of[run.number] = opened.results.steps
            self._line_up(opened, run)

    def go_on(
        self,
        opened: OpenPicture,
        task: RestorationTask,
        inputs: Inputs,
        answers: Path | Answers | None = None,
        latent: ModelInfo | None = None,
    ) -> None:
        """Begin a run of this task: a branch, or one that another window had begun.

        Args:
            answers: what it was answered then, or the folder of that.
            latent: the model, if it is one with prompts.
        """
        with self._notifier.together():
            self._line_up(opened, self._jobs.restore(task, inputs, latent, answers=answers))

    def decode(self) -> None:
        """Decode the step at which a run was stopped: its preview becomes a picture to keep."""
        opened = self._pictures.current
        run = opened.results.shown if opened is not None else None
        if opened is None or run is None or opened.results.making or not opened.results.decodable:
            return
        with self._notifier.together():
            self._jobs.decode(run)
            self._line_up(opened, run)

    def stop(self, opened: OpenPicture | None = None) -> None:
        """Stop the run of a picture, and keep its frames."""
        opened = opened or self._pictures.current
        if opened is None:
            return
        self._begin_no_more(opened)
        if opened.results.making is not None:
            self._stop(opened, opened.results.making)
        elif opened.results.shown is not None:
            self._doubts.stop(opened.results.shown)

    def stop_all(self) -> None:
        """Stop all runs, including waiting ones, and keep their frames."""
        for opened in self._pictures.all:
            self._begin_no_more(opened)
            if opened.results.making is not None:
                self._stop(opened, opened.results.making)
            self._doubts.stop_all_of(opened)

    @Slot(object)
    def leave(self, opened: OpenPicture) -> None:
        """End the run of a picture at once, and drop its frames."""
        self._begin_no_more(opened)
        self._doubts.stop_all_of(opened)
        results, run = opened.results, opened.results.making
        if run is not None:
            self._forget(opened)
            before, results.before, results.progress = results.before, None, None
            if results.shown is run:
                self.show(opened, before)
            else:
                self._settle(opened)

    def show(self, opened: OpenPicture, run: Run | None) -> None:
        """Show a run of this picture, at its newest frame."""
        if opened.results.shown is not run:
            with self._notifier.together():
                opened.results.shown, opened.results.following = run, True
                opened.results.playhead = (
                    opened.results.frames - 1 if opened.results.frames else None
                )
                self.shown.emit(opened)
                self._settle(opened)

    # What there is to know.

    @property
    def stoppable(self) -> bool:
        """The current picture has a run that can be stopped."""
        opened = self._pictures.current
        if opened is None:
            return False
        doubting = self._doubts.ahead(opened.results.shown) is not None
        waits = opened.plan.begins_soon or opened.results.steps is not None
        return opened.results.making is not None or waits or doubting

    @property
    def elsewhere(self) -> list[OpenPicture]:
        """Other pictures with a current or waiting run, in the order of their turns."""
        return [opened for opened in self.busy if opened is not self._pictures.current]

    def ahead(self, opened: OpenPicture) -> int:
        return self._jobs.ahead(opened.results.making) if opened.results.making else 0

    @property
    def busy(self) -> list[OpenPicture]:
        """Pictures with a current or waiting run, in the order of their turns."""
        return sorted(self._of_run.values(), key=self.ahead)

    def picture_of(self, number: int) -> OpenPicture | None:
        """The picture of a current or waiting run."""
        return self._of_run.get(number)

    # What the jobs say.

    def hear(self, message: Message) -> None:
        """Handle a message about a run; ignore others, and those about closed pictures."""
        opened = self._of_run.get(message.number)
        if opened is None or opened.results.making is None:
            return
        run = opened.results.making
        match message.kind:
            case MessageKind.STARTED if opened.status is Status.WAITING:
                self._take_up(opened, run)
            case MessageKind.PROGRESS:
                self._progressed(opened, run)
            case MessageKind.FRAME:
                assert message.frame is not None
                if opened.results.shown is run and opened.results.following:
                    opened.results.playhead = message.frame.index
                self.frame_made.emit(opened)
            case MessageKind.FINISHED | MessageKind.STOPPED | MessageKind.FAILED:
                self._ended(opened, run, message)

    def _progressed(self, opened: OpenPicture, run: Run) -> None:
        tiles = run.partials.take()
        if tiles:
            opened.results.progress = tiles[-1]
            self._notifier.tell(Changes.PROGRESS)
            self.tiles_made.emit(opened, tiles)

    def _ended(self, opened: OpenPicture, run: Run, message: Message) -> None:
        del self._of_run[run.number]
        opened.results.making = opened.results.progress = None
        opened.results.failure = message.error
        finished = message.kind is MessageKind.FINISHED
        if run.decoding:
            run.decoding = False
            opened.results.saved_runs.discard(run.number)
            if opened.results.shown is run:
                self.shown.emit(opened)
        else:
            run.finished = finished
            self._keep(opened, run)
            self._planner.remember_speed(run)
            if not finished:
                opened.results.leave_steps()
            if run in opened.results:
                self.ended.emit(opened, run)
        self._settle(opened)
        for other in self.busy:  # it has moved up
            self._tell(other)
        self.freed.emit()
        if opened.plan.begins_soon:
            self.wanted.emit(opened)

    # Helpers.

    def _begin(self, opened: OpenPicture) -> None:
        """Carry out the task of a picture, in place of its waiting run if there is one."""
        task, picture, waiting = opened.plan.task, opened.content.picture, opened.results.making
        assert task is not None and picture is not None
        if waiting is not None:
            del self._of_run[waiting.number]
        run = self._jobs.restore(
            task,
            Inputs(
                picture,
                opened.plan.prepared.hole if opened.plan.prepared and task.damage.mask else None,
                opened.plan.strength.values,
                opened.plan.control_pictures.get(task.control.picture),
            ),
            opened.plan.parameters.latent,
            instead_of=waiting,
        )
        run.seen = opened.plan.megapixels
        opened.painted.ask()
        self._line_up(opened, run)

    def _begin_no_more(self, opened: OpenPicture) -> None:
        """Cancel a delayed start."""
        planning = opened.plan.awaited is not None or opened.results.steps is not None
        opened.plan.awaited = None
        opened.results.leave_steps()
        if planning:
            self._tell(opened)

    def _stop(self, opened: OpenPicture, run: Run) -> None:
        if opened.status is Status.RESTORING:
            self._set(opened, Status.STOPPING)
        self._jobs.cancel(run)

    @Slot(object)
    def _forget(self, opened: OpenPicture) -> None:
        """The picture is being closed."""
        run, opened.results.making = opened.results.making, None
        if run is not None:
            self._part_of.pop(run.number, None)
            del self._of_run[run.number]
            self._jobs.cancel(run)
            self.freed.emit()

    @Slot(object)
    def _found_out(self, opened: OpenPicture) -> None:
        if opened.plan.begins_soon:
            self.restore(opened)
        else:
            opened.plan.awaited = None

    def _line_up(self, opened: OpenPicture, run: Run) -> None:
        opened.results.making, opened.results.failure, opened.results.progress = run, None, None
        width, height = run.inputs.picture.size
        if 12 * width * height * run.task.damage.growth**2 * run.task.steps <= _ANSWERS:
            run.answers.room = _ANSWERS
        self._of_run[run.number] = opened
        if self._jobs.ahead(run):
            self._set(opened, Status.WAITING)
        else:
            self._take_up(opened, run)

    def _take_up(self, opened: OpenPicture, run: Run) -> None:
        """Show a run when its turn comes."""
        opened.status = Status.RESTORING
        if opened.results.shown is not run:
            opened.results.before = opened.results.shown if opened.results.frames else None
            self.show(opened, run)
        else:
            self._tell(opened)

    def _keep(self, opened: OpenPicture, run: Run) -> None:
        """Keep what the run has made as a result; a partial one does not replace a complete one."""
        before, opened.results.before = opened.results.before, None
        if len(run.trajectory) and (run.part is None or before is None):
            opened.results.keep(run)
            self._put_away(run)
            if run.part is not None and opened.results.shown is run:
                # its only frame came without a message
                opened.results.playhead = opened.results.frames - 1
                self.shown.emit(opened)
            steps = self._part_of.pop(run.number, None)
            done = tr("Restore") if before is None else tr("Restore again")
            if run.task.trunk is not None:
                done = tr("Go on from step {0}").format(run.task.after + 1)
            text = steps.text if steps is not None else done
            opened.undo.push(ShowResult(text, partial(self.show, opened), before, run, steps))
        elif opened.results.shown is run:
            if opened.results.interrupted is run:
                opened.results.interrupted = before
            self.show(opened, before)

    def _put_away(self, newest: Run) -> None:
        """Move former results of a picture to disk, and the oldest ones beyond the budget."""
        others = [(opened, run) for opened in self._pictures.all for run in opened.results]
        others.sort(key=lambda other: other[1].number, reverse=True)
        room = self.budget()
        for _, run in others[_ANSWERED:]:
            run.answers.forget()
        for opened, run in others:
            size = run.trajectory.in_memory
            room -= size
            stays = run is newest or (run is opened.results.newest and room >= 0)
            if size and not stays:
                self._pictures.ask(opened, run.trajectory.put_away, lambda _: None)

    def _settle(self, opened: OpenPicture) -> None:
        """Without a run, take the status from the shown result."""
        if opened.results.making is not None:
            self._tell(opened)
        else:
            left = Status.STOPPED if opened.results.frames else Status.READY
            finished = opened.results.shown is not None and opened.results.shown.finished
            self._set(opened, Status.RESTORED if finished else left)

    def _set(self, opened: OpenPicture, status: Status) -> None:
        opened.status = status
        self._tell(opened)

    def _tell(self, opened: OpenPicture) -> None:
        on_view = opened is self._pictures.current
        of_current = Changes.STATUS | Changes.PROGRESS if on_view else Changes.NONE
        self._notifier.tell(Changes.PICTURES | of_current)
