"""Pictures in and out of files, with all that there is to say about it on stderr."""

from __future__ import annotations

import sys
from pathlib import Path

from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture


def opened(path: Path) -> Picture:
    """The picture in a file; what reading had to change or leave out is printed.

    Raises:
        as `read_picture`.
    """
    picture = read_picture(path)
    _tell(picture.notes)
    return picture


def saved(picture: Picture, path: Path, force: bool) -> tuple[str, ...]:
    """Write a picture; what the format could not keep is printed and comes back.

    Raises:
        as `write_picture`.
    """
    notes = write_picture(picture, path, force=force)
    _tell(notes)
    return notes


def _tell(notes: tuple[str, ...]) -> None:
    for note in notes:
        print(f"restorer: {note}", file=sys.stderr)
