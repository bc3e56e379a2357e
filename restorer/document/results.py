"""The results of a picture's runs: a new result does not replace an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QUndoCommand

from restorer.document.parameters import Parameters
from restorer.engine.chain import Chain
from restorer.engine.progress import Progress
from restorer.engine.run import Run
from restorer.engine.trajectory import Trajectory
from restorer.errors import RestorerError
from restorer.imaging.formats import SaveOptions


@dataclass(eq=False)
class StepsUnderWay:
    """A job of several steps.

    Attributes:
        text: what undoing all of them is called.
        chain: drives them.
        asked: the parameters as they were when it began.
        chosen: kinds of tasks that a person chose; None for those that were proposed.
        ended: the runs of the steps that have ended; None for one that was taken back.
        known: the task, as JSON, that another window had begun, and the folder of what the network
            has answered of it; until that goes on.
    """

    text: str
    chain: Chain
    asked: Parameters
    chosen: tuple[str, ...] | None = None
    ended: list[Run | None] = field(default_factory=list)
    known: tuple[str, Path] | None = None

    @property
    def last(self) -> Run | None:
        """The run of the last step whose result was kept; None before the first."""
        return next((run for run in reversed(self.ended) if run is not None), None)


class Results:
    """The finished runs of a picture, oldest first, and the current and the shown run.

    Attributes:
        shown: the run on view; None for the picture as it came.
        making: the one that waits or is under way; from its first moment on it is on view.
        before: what was on view then, to go back to if it leaves nothing behind.
        steps: what is on its way of several, the next of which begin by themselves.
        interrupted: the result that was on view when steps before the last were stopped; from
            there on they can be begun anew.
        settled: numbers of the runs of the steps that were done last, and what was asked for then.
        progress: of the run under way.
        failure: why the last run failed; None if it did not.
        playhead: index of the frame on view; None shows the picture as it came.
        following: the playhead moves on with every new frame.
        names: of results that a person has named, by number of the run.
        compared: the result that the one on view is compared with; None for the original.
        set_aside: the original was chosen to be looked at, in place of a result.
        saved_runs: numbers of the runs whose results have been written to a file.
        saved_to: where results were last written.
        save_options: how.
        save_notes: what the format of that file could not keep.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self.shown: Run | None = None
        self.making: Run | None = None
        self.before: Run | None = None
        self.steps: StepsUnderWay | None = None
        self.interrupted: Run | None = None
        self.settled: tuple[frozenset[int], Parameters] | None = None
        self.progress: Progress | None = None
        self.failure: RestorerError | None = None
        self.playhead: int | None = None
        self.following = True
        self.names: dict[int, str] = {}
        self.compared: Run | None = None
        self.set_aside = False
        self.saved_runs: set[int] = set()
        self.saved_to: Path | None = None
        self.save_options = SaveOptions()
        self.save_notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    @property
    def newest(self) -> Run | None:
        return self._runs[-1] if self._runs else None

    def leave_steps(self) -> None:
        """Begin none of the remaining steps."""
        if self.steps is not None:
            self.steps, self.interrupted = None, self.making or self.shown

    def keep(self, run: Run) -> None:
        """Append a run."""
        self._runs.append(run)

    def remove(self, run: Run) -> int:
        """Remove a run; returns its index."""
        place = self._runs.index(run)
        del self._runs[place]
        return place

    def put_back(self, place: int, run: Run) -> None:
        """Insert a run at its former index."""
        self._runs.insert(place, run)

    @property
    def trajectory(self) -> Trajectory | None:
        return self.shown.trajectory if self.shown else None

    @property
    def frames(self) -> int:
        """Number of frames of the shown run so far."""
        return len(self.shown.trajectory) if self.shown else 0

    @property
    def saved(self) -> bool:
        """The shown result has been saved."""
        return self.shown is not None and self.shown.number in self.saved_runs

    @property
    def left_unsaved(self) -> list[Run]:
        """Unsaved results other than the shown one.

        Those that a person has named, and the newest where the original was chosen to be looked
        at; not what was undone, or is only an older attempt.
        """
        newest = self.newest if self.shown is None and self.set_aside else None
        return [
            run
            for run in self._runs
            if run.number not in self.saved_runs
            and run is not self.shown
            and (self.names.get(run.number) or run is newest)
        ]

    @property
    def preview(self) -> bool:
        """The result is only a preview, which must be decoded before saving."""
        return self.trajectory is not None and self.trajectory.preview

    @property
    def shows_preview(self) -> bool:
        """The frame at the playhead is a preview."""
        if self.trajectory is None or self.playhead is None:
            return False
        return self.trajectory.infos[self.playhead].preview

    @property
    def decodable(self) -> bool:
        """The newest step of a stopped run can still be decoded."""
        waits = self.trajectory is not None and self.trajectory.latents is not None
        return waits and self.shown is not self.making


class ShowResult(QUndoCommand):
    """The undo command for showing another version.

    Those that belong to one thing that a person asked for become one command.
    """

    def __init__(
        self,
        text: str,
        show: Callable[[Run | None], None],
        before: Run | None,
        after: Run | None,
        belongs_to: object = None,
    ) -> None:
        """`before`, `after`: None for the original."""
        super().__init__(text)
        self._show, self._before, self._after = show, before, after
        self._belongs_to = belongs_to

    def id(self) -> int:
        return 2

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ShowResult) or self._belongs_to is None:
            return False
        if other._belongs_to is not self._belongs_to:
            return False
        self._after = other._after
        self.setObsolete(self._after is self._before)
        return True


class Change(QUndoCommand):
    """An undo command made of two calls."""

    def __init__(
        self, text: str, make: Callable[[], object], take_back: Callable[[], object]
    ) -> None:
        super().__init__(text)
        self._make, self._take_back = make, take_back

    def redo(self) -> None:
        self._make()

    def undo(self) -> None:
        self._take_back()
