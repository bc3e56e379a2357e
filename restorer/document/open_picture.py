"""One open picture and everything that belongs to it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QUndoStack

from restorer.document.content import Content, Source
from restorer.document.masks.painted import Painted
from restorer.document.parameters import Parameters
from restorer.document.plan import Plan
from restorer.document.results import Results
from restorer.document.states import Status
from restorer.engine.proposal import Proposal, propose
from restorer.engine.run import Run
from restorer.engine.tasks import TASKS
from restorer.imaging.picture import Picture


class OpenPicture:
    """The state of one picture.

    Attributes:
        source: where it comes from.
        content: what was read and measured.
        painted: the masks over it.
        plan: what is asked for, and what Restore would do about that.
        results: what its runs have left, and what is shown of them.
        status: where it is on its way from file to result.
        undo: what was done to it, for Undo.
    """

    def __init__(self, source: Source, parameters: Parameters | None = None) -> None:
        self.source = source
        self.content = Content()
        self.painted = Painted()
        self.plan = Plan(self.content, self.painted, parameters or Parameters())
        self.results = Results()
        self.status = Status.OPENING
        self.undo = QUndoStack()

    @property
    def under_way(self) -> bool:
        """The shown run is not finished."""
        return self.status.running and self.results.shown is self.results.making

    @property
    def runs(self) -> list[Run]:
        """All runs that can be shown: the results, oldest first, and the run under way."""
        runs, making = list(self.results), self.results.making
        if making is not None and self.status.running and making not in runs:
            runs.append(making)
        return runs

    @property
    def versions(self) -> list[Run | None]:
        """The original, as None, followed by `runs`."""
        return [None, *self.runs]

    @property
    def version(self) -> int:
        """Index of the shown version in `versions`; -1 for a waiting run."""
        versions, shown = self.versions, self.results.shown
        return versions.index(shown) if shown in versions else -1

    def has_version(self, by: int) -> bool:
        """There is a version before (-1) or after (1) the shown one."""
        return self.version >= 0 and 0 <= self.version + by < len(self.versions)

    @property
    def compared(self) -> Run | None:
        """The result that the shown one is compared with; None for the original."""
        other, shown = self.results.compared, self.results.shown
        return other if shown is not None and other is not shown and other in self.runs else None

    @property
    def growth(self) -> int:
        """How many times longer the sides of the shown picture are than the original's."""
        shows = self.results.shown is not None and (self.results.frames > 0 or self.under_way)
        return self.results.shown.task.damage.growth if self.results.shown and shows else 1

    @property
    def found(self) -> Proposal | None:
        """The findings of `Content`, with a person's marks."""
        estimate, painted = self.content.estimate, self.painted
        if estimate is None or not (painted.marks or painted.looked_through):
            return self.content.found
        from restorer.degradation.estimate import with_marks  # scipy: it was measured with it

        marked = with_marks(estimate, painted.marks, painted.looked_through)
        return propose(marked, self.content.tables)

    @property
    def proposal(self) -> Proposal | None:
        """The proposal for damage besides noise, until a person chooses or has something else."""
        found, asked, results = self.found, self.plan.parameters, self.results
        said = not TASKS[asked.task].is_noise or asked.camera or asked.start is not None
        whole = results.shown is not None and results.shown is not results.interrupted
        under_way = results.making is not None or results.steps is not None
        begun = under_way or (whole and not self.painted.marks_changed)
        if found is None or said or asked.latent is not None or begun:
            return None
        return None if all(TASKS[step].is_noise for step in found.steps) else found

    @property
    def settled(self) -> bool:
        """A result of several steps is on view, and nothing was marked or asked for since."""
        runs, asked = self.results.settled or (frozenset[int](), None)
        shown = self.results.shown
        same = shown is not None and shown.number in runs and asked == self.plan.parameters
        return same and not self.painted.marks_changed

    @property
    def counting(self) -> bool:
        """New marks are being counted, so the proposal may change in a moment."""
        return self.painted.counting and TASKS[self.plan.parameters.task].is_noise

    @property
    def begins_anew(self) -> bool:
        """There is a result of another task, which Restore would not use as its input."""
        if self.results.shown is None or self.results.frames == 0 or self.under_way or self.settled:
            return False
        return self.results.shown.task.damage.kind != self.plan.parameters.task

    @property
    def judged(self) -> bool:
        """There is a complete result, whose doubt can be measured."""
        results = self.results
        whole = results.shown is not None and results.frames > 0 and results.shown.part is None
        return whole and not results.preview and not self.under_way

    @property
    def unsaved(self) -> bool:
        """There is an unsaved result."""
        return self.results.frames > 0 and not self.results.saved and not self.under_way

    @property
    def save_target(self) -> Path | None:
        """The file that Save writes without asking; None for none.

        It is that of the last time; or the picture's own, if another program waits for it and all
        that it holds was opened.
        """
        picture = self.content.picture
        whole = picture is not None and not picture.notes
        return self.results.saved_to or (self.source.path if self.source.back and whole else None)

    @property
    def savable(self) -> Picture | None:
        """The result; for a picture that was only cropped, the crop."""
        only_cropped = self.content.whole is not None and self.results.shown is None
        return self.content.picture if only_cropped else self.result

    @property
    def result(self) -> Picture | None:
        """The run's own picture with the newest x0 as its pixels; None before the first frame."""
        run = self.results.shown
        made = run.trajectory.result if run is not None else None
        return run.inputs.picture.resized_to(made) if run and made is not None else None
