"""What the runs of a picture have left: a new result does not push out the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from restorer.engine.run import Run

#: So many results of a picture are kept; one more, and the oldest is forgotten.
MOST = 5


class Results:
    """Runs that ended and left frames, oldest first."""

    def __init__(self) -> None:
        self._runs: list[Run] = []

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def keep(self, run: Run, before: Run | None = None) -> None:
        """Put a run behind the others; of more than `MOST` the oldest but `before` is forgotten."""
        self._runs.append(run)
        if len(self._runs) > MOST:
            self._runs.remove(next(old for old in self._runs if old is not before))

    def numbered(self, number: int) -> Run | None:
        """The run of that number; None if it has been forgotten."""
        return next((run for run in self._runs if run.number == number), None)


class ShowResult(QUndoCommand):
    """Another result of the picture is on view; undone, it is the one before."""

    def __init__(
        self, text: str, show: Callable[[Run], None], results: Results, before: Run, after: Run
    ) -> None:
        super().__init__(text)
        self._show, self._results = show, results
        # Numbers: a result that is forgotten is not to stay in memory for this.
        self._before, self._after = before.number, after.number

    def redo(self) -> None:
        self._go(self._after)

    def undo(self) -> None:
        self._go(self._before)

    def _go(self, number: int) -> None:
        run = self._results.numbered(number)
        if run is None:
            self.setObsolete(True)
        else:
            self._show(run)


class TakeBack(QUndoCommand):
    """The picture as it came is on view; undone, it is the result again."""

    def __init__(self, text: str, show: Callable[[Run | None], None], run: Run) -> None:
        super().__init__(text)
        self._show, self._run = show, run

    def redo(self) -> None:
        self._show(None)

    def undo(self) -> None:
        self._show(self._run)
