"""Several tasks, one after the other: each begins with the result of the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.masks.painted import PaintedMask
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.parameters import Parameters, from_plain
from restorer.document.pictures import Pictures
from restorer.document.results import StepsUnderWay
from restorer.document.runs import Runs
from restorer.document.saver import Saver
from restorer.document.session_store import SavedSteps
from restorer.document.versions import Versions
from restorer.engine.chain import Chain, CompletedStep
from restorer.engine.job import Job, Source
from restorer.engine.old_photo import chosen_job
from restorer.engine.request import Request
from restorer.engine.run import Run
from restorer.engine.verdict import Judgement
from restorer.errors import BadInput, RestorerError


def as_steps(parameters: Parameters) -> Request:
    """The parameters without those of a single task."""
    said = parameters.request
    return replace(said, start=None, steps=None, blur="", kernel=(), method="auto")


def chain_of(
    opened: OpenPicture, asked: Parameters, chosen: tuple[str, ...] | None = None
) -> Chain:
    """The steps for a picture: as proposed, or as chosen from the offers."""
    picture, estimate = opened.content.picture, opened.content.estimate
    assert picture is not None
    assert estimate is not None
    source = work.source_of(picture, estimate, opened.content.tables)
    mask, strength = opened.painted.mask, opened.painted.strength
    return Chain(
        partial(work.proposed_job, as_steps(asked), source, mask, strength)
        if chosen is None
        else partial(_chosen_job, as_steps(asked), source, mask, strength, chosen)
    )


class Steps(QObject):
    """Carries out all that is proposed for a picture.

    Every step is a run with a result of its own. One that a check does not believe is taken back,
    and the next begins with what there was before it.
    """

    def __init__(
        self,
        pictures: Pictures,
        runs: Runs,
        versions: Versions,
        saver: Saver,
        notices: Notices,
        notifier: Notifier,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._pictures, self._runs, self._saver = pictures, runs, saver
        self._versions = versions
        self._notices, self._notifier = notices, notifier
        runs.ended.connect(self._ended)

    def begin(self, text: str, opened: OpenPicture | None = None) -> None:
        """Carry out the proposal for a picture, by default the current one.

        Args:
            text: names it for undoing.
        """
        opened = opened or self._pictures.current
        if opened is None or opened.results.making is not None or opened.results.steps is not None:
            return
        if opened.content.picture is None or opened.proposal is None:
            return
        asked = opened.plan.parameters
        self._begin(opened, StepsUnderWay(text, chain_of(opened, asked), asked))

    def begin_chosen(
        self,
        text: str,
        opened: OpenPicture,
        source: Source,
        chosen: tuple[str, ...],
        asked: Parameters,
    ) -> None:
        """Do the steps that a person has chosen.

        Args:
            text: names them for undoing.
            source: what is known of the picture, see `work.old_photo_offers`.
            chosen: kinds of tasks, in the order to be done.
            asked: how they are to be done.
        """
        if opened.results.making is not None or opened.results.steps is not None or not chosen:
            return
        chain = Chain(partial(chosen_job, as_steps(asked), source, chosen))
        self._begin(opened, StepsUnderWay(text, chain, asked, chosen))

    def go_on(
        self,
        opened: OpenPicture,
        saved: SavedSteps,
        ended: Sequence[Run | None],
        known: tuple[str, Path] | None,
    ) -> None:
        """Go on with the steps of another window, at the one that was under way.

        Args:
            saved: what it was.
            ended: the runs of its steps; None for one that was taken back.
            known: of the step that was under way, see `StepsUnderWay`.
        """
        if opened.content.estimate is None:
            return
        asked = from_plain(saved.parameters)
        chain = chain_of(opened, asked, saved.chosen)
        steps = StepsUnderWay(saved.text, chain, asked, saved.chosen, list(ended), known)
        again = partial(_replayed, chain, ended, not opened.plan.parameters.private)
        self._begin(opened, steps, again)

    def _begin(
        self,
        opened: OpenPicture,
        steps: StepsUnderWay,
        planning: Callable[[], Job | RestorerError | None] | None = None,
    ) -> None:
        opened.painted.ask()
        opened.results.steps = steps
        self._notifier.tell(Changes.STATUS | Changes.PICTURES)
        planning = planning or partial(work.next_step, steps.chain)
        self._pictures.ask(opened, planning, partial(self._go_on, opened, steps))

    def _plan_next(self, opened: OpenPicture, steps: StepsUnderWay) -> None:
        planning = partial(work.next_step, steps.chain)
        self._pictures.ask(opened, planning, partial(self._go_on, opened, steps))

    def _go_on(
        self,
        opened: OpenPicture,
        steps: StepsUnderWay,
        job: Job | RestorerError | None,
    ) -> None:
        """Begin the next step, if nobody has stopped them or begun something else."""
        if opened.results.steps is not steps:
            return
        if isinstance(job, Job) and opened.results.making is None:
            task, answers = steps.known or ("", None)
            self._runs.begin_step(opened, job, answers if job.task.to_json() == task else None)
            steps.known = None
            return
        opened.results.steps = None
        if job is None:
            kept = frozenset(run.number for run in steps.ended if run is not None)
            opened.results.settled = kept, opened.plan.parameters
        self._notifier.tell(Changes.STATUS | Changes.PICTURES)
        if isinstance(job, RestorerError):
            self._notices.report(job)

    @Slot(object, object)
    def _ended(self, opened: OpenPicture, run: Run) -> None:
        steps = opened.results.steps
        if steps is not None and run.job is not None:
            self._saver.judge(opened, run, partial(self._judged, opened, steps, run))

    def _judged(self, opened: OpenPicture, steps: StepsUnderWay, run: Run) -> None:
        if opened.results.steps is not steps or run.judgement is None:
            return
        ending = partial(work.end_step, steps.chain, run, not opened.plan.parameters.private)
        self._pictures.ask(opened, ending, partial(self._decided, opened, steps, run))

    def _decided(
        self,
        opened: OpenPicture,
        steps: StepsUnderWay,
        run: Run,
        ended: CompletedStep | RestorerError,
    ) -> None:
        if opened.results.steps is not steps:
            return
        if isinstance(ended, RestorerError):
            self._go_on(opened, steps, ended)
            return
        if ended.taken_back and ended.judgement is not None:
            self._versions.drop(opened, run, steps.last)
            steps.ended.append(None)
            self._notices.hint.emit(f"{ended.judgement.sentence} {ended.outcome}")
        else:
            steps.ended.append(run)
        self._plan_next(opened, steps)


def _chosen_job(
    request: Request,
    source: Source,
    mask: PaintedMask | None,
    strength: PaintedMask | None,
    chosen: tuple[str, ...],
) -> Job:
    """The chosen offers."""
    source, _ = work.old_photo_offers(source, mask, strength)
    return chosen_job(request, source, chosen)


def _replayed(
    chain: Chain, ended: Sequence[Run | None], prompts: bool
) -> Job | RestorerError | None:
    """Advance a chain to the position of another one, and plan its next step.

    Args:
        ended: the runs of the steps that have ended; None for one that was taken back.
    """
    for run in ended:
        step = work.next_step(chain)
        if not isinstance(step, Job):
            return step
        if run is None:
            chain.end(step.inputs.picture, Judgement("", True))
            continue
        if run.task.to_json() != step.task.to_json():
            return BadInput("The steps that were under way are others by now: begin them again.")
        run.job = step
        told = work.end_step(chain, run, prompts)
        if isinstance(told, RestorerError):
            return told
    return work.next_step(chain)
