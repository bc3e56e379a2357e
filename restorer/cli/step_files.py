"""Files that show how a result came about: every frame, and a sheet of all."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from restorer.engine.export import sheet_tiles, write_frames
from restorer.engine.tasks import TASKS
from restorer.engine.trajectory import Trajectory
from restorer.errors import RestorerError
from restorer.imaging.picture import Picture, Pixels
from restorer.imaging.sheet import contact_sheet
from restorer.imaging.write import write_picture
from restorer.words import tr


class StepFiles:
    """Takes the steps of a job one by one; keeps only small pictures of each in memory.

    Args:
        arguments: those of `restorer restore`.
        several: the job has more than one step, so that names and titles say which.
    """

    def __init__(self, arguments: Namespace, several: bool) -> None:
        self._arguments = arguments
        self._several = several
        self._tiles: list[tuple[str, Pixels]] = []
        self._steps: list[str] = []
        self._failed: RestorerError | None = None

    def add(self, trajectory: Trajectory, original: Picture) -> None:
        """A step that was carried out, on the picture `original`."""
        kind = TASKS[trajectory.task.damage.kind]
        self._steps.append(kind.words.translated.step)
        arguments, number = self._arguments, len(self._steps)
        if arguments.frames is not None:
            prefix = f"{number}-{kind.name}_" * self._several
            try:
                write_frames(
                    trajectory, original, arguments.frames, force=arguments.force, prefix=prefix
                )
            except RestorerError as error:  # the result is written first
                self._failed = self._failed or error
        if arguments.sheet is not None:
            tiles = sheet_tiles(trajectory, original)
            about = f"{number} {kind.words.translated.step}: " * self._several
            self._tiles += [(about + title, pixels) for title, pixels in tiles]

    def write_sheet(self, original: Picture) -> None:
        """Write the sheet, if one was asked for, in the colours of the picture.

        Raises:
            RestorerError: if it, or frames of a step before, could not be written.
        """
        if self._failed is not None:
            raise self._failed
        if self._arguments.sheet is None:
            return
        tiles = self._tiles or sheet_tiles(None, original)
        width = max(pixels.shape[1] for _, pixels in tiles)
        sheet = Picture(contact_sheet(tiles, tile_width=width), icc=original.icc)
        write_picture(sheet, self._arguments.sheet, force=self._arguments.force)

    def notes(self) -> Sequence[str]:
        """The step to show where only one can be shown."""
        asked = [name for name in ("residual", "spread") if getattr(self._arguments, name)]
        if len(self._steps) < 2:
            return ()
        return [
            tr("--{name} is of the last step, {step}.", name=name, step=self._steps[-1])
            for name in asked
        ]
