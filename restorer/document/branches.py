"""Branching: going on from a recorded step with other settings, which gives another result."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.runs import Runs
from restorer.engine.branch import changed_fields, make_branch
from restorer.engine.inputs import Inputs
from restorer.engine.run import Run
from restorer.engine.task import RestorationTask
from restorer.errors import RestorerError
from restorer.words import tr


@dataclass(frozen=True, eq=False)
class BranchRun:
    """A run in a family of runs that share steps.

    Attributes:
        parent: the one that it branches from; None for the first.
        depth: how many it branches from, one from another.
    """

    run: Run
    parent: Run | None
    depth: int


class Branches(QObject):
    """Begins branches from a step of the shown run, and knows which runs belong together."""

    def __init__(self, pictures: Pictures, runs: Runs, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures, self._runs, self._notices = pictures, runs, notices

    @property
    def step(self) -> int | None:
        """Index of the shown step, if a branch can begin there."""
        opened = self._pictures.current
        return opened.results.playhead if opened is not None and not self.obstacle else None

    @property
    def obstacle(self) -> str:
        """Why no branch can begin at the shown step; "" if one can."""
        opened = self._pictures.current
        run = opened.results.shown if opened is not None else None
        if opened is None or run is None:
            return tr("There is no step to go on from before a run.")
        if opened.results.making is not None:
            return tr("One can go on from a step once the run is over; Esc stops it.")
        if run.part is not None or not len(run.trajectory):
            return tr("This run was stopped in its first step, so there is none to go on from.")
        if run.trajectory.infos[0].steps > 1:
            return ""
        if run.task.steps > 1:
            return tr(
                "Of this result only the end was kept when the window closed, not its steps. "
                "Restore once more, and go on from a step of that."
            )
        return tr("This run has one step only. With more steps one can go on from each of them.")

    @property
    def task(self) -> RestorationTask | None:
        """The task of a branch from here; None if it would change nothing, or is impossible."""
        try:
            task = self._task()
        except RestorerError:
            return None
        return task if task is not None and changed_fields(task) else None

    def begin(self) -> None:
        """Begin a branch from the shown step with the current settings, or say why not."""
        opened, step = self._pictures.current, self.step
        if opened is None or step is None:
            self._notices.hint.emit(self.obstacle)
            return
        try:
            task = self._task()
        except RestorerError as error:
            self._notices.report(error)
            return
        if task is None:
            obstacle = opened.plan.obstacle
            if obstacle is not None:
                self._notices.report(obstacle)
        elif not changed_fields(task) and step == task.steps - 1:
            self._notices.hint.emit(
                tr(
                    "After step {0} nothing is left to chance. Choose an earlier step, or change "
                    "look, strength, mask or model first."
                ).format(step + 1)
            )
        elif not changed_fields(task):
            self._notices.hint.emit(
                tr(
                    "Change something first: seed, eta, sampler, look, strength, mask, words or "
                    "model. The run then goes on from step {0} with that."
                ).format(step + 1)
            )
        else:
            run, latent = opened.results.shown, opened.plan.parameters.latent
            known = run.answers.before(step) if run is not None else None
            self._runs.go_on(opened, task, self._inputs(opened), known, latent)

    @property
    def family(self) -> tuple[BranchRun, ...]:
        """The shown run and all runs that share steps with it; each branch follows its trunk."""
        opened = self._pictures.current
        run = opened.results.shown if opened is not None else None
        if opened is None or run is None:
            return ()
        first = run
        while (parent := _parent(opened, first)) is not None:
            first = parent
        return tuple(_twigs(opened, first, None, 0))

    def _task(self) -> RestorationTask | None:
        opened, step = self._pictures.current, self.step
        if opened is None or step is None or opened.results.shown is None:
            return None
        asked = opened.plan.task
        return None if asked is None else make_branch(opened.results.shown.task, step, asked)

    def _inputs(self, opened: OpenPicture) -> Inputs:
        run, plan = opened.results.shown, opened.plan
        assert run is not None and plan.task is not None
        return Inputs(
            run.inputs.picture,
            plan.prepared.hole if plan.prepared and plan.task.damage.mask else None,
            plan.strength.values,
            plan.control_pictures.get(plan.task.control.picture),
            trunk=run.inputs,
        )


def _parent(opened: OpenPicture, run: Run) -> Run | None:
    """The run that this one branches from, if it is still among the results."""
    trunk = run.task.trunk
    others = (other for other in opened.runs if other is not run and other.task == trunk)
    return next(others, None) if trunk is not None else None


def _twigs(opened: OpenPicture, run: Run, parent: Run | None, depth: int) -> list[BranchRun]:
    found = [BranchRun(run, parent, depth)]
    for other in opened.runs:
        if other is not run and _parent(opened, other) is run:
            found += _twigs(opened, other, run, depth + 1)
    return found
