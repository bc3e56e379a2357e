"""Several tasks, one after the other: each begins with the result of the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Slot

import restorer.document.work as work
from restorer.document.changes import Changes, Notifier
from restorer.document.notices import Notices
from restorer.document.open_picture import OpenPicture
from restorer.document.pictures import Pictures
from restorer.document.results import StepsUnderWay
from restorer.document.runs import Runs
from restorer.document.saver import Saver
from restorer.document.versions import Versions
from restorer.engine.chain import Chain, Ended
from restorer.engine.job import Job, Source, plan
from restorer.engine.request import Request
from restorer.engine.run import Run
from restorer.errors import RestorerError


def _asked(opened: OpenPicture) -> Request:
    """What was asked for, without what one task alone was told."""
    said = opened.plan.parameters.request
    return replace(said, start=None, steps=None, blur="", kernel=(), method="auto")


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
        """Do all that is proposed for a picture; without one, for that on view.

        Args:
            text: names it for undoing.
        """
        opened = opened or self._pictures.current
        if opened is None or opened.results.making is not None or opened.results.steps is not None:
            return
        picture, estimate = opened.content.picture, opened.content.estimate
        if picture is None or estimate is None or opened.proposal is None:
            return
        source = work.source_of(picture, estimate, opened.content.tables)
        mask, strength = opened.painted.mask, opened.painted.strength
        self._begin(
            text, opened, partial(work.proposed_job, _asked(opened), source, mask, strength)
        )

    def begin_chosen(
        self, text: str, opened: OpenPicture, source: Source, chosen: tuple[str, ...]
    ) -> None:
        """Do the steps that a person has chosen.

        Args:
            text: names them for undoing.
            source: what is known of the picture, see `work.offered`.
            chosen: kinds of tasks, in the order to be done.
        """
        if opened.results.making is not None or opened.results.steps is not None or not chosen:
            return
        request = replace(_asked(opened), task="auto")
        self._begin(text, opened, partial(plan, request, source, chosen=chosen))

    def _begin(self, text: str, opened: OpenPicture, planning: Callable[[], Job]) -> None:
        opened.painted.ask()
        opened.results.steps = StepsUnderWay(text, Chain(planning))
        self._notifier.tell(Changes.STATUS | Changes.PICTURES)
        self._plan_next(opened, opened.results.steps)

    def _plan_next(self, opened: OpenPicture, steps: StepsUnderWay) -> None:
        planning = partial(work.next_step, steps.chain)
        self._pictures.ask(opened, planning, partial(self._go_on, opened, steps))

    def _go_on(
        self, opened: OpenPicture, steps: StepsUnderWay, job: Job | RestorerError | None
    ) -> None:
        """Begin the next step, if nobody has stopped them or begun something else."""
        if opened.results.steps is not steps:
            return
        if isinstance(job, Job) and opened.results.making is None:
            self._runs.begin_step(opened, job)
            return
        opened.results.steps = None
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
        self, opened: OpenPicture, steps: StepsUnderWay, run: Run, ended: Ended | RestorerError
    ) -> None:
        if opened.results.steps is not steps:
            return
        if isinstance(ended, RestorerError):
            self._go_on(opened, steps, ended)
            return
        if ended.taken_back and ended.judgement is not None:
            self._versions.drop(opened, run, steps.last)
            self._notices.hint.emit(f"{ended.judgement.sentence} {ended.outcome}")
        else:
            steps.last = run
        self._plan_next(opened, steps)
