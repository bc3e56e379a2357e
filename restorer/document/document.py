"""The open pictures as observable state. Knows no widgets; reads every message of the jobs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from restorer.document import speed, work
from restorer.document.mask import PaintedMask
from restorer.document.masks import Layer
from restorer.document.open_picture import OpenPicture
from restorer.document.settings import Settings
from restorer.document.states import ModelState, Readiness, Status
from restorer.document.views import Views
from restorer.engine.control import Control
from restorer.engine.progress import Progress
from restorer.engine.trajectory import Quantity
from restorer.errors import BadInput
from restorer.jobs import Jobs, Kind, Message, Run


class Document(Views):
    """All open pictures, the one on view, and what is being done to them.

    Signals without arguments say what to read again; they speak of the picture on view.
    """

    frames_changed = Signal()
    frame_added = Signal(object)  # FrameInfo
    tiles_made = Signal(object)  # list[Progress]
    progress_changed = Signal()
    model_changed = Signal()
    saved = Signal(object)  # Path

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(jobs, settings, parent)
        self.progress: Progress | None = None
        self.model_state = ModelState.ABSENT
        self.model: Any = None  # ModelStatus, once there is one
        self._running: dict[int, OpenPicture] = {}
        jobs.message.connect(self._handle)

    def show(self, entry: OpenPicture | None) -> None:
        """Put another open picture on view, with the frame that was looked at last."""
        self.progress = None
        if self.current is not None:
            self.current.eager = False
        super().show(entry)

    # Running.

    def restore(self) -> None:
        """Begin a run on the picture on view, as soon as it can; what runs elsewhere is stopped."""
        entry = self.current
        if entry is not None:
            entry.eager = self.readiness is Readiness.PREPARING
        if self.readiness is not Readiness.READY:
            return
        assert entry is not None
        assert entry.task is not None
        assert entry.picture is not None
        hole = entry.ground.hole if entry.ground and entry.task.damage.mask else None
        run = self.jobs.restore(
            entry.task,
            entry.picture,
            hole,
            entry.weights.values,
            entry.control_pictures.get(entry.task.control.picture),
            entry.parameters.latent,
        )
        run.seen = entry.seen
        entry.earlier = entry.run if entry.frames else entry.earlier
        entry.run, entry.playhead, entry.following = run, None, True
        self._running[run.number] = entry
        self.progress = None
        self._leave_check()
        self._set_status(entry, Status.RESTORING)
        self.frames_changed.emit()
        self._request_view()

    def decode(self) -> None:
        """Decode the step at which a run was stopped: its preview becomes a picture to keep."""
        entry = self.current
        if entry is None or entry.run is None or not entry.decodable:
            return
        self._running[entry.run.number] = entry
        self.jobs.decode(entry.run)
        self._set_status(entry, Status.RESTORING)

    def stop(self) -> None:
        """Stop the run, keeping its frames."""
        if self.current is not None:
            self.current.eager = False
        for entry in list(self._running.values()):
            if entry.status is Status.RESTORING:
                self._set_status(entry, Status.STOPPING)
        self.jobs.stop()

    def load_model(self, name: str) -> None:
        """Have a model in memory before it is needed."""
        self.jobs.preload(name)

    def expected_seconds(self) -> float | None:
        """How long Restore would take, judged by the last run; None if there was none."""
        return speed.expected_seconds(self.settings, self.current) if self.current else None

    @property
    def running(self) -> bool:
        """Something can be stopped: a run, or a measurement."""
        runs = any(entry.status.running for entry in self.pictures)
        return runs or self.doubts.measuring is not None

    # Going on.

    def take_proposal(self, text: str) -> None:
        """Do the first step of what is proposed; `text` names it for undoing.

        What is to be filled is marked only, for the person to look at.
        """
        entry = self.current
        proposal = entry.proposal if entry else None
        if entry is None or proposal is None:
            return
        kind, asked = proposal.steps[0], dict[str, Any]()
        if kind == "deblur" and entry.estimate is not None:
            asked["blur"] = f"gaussian:{entry.estimate.blur:.1f}"
        self.change(text, kind=kind, steps=None, start=None, **asked)
        if kind == "inpaint":
            from restorer.degradation.scratches import SENSITIVITY  # loaded when they were counted

            self.find(self.tr("Find scratches"), Layer.MASK, SENSITIVITY)
        else:
            self.restore()

    def use_result(self, title: str) -> None:
        """Open the result on view as a picture of its own, with the same settings and mask."""
        entry = self.current
        if entry is None or entry.run is None or entry.picture is None or entry.status.running:
            return
        pixels = entry.run.trajectory.result
        if pixels is None or not self.may_keep():
            return
        same_size = entry.run.task.damage.growth == 1
        made = OpenPicture(title, origin=entry.path or entry.origin, asked=True)
        self._add(made)
        made.parameters = replace(entry.parameters, start=None, quality=None)
        if same_size:
            made.control_pictures = dict(entry.control_pictures)
        else:
            made.parameters = replace(made.parameters, control=Control(), control_name="")
        if entry.mask is not None and same_size and entry.run.hole is None:
            made.mask = PaintedMask(entry.mask.values.copy())
        prompts = not entry.parameters.private
        making = partial(work.result_opened, entry.picture, pixels, entry.run, prompts)
        self._ask(made, making, partial(self._read, made))
        self.show(made)

    # Saving.

    @property
    def unsaved(self) -> list[OpenPicture]:
        """Pictures whose results would be lost."""
        return [entry for entry in self.pictures if entry.unsaved]

    def may_keep(self) -> bool:
        """The result on view is no mere preview; says so if it is."""
        entry = self.current
        if entry is None or not entry.preview:
            return True
        sentence = "This is a preview: the run was stopped before it was decoded. "
        if entry.decodable:
            sentence += "Decode this step, then you can save it."
        else:
            sentence += "Not even one step was complete; restore again to have a result."
        self.report(BadInput(sentence))
        return False

    def save(self, path: Path, force: bool) -> None:
        """Write the result on view; `force` if the person agreed to replace the file."""
        entry = self.current
        result = entry.result if entry else None
        if entry is None or result is None or not self.may_keep():
            return
        run = entry.run
        assert run is not None
        writing = partial(work.write, result, run, path, force, not entry.parameters.private)
        self._ask(entry, writing, partial(self._written, entry, run, path))

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
                self._run_says(message)

    def _done(self, number: int, value: Any) -> None:
        if not self._seen(number, value) and number in self._answers:
            self._answered(number, value)

    def _run_says(self, message: Message) -> None:
        entry = self._running.get(message.number)
        if entry is None or entry not in self.pictures:
            self._running.pop(message.number, None)
            return
        newest = entry.run is not None and entry.run.number == message.number
        if message.kind is Kind.PROGRESS and newest:
            self._progressed(entry)
        elif message.kind is Kind.FRAME and newest:
            self._frame_came(entry, message)
        elif message.kind in (Kind.FINISHED, Kind.STOPPED):
            del self._running[message.number]
            if newest:
                self._ended(entry, message.kind is Kind.FINISHED)

    def _progressed(self, entry: OpenPicture) -> None:
        assert entry.run is not None
        tiles = entry.run.partials.take()
        if entry is self.current and tiles:
            self.progress = tiles[-1]
            self.progress_changed.emit()
            if entry.following and self.quantity is Quantity.X0:
                self.tiles_made.emit(tiles)

    def _frame_came(self, entry: OpenPicture, message: Message) -> None:
        assert message.frame is not None
        entry.saved, entry.earlier = False, None
        if entry.following:
            entry.playhead = message.frame.index
        if entry is self.current:
            self.frame_added.emit(message.frame)
            if entry.following:
                self.view_changed.emit()
                self._request_view()

    def _ended(self, entry: OpenPicture, finished: bool) -> None:
        assert entry.run is not None
        if entry.run.decoding:
            self._decoded(entry, entry.run)
            return
        speed.remember(self.settings, entry.run)
        complete = entry.frames > 0 and entry.run.part is None
        if not complete and entry.earlier is not None:  # nothing lost by trying
            entry.run, entry.earlier = entry.earlier, None
            finished = entry.run.trajectory.whole
        if not complete and entry.frames:
            entry.playhead = entry.frames - 1
            if entry is self.current:
                self.frames_changed.emit()
                self.view_changed.emit()
                self._request_view()
        if entry is self.current:
            self.progress = None
            self.progress_changed.emit()
            if entry.frames == 0:  # single tiles are no result: nothing could save them
                self._request_view()
        left = Status.STOPPED if entry.frames else Status.READY
        self._set_status(entry, Status.RESTORED if finished else left)

    def _decoded(self, entry: OpenPicture, run: Run) -> None:
        """A step was decoded, or that was stopped; the run itself ended before."""
        run.decoding, entry.saved = False, False
        if entry is self.current:
            self.frames_changed.emit()
            self.view_changed.emit()
            self._request_view()
        self._set_status(entry, Status.STOPPED)

    def _failed(self, message: Message) -> None:
        assert message.error is not None
        if message.number in self._answers:
            self._unanswered(message.number, message.error)
        else:
            self.report(message.error)
        entry = self._running.pop(message.number, None)
        if entry is not None and entry.run is not None and entry.run.number == message.number:
            self._ended(entry, finished=False)
        if self.model_state is ModelState.LOADING:
            self._set_model(ModelState.REFUSED, None)

    # Helpers.

    def _written(self, entry: OpenPicture, run: Run, path: Path, notes: tuple[str, ...]) -> None:
        entry.saved_to, entry.save_notes = path, notes
        if entry.run is run and not entry.status.running:
            entry.saved = True
            self.pictures_changed.emit()
        self.saved.emit(path)

    def _found_out(self, entry: OpenPicture) -> None:
        if entry.eager and entry is self.current:
            self.restore()

    def _set_model(self, state: ModelState, model: Any) -> None:
        self.model_state, self.model = state, model
        self.model_changed.emit()
