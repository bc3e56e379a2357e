"""The open pictures as observable state. Knows no widgets; handles all messages of the worker."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Slot

import restorer.document.work as work
from restorer.document.batch import Batch
from restorer.document.branches import Branches
from restorer.document.changes import Changes, Notifier
from restorer.document.content import Source
from restorer.document.crops import Crops
from restorer.document.display import Display
from restorer.document.doubt_measuring import Doubts
from restorer.document.masks.commands import Masks
from restorer.document.masks.painted import Layer, PaintedMask
from restorer.document.models import Models
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.planner import Planner
from restorer.document.preview import Preview
from restorer.document.queue import Queue
from restorer.document.recipes import Recipes
from restorer.document.runs import Runs
from restorer.document.saver import Saver
from restorer.document.session import Session
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness
from restorer.document.steps import Steps
from restorer.document.trials import Trials
from restorer.document.versions import Versions
from restorer.engine.control import Control
from restorer.engine.tasks import TASKS
from restorer.errors import RestorerError
from restorer.jobs import Jobs, Message, MessageKind
from restorer.words import tr


class Document(QObject):
    """All open pictures and the work on them.

    Attributes:
        changed: Signal(Changes), says what to read again.
        settings: what is remembered between starts.
        notices: what a person is told.
        models: those that can be chosen, and the one in memory.
        pictures: what is open, and which picture is on view.
        masks: what is painted over them.
        planner: what Restore would do.
        crops: what is kept of them, and how it is turned.
        recipes: settings as files, and for other pictures.
        doubts: how far results can be trusted.
        runs: begun, waiting and done, with their results.
        queue: the order of those that wait, and whether any may go on.
        display: which frame is shown, and what of it.
        saver: saves results.
        versions: which result of a picture is shown.
        branches: runs that go on from a step of another one.
        batch: all pictures, one after the other.
        session: what is open, on disk, against a crash.
        steps: several tasks, one after the other.
        trials: runs that are only looked at.
        preview: the part in view, restored alone.
    """

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._notifier = notifier = Notifier(self)
        self.changed = notifier.changed
        self.notices = Notices(notifier, self)
        self.models = Models(jobs, notifier)
        self.pictures = Pictures(jobs, settings, self.models, self.notices, notifier, self)
        self.masks = Masks(self.pictures, notifier, self)
        self.planner = Planner(self.pictures, self.masks, self.models, settings, notifier, self)
        self.crops = Crops(self.pictures, self.notices, notifier, self)
        self.recipes = Recipes(self.pictures, self.planner, self.models, self.crops)
        self.doubts = Doubts(jobs, self.pictures, notifier, self)
        self.runs = Runs(
            jobs,
            self.pictures,
            self.planner,
            self.doubts,
            self.notices,
            notifier,
            lambda: settings.results_megabytes << 20,
            self,
        )
        self.crops.leaving.connect(self.runs.leave)
        self.display = Display(
            jobs, self.pictures, self.runs, self.doubts, self.notices, notifier, self
        )
        self.saver = Saver(self.pictures, self.runs, settings, self.notices, notifier, self)
        self.versions = Versions(self.pictures, self.runs, notifier, self)
        self.steps = Steps(
            self.pictures, self.runs, self.versions, self.saver, self.notices, notifier, self
        )
        self.branches = Branches(self.pictures, self.runs, self.notices, self)
        self.queue = Queue(jobs, self.runs, notifier, self)
        self.batch = Batch(self.pictures, self.restore, self)
        self.changed.connect(self.batch.hear)
        self.trials = Trials(jobs)
        self.preview = Preview(jobs, self.pictures, self.planner, self.notices, self)
        self.session = Session(jobs, self.pictures, self.masks, self.runs, self.steps, self)
        self.changed.connect(self.session.hear)
        self.masks.drawn.connect(partial(self.session.hear, Changes.MASKS))
        jobs.message.connect(self._handle)
        self.pictures.searched.connect(self._searched)
        self.runs.wanted.connect(self._begin_anew)

    def restore(self, opened: OpenPicture | None = None) -> None:
        """Restore a picture, by default the current one, as proposed or as asked for.

        While scratches are still looked for and nothing else was found, it begins afterwards.
        """
        opened = opened or self.pictures.current
        if opened is not None and opened.proposal is not None and opened.results.making is None:
            self.steps.begin(tr("Restore"), opened)
        else:
            self.runs.restore(opened)

    def stop_all(self) -> None:
        """Stop all runs, keep their frames, and drop all that wait."""
        self.batch.stop()
        self.runs.stop_all()
        self.queue.pause(False)

    @Slot(object)
    def _begin_anew(self, opened: OpenPicture) -> None:
        """Restore was pressed before the former run had stopped."""
        opened.plan.awaited = None
        self.restore(opened)

    @Slot(object)
    def _searched(self, opened: OpenPicture) -> None:
        """Restore was pressed before planning had finished."""
        if not opened.plan.begins_soon:
            return
        opened.plan.awaited = None
        if self.planner.readiness_of(opened) is Readiness.CLEAN:
            self.notices.hint.emit(tr("Nothing was found that could be cleaned."))
        self.restore(opened)

    def by(self, listener: object) -> AbstractContextManager[None]:
        """Changes inside this context are made by this listener, which shows them already."""
        return self._notifier.by(listener)

    def is_by(self, listener: object) -> bool:
        """This listener made the change that is being announced."""
        return self._notifier.initiator is listener

    def take_proposal(self, text: str) -> None:
        """Do the first proposed step; `text` names the undo step.

        What is to be filled is marked only, for the person to look at.
        """
        opened = self.pictures.current
        proposal = opened.proposal if opened else None
        if opened is None or proposal is None:
            return
        if self.crops.choosing is not None:
            self.notices.hint.emit(tr("Keep what is framed first (Enter), or leave it (Esc)."))
            return
        kind = TASKS[proposal.steps[0]]
        assert opened.content.estimate is not None
        assert kind.proposing is not None
        asked = kind.proposing.options(opened.content.estimate)
        self.planner.change(text, task=kind.name, steps=None, start=None, **asked)
        if kind.needs_hole and not opened.painted.looked_through:
            from restorer.degradation.scratches import SENSITIVITY  # loaded when they were counted

            self.masks.find(tr("Find scratches"), Layer.MASK, SENSITIVITY)
        else:
            self.runs.restore()

    def use_result(self, title: str) -> None:
        """Open the shown result as a picture of its own, with the same settings and mask."""
        opened = self.pictures.current
        run = opened.results.shown if opened is not None else None
        if (
            opened is None
            or opened.content.picture is None
            or run is None
            or not self.saver.may_keep()
        ):
            return
        pixels = run.trajectory.result
        if pixels is None:
            return
        same_size = run.task.damage.growth == 1
        parameters = replace(opened.plan.parameters, start=None, quality=None)
        if not same_size:
            parameters = replace(parameters, control=Control(), control_name="")
        origin = opened.source.path or opened.source.origin
        made = OpenPicture(Source(title, origin=origin), parameters=parameters)
        if same_size:
            made.plan.control_pictures = dict(opened.plan.control_pictures)
        if opened.painted.mask is not None and same_size and run.inputs.hole is None:
            made.painted.mask = PaintedMask(opened.painted.mask.values.copy())
        prompts = not opened.plan.parameters.private
        making = partial(work.loaded_result, run.inputs.picture, pixels, run, prompts)
        self.pictures.open_made(made, making)

    @Slot(object)
    def _handle(self, message: Message) -> None:
        """The only place that handles messages of the worker."""
        match message.kind:
            case MessageKind.MODEL_LOADING:
                self.models.set_state(ModelState.LOADING)
            case MessageKind.MODEL_READY:
                self.models.set_state(ModelState.READY, message.model)
            case MessageKind.TOLD:
                self.notices.hint.emit(message.words)
            case _ if self.trials.hear(message) or self.preview.hear(message):
                pass
            case _:
                with self._notifier.together():
                    if message.error is not None:
                        self._failed(message.number, message.error)
                    self.runs.hear(message)
                    self.doubts.hear(message)

    def _failed(self, number: int, error: RestorerError) -> None:
        self._report_of(self.runs.picture_of(number), error)
        if self.models.state is ModelState.LOADING:
            self.models.set_state(ModelState.REFUSED)

    def _report_of(self, opened: OpenPicture | None, error: RestorerError) -> None:
        """Report an error about a picture, with its name if another one is current."""
        if opened is not None and opened is not self.pictures.current:
            error = error.about(opened.source.title)
        self.notices.report(error)
