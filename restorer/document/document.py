"""The open pictures as observable state. Knows no widgets; reads every message of the jobs."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from restorer.document import speed, work
from restorer.document.judgements import Judgements, TakeBack
from restorer.document.masks.painted import Layer, PaintedMask
from restorer.document.open_picture import OpenPicture
from restorer.document.runs import Runs
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness
from restorer.document.views import Views
from restorer.engine.control import Control
from restorer.engine.progress import Progress
from restorer.engine.run import Run
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import FrameInfo
from restorer.engine.views import CLEAN
from restorer.errors import BadInput, RestorerError
from restorer.jobs import Jobs, Kind, Message


class Document(Views):
    """All open pictures, the one on view, and what is being done to them.

    Signals without arguments say what to read again; they speak of the picture on view.
    """

    frames_changed = Signal()
    frame_added = Signal(object)  # FrameInfo
    tiles_made = Signal(object)  # list[Progress]
    progress_changed = Signal()  # of the run of any picture
    model_changed = Signal()
    saved = Signal(object)  # Path

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(jobs, settings, parent)
        self.model_state = ModelState.ABSENT
        self.model: Any = None  # ModelStatus, once there is one
        self.judgements = Judgements(self)
        self.judgements.known.connect(self._judged)
        self._saves: set[int] = set()  # numbers of jobs, some of them done
        self.runs = Runs(jobs, self)
        self.runs.changed.connect(self._run_changed)
        self.runs.shown.connect(self._run_shown)
        self.runs.frame_came.connect(self._frame_came)
        self.runs.tiles_came.connect(self._tiles_came)
        self.runs.ended.connect(self._run_ended)
        jobs.message.connect(self._handle)

    def show(self, entry: OpenPicture | None) -> None:
        """Put another open picture on view, with the frame that was looked at last."""
        super().show(entry)
        first = entry.making.first if entry is not None and entry.making is not None else None
        if entry is not None and first is not None:
            self._tiles_came(entry, list(first.shown))

    def close(self, entry: OpenPicture) -> None:
        """Forget a picture, its runs and its results."""
        self.runs.forget(entry)
        for run in entry.results:
            self.doubts.stop(run)
        super().close(entry)

    # Running.

    def restore(self, entry: OpenPicture | None = None) -> None:
        """Begin a run of this picture or the one on view, as soon as it can and the engine is free.

        One of the same picture that waits still gives up its place.
        """
        entry = entry or self.current
        if entry is None:
            return
        readiness = self.readiness_of(entry)
        entry.eager = readiness is Readiness.PREPARING
        if readiness is Readiness.RUNNING:
            self.told.emit(self.tr("It is being restored. To begin anew, stop it first (Esc)."))
        elif readiness is Readiness.READY:
            self.runs.begin(entry)

    def decode(self) -> None:
        """Decode the step at which a run was stopped: its preview becomes a picture to keep."""
        entry = self.current
        if entry is not None and entry.decodable and entry.making is None:
            self.runs.decode(entry)

    def stop(self, entry: OpenPicture | None = None) -> None:
        """Stop what is done with this picture or the one on view, and nothing else."""
        entry = entry or self.current
        if entry is None:
            return
        entry.eager = False
        if entry.making is not None:
            self.runs.stop(entry)
        elif entry.run is not None:
            self.doubts.stop(entry.run)

    def stop_all(self) -> None:
        """Stop all runs, keeping their frames, and what waits."""
        for entry in self.pictures:
            entry.eager = False
            self.runs.stop(entry)
            for run in entry.results:
                self.doubts.stop(run)

    def show_result(self, by: int) -> None:
        """Put the former (-1) or the newer (1) result of the picture on view."""
        if self.current is not None:
            words = self.tr("Previous result") if by < 0 else self.tr("Next result")
            self.runs.show_beside(self.current, by, words)

    def load_model(self, name: str) -> None:
        """Have a model in memory before it is needed."""
        self.jobs.preload(name)

    def expected_seconds(self) -> float | None:
        """How long Restore would take, judged by the last run; None if there was none."""
        return speed.expected_seconds(self.settings, self.current) if self.current else None

    @property
    def progress(self) -> Progress | None:
        """Of the run under way of the picture on view."""
        return self.current.progress if self.current else None

    @property
    def stoppable(self) -> bool:
        """With the picture on view something is done, or will be, that can be stopped."""
        entry = self.current
        if entry is None:
            return False
        doubting = entry.run is not None and self.doubts.ahead(entry.run) is not None
        return entry.making is not None or entry.eager or doubting

    @property
    def doubted(self) -> OpenPicture | None:
        """The picture whose doubt is being measured, on view or not."""
        run = self.doubts.measuring
        return next((entry for entry in self.pictures if run in list(entry.results)), None)

    @property
    def elsewhere(self) -> list[OpenPicture]:
        """Other pictures with a run that is under way or waits, in the order of their turns."""
        return [entry for entry in self.runs.busy if entry is not self.current]

    # Going on.

    def take_proposal(self, text: str) -> None:
        """Do the first step of what is proposed; `text` names it for undoing.

        What is to be filled is marked only, for the person to look at.
        """
        entry = self.current
        proposal = entry.proposal if entry else None
        if entry is None or proposal is None:
            return
        kind = TASKS[proposal.steps[0]]
        assert entry.estimate is not None
        assert kind.proposing is not None
        asked = kind.proposing.options(entry.estimate)
        self.change(text, kind=kind.name, steps=None, start=None, **asked)
        if kind.needs_hole:
            from restorer.degradation.scratches import SENSITIVITY  # loaded when they were counted

            self.masks.find(self.tr("Find scratches"), Layer.MASK, SENSITIVITY)
        else:
            self.restore()

    def use_result(self, title: str) -> None:
        """Open the result on view as a picture of its own, with the same settings and mask."""
        entry = self.current
        if entry is None or entry.run is None or entry.picture is None or not self.may_keep():
            return
        pixels = entry.run.trajectory.result
        if pixels is None:
            return
        same_size = entry.run.task.damage.growth == 1
        made = OpenPicture(title, origin=entry.path or entry.origin, asked=True)
        self._add(made)
        made.parameters = replace(entry.parameters, start=None, quality=None)
        if same_size:
            made.control_pictures = dict(entry.control_pictures)
        else:
            made.parameters = replace(made.parameters, control=Control(), control_name="")
        if entry.mask is not None and same_size and entry.run.inputs.hole is None:
            made.mask = PaintedMask(entry.mask.values.copy())
        prompts = not entry.parameters.private
        making = partial(work.result_opened, entry.picture, pixels, entry.run, prompts)
        self.ask(made, making, partial(self._read, made))
        self.show(made)

    # Saving.

    @property
    def unsaved(self) -> list[OpenPicture]:
        """Pictures whose results would be lost."""
        return [entry for entry in self.pictures if entry.unsaved]

    @property
    def saving(self) -> list[OpenPicture]:
        """Pictures with a result on its way into a file."""
        self._saves &= self._answers.keys()
        return [self._answers[number][0] for number in self._saves]

    def may_keep(self) -> bool:
        """The result on view is whole and no mere preview; says what is missing if it is not."""
        entry = self.current
        if entry is not None and entry.under_way:
            sentence = self.tr("It cannot be saved or used yet: it is still being restored.")
            self.told.emit(" ".join((sentence, self.tr("Esc stops it and keeps what there is."))))
            return False
        if entry is None or not entry.preview:
            return True
        sentence = "This is a preview: the run was stopped before it was decoded. "
        if entry.decodable:
            sentence += "Decode this step, then you can save it."
        else:
            sentence += "Not even one step was complete; restore again to have a result."
        self.report(BadInput(sentence))
        return False

    def when_judged(self, then: Callable[[], None]) -> None:
        """Do something as soon as it is known whether the result on view has lost something.

        Not if another one is on view by then.
        """
        entry = self.current
        if entry is None or entry.run is None:
            return
        run = entry.run

        def known() -> None:
            if self.current is entry and entry.run is run:
                then()

        if not self.judgements.begin(run, partial(self.ask, entry), known):
            self.told.emit(self.tr("One moment: it is being looked at whether anything was lost."))

    def take_back(self, text: str) -> None:
        """Show the picture as it came instead of the result; `text` names that for undoing."""
        entry = self.current
        if entry is not None and entry.run is not None and entry.making is None:
            entry.undo.push(TakeBack(text, partial(self.runs.show, entry), entry.run))

    def save(self, path: Path, force: bool) -> None:
        """Write the result on view; `force` if the person agreed to replace the file."""
        entry = self.current
        result = entry.result if entry and self.may_keep() else None
        if entry is None or result is None:
            return
        run = entry.run
        assert run is not None
        writing = partial(work.write, result, run, path, force, not entry.parameters.private)
        self._saves.add(self.ask(entry, writing, partial(self._written, entry, run, path)))

    # From here on: what the jobs say.

    @Slot(object)
    def _handle(self, message: Message) -> None:
        """The one place where messages are read; answers nobody waits for any more are dropped."""
        match message.kind:
            case Kind.MODEL_LOADING:
                self._set_model(ModelState.LOADING, None)
            case Kind.MODEL_READY:
                self._set_model(ModelState.READY, message.model)
            case Kind.DONE:
                self._done(message.number, self.jobs.take(message.number))
            case Kind.FAILED:
                self._failed(message)
            case _:
                self.runs.hear(message)

    def _done(self, number: int, value: Any) -> None:
        if not self._seen(number, value) and number in self._answers:
            self._answered(number, value)

    def _failed(self, message: Message) -> None:
        assert message.error is not None
        if message.number in self._answers:
            self._unanswered(message.number, message.error)
        else:
            self._report_of(self.runs.entry_of(message.number), message.error)
            self.runs.hear(message)
        if self.model_state is ModelState.LOADING:
            self._set_model(ModelState.REFUSED, None)

    def _report_of(self, entry: OpenPicture | None, error: RestorerError) -> None:
        """Tell what went wrong with a picture, by its name if another one is on view."""
        if entry is not None and entry is not self.current:
            named = copy(error)
            named.sentence = f"{entry.title}: {error.sentence}"
            error = named
        self.report(error)

    # From here on: what the runs say.

    @Slot(object)
    def _run_changed(self, entry: OpenPicture) -> None:
        self.pictures_changed.emit()
        if entry is self.current:
            self.status_changed.emit()
            self.progress_changed.emit()

    @Slot(object)
    def _run_shown(self, entry: OpenPicture) -> None:
        if entry is self.current:
            self._leave_check()
            self.frames_changed.emit()
            self.view_changed.emit()
            self._request_view()

    @Slot(object, object)
    def _frame_came(self, entry: OpenPicture, info: FrameInfo) -> None:
        if entry is self.current and entry.under_way:
            self.frame_added.emit(info)
            if entry.following:
                self.view_changed.emit()
                self._request_view()

    @Slot(object, object)
    def _tiles_came(self, entry: OpenPicture, tiles: list[Progress]) -> None:
        self.progress_changed.emit()
        looking = entry is self.current and entry.under_way and entry.following
        if tiles and looking and self.view is CLEAN:
            self.tiles_made.emit(tiles)

    @Slot(object)
    def _run_ended(self, run: Run) -> None:
        if not run.decoding:
            speed.remember(self.settings, run)
        entry = next((entry for entry in self.pictures if run in entry.results), None)
        if entry is not None:
            self.judgements.begin(run, partial(self.ask, entry))

    @Slot(object)
    def _judged(self, run: Run) -> None:
        if self.current is not None and run is self.current.run:
            self.frames_changed.emit()

    # Helpers.

    def _written(self, entry: OpenPicture, run: Run, path: Path, notes: tuple[str, ...]) -> None:
        entry.saved_to, entry.save_notes = path, notes
        entry.saved_runs.add(run.number)
        self.pictures_changed.emit()
        self.saved.emit(path)

    def _found_out(self, entry: OpenPicture) -> None:
        if entry.eager:
            self.restore(entry)

    def _set_model(self, state: ModelState, model: Any) -> None:
        self.model_state, self.model = state, model
        self.model_changed.emit()
