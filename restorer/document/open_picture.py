"""One open picture and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QUndoStack

from restorer.document.mask import PaintedMask
from restorer.document.parameters import Parameters
from restorer.document.states import Status
from restorer.engine.task import RestorationTask
from restorer.engine.trajectory import Trajectory
from restorer.imaging.picture import Picture
from restorer.jobs import Run

if TYPE_CHECKING:  # scipy comes with it
    from restorer.degradation.estimate import DegradationEstimate


@dataclass(eq=False)
class OpenPicture:
    """The state of one picture.

    Attributes:
        title: what it is called in the window.
        path: the file it came from; None for what was pasted or bundled.
        sample, static: the bundled file it came from, and the noise it is covered with.
        credit: who made it, for a bundled picture.
        allow_truncated: be content with a part, if that is all that can be read.
        asked: the file is being read, or has been.
        mask: where to fill, painted or found; None before anything has been.
        strength: how strongly to restore, 255 is in full; None for in full everywhere.
        run: the newest run, whose trajectory is on view; None before the first.
        earlier: the run before it, to go back to if the newest leaves nothing behind.
        playhead: index of the frame on view; None shows the picture as it came.
        following: the playhead moves on with every new frame.
        saved: the result on view has been written to a file.
        saved_to: where results of this picture were last written.
        save_notes: what the format of that file could not keep.
    """

    title: str
    path: Path | None = None
    sample: Path | None = None
    static: float | None = None
    credit: str = ""
    allow_truncated: bool = False
    asked: bool = False
    status: Status = Status.OPENING
    picture: Picture | None = None
    thumbnail: NDArray[np.uint8] | None = None
    estimate: DegradationEstimate | None = None
    parameters: Parameters = field(default_factory=Parameters)
    mask: PaintedMask | None = None
    strength: PaintedMask | None = None
    run: Run | None = None
    earlier: Run | None = None
    playhead: int | None = None
    following: bool = True
    saved: bool = False
    saved_to: Path | None = None
    save_notes: tuple[str, ...] = ()
    undo: QUndoStack = field(default_factory=QUndoStack)

    @property
    def trajectory(self) -> Trajectory | None:
        return self.run.trajectory if self.run else None

    @property
    def frames(self) -> int:
        """How many frames the newest run has left so far."""
        return len(self.run.trajectory) if self.run else 0

    @property
    def growth(self) -> int:
        """How many times longer the sides of what the newest run shows are than the picture's."""
        shows = self.run is not None and (self.frames > 0 or self.status.running)
        return self.run.task.damage.growth if self.run and shows else 1

    @property
    def task(self) -> RestorationTask | None:
        """What Restore would do now; None until the picture is measured."""
        if self.picture is None or self.estimate is None:
            return None
        return self.parameters.task(self.estimate, self.picture.size)

    @property
    def grey(self) -> bool:
        """It has no colour, as far as its thumbnail shows."""
        small = self.thumbnail
        return small is not None and bool((small == small[..., :1]).all())

    @property
    def unsaved(self) -> bool:
        """There is a result that would be lost."""
        return self.frames > 0 and not self.saved and not self.status.running

    @property
    def result(self) -> Picture | None:
        """The picture with the newest x0 as its pixels; None before the first frame."""
        if self.picture is None or self.trajectory is None or self.trajectory.result is None:
            return None
        return self.picture.resized_to(self.trajectory.result)
