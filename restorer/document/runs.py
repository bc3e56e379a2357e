"""The runs of all open pictures: begun, waiting, stopped, and what becomes of their results."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from restorer.document.changes import Changes, Notifier
from restorer.document.doubts import Doubts
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.document.results import ShowResult, TakeBack
from restorer.document.states import Readiness, Status
from restorer.engine.inputs import Inputs
from restorer.engine.job import Job
from restorer.engine.run import Run
from restorer.jobs import Jobs, Kind, Message

#: Bytes that the results of all pictures may take in memory; the oldest beyond that lie on disk.
IN_MEMORY = 1 << 30


class Runs(QObject):
    """One run of a picture at a time; those of several pictures wait for one another.

    Every signal speaks of one picture, on view or not; they are for the other parts of the
    document.
    """

    shown = Signal(object)  # OpenPicture: another of its runs, or more of it, is to be shown
    frame_came = Signal(object)  # OpenPicture
    tiles_came = Signal(object, object)  # OpenPicture, list[Progress]
    ended = Signal(object, object)  # OpenPicture, Run, which came to its end or was stopped

    def __init__(
        self,
        jobs: Jobs,
        pictures: Pictures,
        planner: Planner,
        doubts: Doubts,
        notices: Notices,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._pictures, self._doubts = jobs, pictures, doubts
        self._planner, self._notices, self._notifier = planner, notices, notifier
        self._entries: dict[int, OpenPicture] = {}
        pictures.closing.connect(self._forget)
        planner.found_out.connect(self._found_out)

    # What a person wants; without a picture it goes for the one on view.

    def restore(self, entry: OpenPicture | None = None) -> None:
        """Begin a run, as soon as it can and the engine is free.

        One of the same picture that waits still gives up its place.
        """
        entry = entry or self._pictures.current
        if entry is None:
            return
        readiness = self._planner.readiness_of(entry)
        entry.eager = entry.parameters if readiness is Readiness.PREPARING else None
        if entry.eager is not None:
            self._notifier.tell(Changes.STATUS)
        if readiness is Readiness.RUNNING:
            self._notices.hint.emit(
                self.tr("It is being restored. To begin anew, stop it first (Esc).")
            )
        elif readiness is Readiness.READY:
            with self._notifier.together():
                self._begin(entry)

    def begin_step(self, entry: OpenPicture, job: Job) -> None:
        """Carry out the first step of a job."""
        with self._notifier.together():
            run = self._jobs.restore(job.task, job.inputs, job.latent)
            run.job, run.seen = job, job.seen
            self._line_up(entry, run)

    def drop(self, entry: OpenPicture, run: Run, kept: Run | None, text: str) -> None:
        """Show what a run began with instead of its result; `text` names that for undoing."""
        if kept is None:
            entry.undo.push(TakeBack(text, partial(self.show, entry), run))
        else:
            entry.undo.push(self._showing(entry, text, run, kept))

    def decode(self) -> None:
        """Decode the step at which a run was stopped: its preview becomes a picture to keep."""
        entry = self._pictures.current
        run = entry.results.shown if entry is not None else None
        if entry is None or run is None or entry.results.making or not entry.results.decodable:
            return
        with self._notifier.together():
            self._jobs.decode(run)
            self._line_up(entry, run)

    def stop(self, entry: OpenPicture | None = None) -> None:
        """Stop what is done with a picture, keeping the frames, and nothing else."""
        entry = entry or self._pictures.current
        if entry is None:
            return
        entry.eager, entry.steps = None, None
        if entry.results.making is not None:
            self._stop(entry, entry.results.making)
        elif entry.results.shown is not None:
            self._doubts.stop(entry.results.shown)

    def stop_all(self) -> None:
        """Stop all runs, keeping their frames, and what waits."""
        for entry in self._pictures.all:
            entry.eager, entry.steps = None, None
            if entry.results.making is not None:
                self._stop(entry, entry.results.making)
            self._doubts.stop_all_of(entry)

    def show_result(self, by: int) -> None:
        """Put the former (-1) or the newer (1) result of the picture on view."""
        entry = self._pictures.current
        other = entry.beside(by) if entry is not None else None
        if entry is None or other is None:
            return
        text = self.tr("Previous result") if by < 0 else self.tr("Next result")
        shown = entry.results.shown
        if shown is None or entry.results.making in (other, shown):  # nothing to go back to
            self.show(entry, other)
        else:
            entry.undo.push(self._showing(entry, text, shown, other))

    def take_back(self, text: str) -> None:
        """Show the picture as it came instead of the result; `text` names that for undoing."""
        entry = self._pictures.current
        if entry is not None and entry.results.shown is not None and entry.results.making is None:
            entry.undo.push(TakeBack(text, partial(self.show, entry), entry.results.shown))

    def show(self, entry: OpenPicture, run: Run | None) -> None:
        """Put a run of this picture on view, at its newest frame."""
        if entry.results.shown is not run:
            with self._notifier.together():
                entry.results.shown, entry.results.following = run, True
                entry.results.playhead = entry.results.frames - 1 if entry.results.frames else None
                self.shown.emit(entry)
                self._settle(entry)

    # What there is to know.

    @property
    def stoppable(self) -> bool:
        """With the picture on view something is done, or will be, that can be stopped."""
        entry = self._pictures.current
        if entry is None:
            return False
        doubting = self._doubts.ahead(entry.results.shown) is not None
        waits = entry.begins_soon or entry.steps is not None
        return entry.results.making is not None or waits or doubting

    @property
    def elsewhere(self) -> list[OpenPicture]:
        """Other pictures with a run that is under way or waits, in the order of their turns."""
        return [entry for entry in self.busy if entry is not self._pictures.current]

    def ahead(self, entry: OpenPicture) -> int:
        """How many runs come before that of this picture."""
        return self._jobs.ahead(entry.results.making) if entry.results.making else 0

    @property
    def busy(self) -> list[OpenPicture]:
        """Pictures with a run that waits or is under way, in the order of their turns."""
        return sorted(self._entries.values(), key=self.ahead)

    def entry_of(self, number: int) -> OpenPicture | None:
        """The picture that a run under way or waiting belongs to."""
        return self._entries.get(number)

    # What the jobs say.

    def hear(self, message: Message) -> None:
        """What a message says of a run; others, and of pictures that were closed, say nothing."""
        entry = self._entries.get(message.number)
        if entry is None or entry.results.making is None:
            return
        run = entry.results.making
        match message.kind:
            case Kind.STARTED if entry.status is Status.WAITING:
                self._take_up(entry, run)
            case Kind.PROGRESS:
                self._progressed(entry, run)
            case Kind.FRAME:
                assert message.frame is not None
                if entry.results.shown is run and entry.results.following:
                    entry.results.playhead = message.frame.index
                self.frame_came.emit(entry)
            case Kind.FINISHED | Kind.STOPPED | Kind.FAILED:
                self._ended(entry, run, message)

    def _progressed(self, entry: OpenPicture, run: Run) -> None:
        tiles = run.partials.take()
        if tiles:
            entry.results.progress = tiles[-1]
            self._notifier.tell(Changes.PROGRESS)
            self.tiles_came.emit(entry, tiles)

    def _ended(self, entry: OpenPicture, run: Run, message: Message) -> None:
        del self._entries[run.number]
        entry.results.making = entry.results.progress = None
        entry.results.failure = message.error
        finished = message.kind is Kind.FINISHED
        if not finished:
            entry.steps = None
        if run.decoding:
            run.decoding = False
            entry.results.saved_runs.discard(run.number)
            if entry.results.shown is run:
                self.shown.emit(entry)
        else:
            run.finished = finished
            self._keep(entry, run)
            self._planner.remember_speed(run)
            if run in entry.results:
                self.ended.emit(entry, run)
        self._settle(entry)
        for other in self.busy:  # it has moved up
            self._tell(other)

    # Helpers.

    def _begin(self, entry: OpenPicture) -> None:
        """Carry out the task of a picture; its run that waits still gives up its place."""
        task, picture, waiting = entry.task, entry.picture, entry.results.making
        assert task is not None and picture is not None
        if waiting is not None:
            del self._entries[waiting.number]
        run = self._jobs.restore(
            task,
            Inputs(
                picture,
                entry.found_out.hole if entry.found_out and task.damage.mask else None,
                entry.weights.values,
                entry.control_pictures.get(task.control.picture),
            ),
            entry.parameters.latent,
            instead_of=waiting,
        )
        run.seen = entry.seen
        self._line_up(entry, run)

    def _stop(self, entry: OpenPicture, run: Run) -> None:
        if entry.status is Status.RESTORING:
            self._set(entry, Status.STOPPING)
        self._jobs.cancel(run)

    @Slot(object)
    def _forget(self, entry: OpenPicture) -> None:
        """The picture is being closed."""
        run, entry.results.making = entry.results.making, None
        if run is not None:
            del self._entries[run.number]
            self._jobs.cancel(run)

    @Slot(object)
    def _found_out(self, entry: OpenPicture) -> None:
        if entry.begins_soon:
            self.restore(entry)
        else:
            entry.eager = None

    def _line_up(self, entry: OpenPicture, run: Run) -> None:
        entry.results.making, entry.results.failure, entry.results.progress = run, None, None
        self._entries[run.number] = entry
        if self._jobs.ahead(run):
            self._set(entry, Status.WAITING)
        else:
            self._take_up(entry, run)

    def _take_up(self, entry: OpenPicture, run: Run) -> None:
        """Its turn has come: from here on it is what one sees of the picture."""
        entry.status = Status.RESTORING
        if entry.results.shown is not run:
            entry.results.before = entry.results.shown if entry.results.frames else None
            self.show(entry, run)
        else:
            self._tell(entry)

    def _keep(self, entry: OpenPicture, run: Run) -> None:
        """Make a result of what the run left; a part or nothing does not replace a whole one."""
        before, entry.results.before = entry.results.before, None
        if len(run.trajectory) and (run.part is None or before is None):
            entry.results.keep(run)
            self._put_away(run)
            if run.part is not None and entry.results.shown is run:
                # its only frame came without a message
                entry.results.playhead = entry.results.frames - 1
                self.shown.emit(entry)
            if before is None:
                self.show(entry, run)
            else:
                entry.undo.push(self._showing(entry, self.tr("Restore again"), before, run))
        elif entry.results.shown is run:
            self.show(entry, before)

    def _showing(self, entry: OpenPicture, text: str, before: Run, after: Run) -> ShowResult:
        return ShowResult(text, partial(self.show, entry), before, after)

    def _put_away(self, newest: Run) -> None:
        """Former results of a picture go to disk, and the oldest of all beyond what may stay."""
        others = [(entry, run) for entry in self._pictures.all for run in entry.results]
        others.sort(key=lambda other: other[1].number, reverse=True)
        room = IN_MEMORY
        for entry, run in others:
            size = run.trajectory.in_memory
            room -= size
            stays = run is newest or (run is entry.results.newest and room >= 0)
            if size and not stays:
                self._pictures.ask(entry, run.trajectory.put_away, lambda _: None)

    def _settle(self, entry: OpenPicture) -> None:
        """With nothing under way the status is that of the result on view."""
        if entry.results.making is not None:
            self._tell(entry)
        else:
            left = Status.STOPPED if entry.results.frames else Status.READY
            finished = entry.results.shown is not None and entry.results.shown.finished
            self._set(entry, Status.RESTORED if finished else left)

    def _set(self, entry: OpenPicture, status: Status) -> None:
        entry.status = status
        self._tell(entry)

    def _tell(self, entry: OpenPicture) -> None:
        on_view = entry is self._pictures.current
        of_current = Changes.STATUS | Changes.PROGRESS if on_view else Changes.NONE
        self._notifier.tell(Changes.PICTURES | of_current)
