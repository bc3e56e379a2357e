"""Judges whether results have lost detail, before they are kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

import restorer.document.work as work
from restorer.engine.run import Run
from restorer.engine.verdict import Judgement
from restorer.jobs.background import Job

#: Does a job off the main thread, and hands its value to the second.
Ask = Callable[[Callable[[], Judgement], Callable[[Judgement], None]], Job]


class Judgements(QObject):
    """Judges every result once, when its run is over."""

    known = Signal(object)  # Run

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[int, list[Callable[[], None]]] = {}
        self._asked: dict[int, Job] = {}  # by number of the run

    def begin(self, run: Run, ask: Ask, then: Callable[[], None] = lambda: None) -> bool:
        """Judge the result of a finished run, then call `then`; true if it was called at once.

        Of a model with prompts, which draws anew, there is nothing to know.
        """
        if run.judgement is not None or run.latent is not None or run.trajectory.result is None:
            then()
            return True
        self._waiting.setdefault(run.number, []).append(then)
        asked = self._asked.get(run.number)
        if asked is None or not asked.running:  # it may have failed, for want of memory
            self._asked[run.number] = ask(partial(work.judge, run), partial(self._answered, run))
        return False

    def _answered(self, run: Run, judgement: Judgement) -> None:
        run.judgement = judgement
        self.known.emit(run)
        self._asked.pop(run.number, None)
        for then in self._waiting.pop(run.number):
            then()
