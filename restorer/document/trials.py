"""Trials: runs apart from the pictures, whose results are only shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from restorer.engine.inputs import Inputs
from restorer.engine.models import ModelInfo
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.jobs import Jobs, Message, MessageKind


@dataclass(frozen=True)
class Case:
    """One case of a trial: a task and its inputs; `latent` as for `Jobs.restore`."""

    task: RestorationTask
    inputs: Inputs
    latent: ModelInfo | None = None


@dataclass(eq=False)
class Trial:
    """Several cases, one after the other.

    Attributes:
        done: is given all runs once the last is over; of those that failed the frames so far.
        stepped: called after every step with how many were made, of all.
        failed: is given what kept one from going on; the others are then left.
        runs: in the order of the cases.
    """

    cases: tuple[Case, ...]
    done: Callable[[list[Run]], object]
    stepped: Callable[[int, int], object]
    failed: Callable[[RestorerError], object]
    runs: list[Run] = field(default_factory=list)
    steps: int = 0

    @property
    def all_steps(self) -> int:
        return sum(case.task.steps for case in self.cases)


class Trials:
    """Passes trials to the engine case by case, and reports the results."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._of_run: dict[int, Trial] = {}

    def begin(self, trial: Trial) -> None:
        case = trial.cases[len(trial.runs)]
        run = self._jobs.restore(case.task, case.inputs, case.latent)
        trial.runs.append(run)
        self._of_run[run.number] = trial

    def cancel(self, trial: Trial) -> None:
        """Cancel a trial: nothing is called from now on."""
        for number in [number for number, other in self._of_run.items() if other is trial]:
            del self._of_run[number]
            self._jobs.cancel(trial.runs[-1])

    @property
    def busy(self) -> bool:
        """A trial is under way or waits."""
        return bool(self._of_run)

    def hear(self, message: Message) -> bool:
        """Handle a message about a trial; true if it was one."""
        trial = self._of_run.get(message.number)
        if trial is None:
            return False
        match message.kind:
            case MessageKind.FRAME:
                trial.steps += 1
                trial.stepped(trial.steps, trial.all_steps)
            case MessageKind.FINISHED:
                del self._of_run[message.number]
                self._go_on(trial)
            case MessageKind.STOPPED | MessageKind.FAILED:
                del self._of_run[message.number]
                error = message.error or RestorerError("This was stopped.")
                trial.failed(error)
        return True

    def _go_on(self, trial: Trial) -> None:
        if len(trial.runs) < len(trial.cases):
            self.begin(trial)
        else:
            trial.done(trial.runs)
