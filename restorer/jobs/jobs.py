"""The interface to the worker threads: assigns numbers, forwards messages, shuts down."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal, Slot

from restorer.diffusion.answers import Answers, RecentAnswers
from restorer.engine.inputs import Inputs
from restorer.engine.progress import CancelToken, PauseSwitch
from restorer.engine.run import DoubtRun, EngineLike, Run
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.jobs.background import Background
from restorer.jobs.engine_thread import RunWorker
from restorer.jobs.libraries import load_apart
from restorer.jobs.messages import Message, MessageKind

if TYPE_CHECKING:
    from restorer.diffusion.hardware import Precision
    from restorer.engine.models import ModelInfo
    from restorer.engine.region import RegionRun
    from restorer.engine.region_steps import RegionSteps
    from restorer.engine.strength import Box


def real_engine(precision: Precision = "auto", device: str = "auto") -> EngineLike:
    """The engine; torch comes with it, so this is called in the worker only."""
    from restorer.engine.engine import Engine

    load_apart("torch", "lib/libtorch_python.so")
    return Engine(spare_cores=1, precision=precision, device=device)


class Jobs(QObject):
    """The engine's thread, and three threads that exist only while they have work.

    All methods are called from the main thread, where `message` is emitted too.

    Attributes:
        files: reads, measures and writes.
        views: prepares what is shown.
        masks: works on what is painted.
    """

    message = Signal(object)  # Message

    def __init__(self, make_engine: Callable[[], EngineLike] = real_engine) -> None:
        super().__init__()
        self._open = True
        self._numbers = count(1)
        self._pause = PauseSwitch()
        self.files, self.views = Background("files", self), Background("views", self)
        self.masks = Background("masks", self)
        self._runs = RunWorker(make_engine)
        self._engine = QThread(self)
        self._engine.setObjectName("restorer-engine")
        self._runs.moveToThread(self._engine)
        self._runs.message.connect(self._pass_on)
        self._engine.start()

    def preload(self, model: str) -> int:
        number = next(self._numbers)
        self._runs.preload(number, model)
        return number

    def restore(
        self,
        task: RestorationTask,
        inputs: Inputs,
        latent: ModelInfo | None = None,
        instead_of: Run | None = None,
        answers: Path | Answers | None = None,
    ) -> Run:
        """Queue a task; the message STARTED announces its turn.

        Args:
            latent: the model, if it is one with prompts.
            instead_of: a run whose place it takes, if that waits still.
            answers: what the network has answered before, or the folder of it, see `Answers`.
        """
        number, trajectory = next(self._numbers), Trajectory(task)
        token = CancelToken(self._pause)
        kept = answers if isinstance(answers, Answers) else Answers(answers)
        run = Run(number, task, inputs, trajectory, latent, cancel=token, answers=kept)
        replaced = self._runs.submit(run, instead_of)
        if replaced is not None:
            self.message.emit(Message(MessageKind.STOPPED, replaced.number))
        return run

    def ended_run(self, task: RestorationTask, inputs: Inputs) -> Run:
        """A finished run with a new number, for a result from an earlier session."""
        return Run(next(self._numbers), task, inputs, Trajectory(task))

    def decode(self, run: Run) -> None:
        """Decode the newest frame of a run that was stopped; its messages bear its number."""
        run.decoding, run.cancel = True, CancelToken(self._pause)
        self._runs.submit(run)

    def doubt(self, run: Run) -> DoubtRun:
        """Measure the spread of a run; the run stores the answer."""
        number, trajectory = next(self._numbers), Trajectory(run.task)
        token = CancelToken(self._pause)
        doubt = DoubtRun(number, run.task, run.inputs, trajectory, cancel=token, of=run)
        self._runs.submit(doubt)
        return doubt

    def region(
        self,
        task: RestorationTask,
        inputs: Inputs,
        box: Box,
        memory: RecentAnswers,
        steps: RegionSteps | None = None,
    ) -> RegionRun:
        """Restore a part of a picture; it reuses recent answers of the network.

        Args:
            steps: what is done in place of the task, where that has several steps.
        """
        from restorer.engine.region import RegionRun  # scipy, not at start-up

        number, token = next(self._numbers), CancelToken(self._pause)
        trajectory = Trajectory(task)
        run = RegionRun(number, task, inputs, trajectory, cancel=token, box=box, memory=memory)
        run.steps = steps
        self._runs.submit(run)
        return run

    def ahead(self, run: Run) -> int:
        """How many runs must end before this one begins; 0 if it is under way or over."""
        return self._runs.queue.ahead(run)

    def move(self, run: Run, by: int) -> None:
        """Move a waiting run back by so many turns, or forward if negative."""
        self._runs.queue.move(run, by)

    def waits(self, run: Run) -> tuple[int, int] | None:
        """Number of runs that wait before and after this one; None if it does not wait."""
        return self._runs.queue.waits(run)

    @property
    def paused(self) -> bool:
        return self._pause.paused

    def pause(self, paused: bool) -> None:
        """Pause runs within one network evaluation of a tile, or let them go on."""
        self._pause.set(paused)

    def cancel(self, run: Run) -> None:
        """Stop this run and no other: within one network evaluation of a tile, or at once."""
        if self._runs.queue.cancel(run):
            self.message.emit(Message(MessageKind.STOPPED, run.number))

    def shutdown(self) -> None:
        """Stop everything and wait for the threads; nothing is emitted afterwards."""
        self._open = False
        self._runs.stop()
        self._engine.quit()
        for background in (self.files, self.views, self.masks):
            background.shutdown()
        self._engine.wait()

    @Slot(object)
    def _pass_on(self, message: Message) -> None:
        if self._open:  # what was on its way when the thread ended comes late
            self.message.emit(message)
