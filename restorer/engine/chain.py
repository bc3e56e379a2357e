"""A job of several steps under way, driven by the window or by the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from restorer.engine.job import Job
from restorer.engine.tasks import TASKS
from restorer.engine.verdict import Judgement
from restorer.imaging.picture import Picture
from restorer.words import tr


@dataclass(frozen=True, eq=False)
class CompletedStep:
    """A step that was carried out.

    Attributes:
        job: the step, and what was left to do after it.
        result: what it made.
        judgement: of the result; None where there is nothing to judge by.
    """

    job: Job
    result: Picture
    judgement: Judgement | None

    @property
    def doubtful(self) -> bool:
        """The result should not be kept without asking."""
        return self.judgement is not None and self.judgement.alarm

    @property
    def taken_back(self) -> bool:
        """The result is dropped, since nobody had asked for this step explicitly."""
        return self.doubtful and self.job.takes_back

    @property
    def repeated(self) -> bool:
        """The step is done again, in a way that a wrong reading misleads less."""
        return self.taken_back and self.job.second is not None

    @property
    def outcome(self) -> str:
        """What happened to a doubtful result, in a sentence."""
        if not self.taken_back:
            return tr("Look at the result before you use it.")
        if self.repeated:
            return tr("A network that is misled less does it again.")
        step = TASKS[self.job.task.damage.kind].words.translated.step
        return tr("{step} was taken back.", step=step[:1].upper() + step[1:])

    def next_job(self) -> Job | None:
        """What is left to do, planned now; of a picture that has changed, measured anew."""
        if self.repeated:
            return self.job.again()
        unchanged = self.taken_back or self.job.task.start is None
        return self.job.after(None if unchanged else self.result)


class Chain:
    """Each step begins with the result of the one before, or with its input if it was undone.

    Whoever drives it calls `advance`, carries out the job's first step, has the result judged,
    calls `end`, and begins again until there is nothing left.

    Args:
        begin: plans the job; None if there is nothing to do.

    Attributes:
        last: the step that ended last; its result is the only one that is held.
    """

    def __init__(self, begin: Callable[[], Job | None]) -> None:
        self._begin = begin
        self._job: Job | None = None
        self.last: CompletedStep | None = None

    def advance(self) -> Job | None:
        """Plan the next step; None after the last. Takes seconds.

        Raises:
            BadInput: if it cannot be done.
        """
        self._job = self.last.next_job() if self.last is not None else self._begin()
        return self._job

    def end(self, result: Picture, judgement: Judgement | None) -> CompletedStep:
        """Report the result of the step, and learn what happens to it."""
        assert self._job is not None
        self.last = CompletedStep(self._job, result, judgement)
        return self.last
