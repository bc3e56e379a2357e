"""Pictures in and out of files, with all that there is to say about it on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from restorer.imaging.formats import SaveOptions
from restorer.imaging.picture import Picture
from restorer.imaging.read import read_picture
from restorer.imaging.write import copy_picture, write_picture

if TYPE_CHECKING:
    from restorer.imaging.signing import Signer


def opened(path: Path, one_only: bool = False) -> Picture:
    """The picture in a file; what reading had to change or leave out is printed.

    Raises:
        as `read_picture`.
    """
    picture = read_picture(path, one_only=one_only)
    tell(picture.notes)
    return picture


def saved(picture: Picture, path: Path, force: bool) -> tuple[str, ...]:
    """Write a picture; what the format could not keep is printed and comes back.

    Raises:
        as `write_picture`.
    """
    notes = write_picture(picture, path, force=force)
    tell(notes)
    return notes


def save_result(
    picture: Picture,
    original: Picture,
    path: Path,
    force: bool,
    options: SaveOptions,
    signer: Signer | None = None,
) -> tuple[str, ...]:
    """Write a result, as `saved`; where nothing was done, the file is copied.

    What was left out of the original as it was read is said with it, unless it is in the copy.
    """
    same = picture is original and options == SaveOptions()
    notes = copy_picture(original, path, force=force, signer=signer) if same else None
    if notes is None:
        written = write_picture(picture, path, force=force, signer=signer, **vars(options))
        notes = (*original.notes, *written)
    tell(notes)
    return notes


def tell(notes: tuple[str, ...]) -> None:
    """Print sentences about a file on stderr."""
    for note in notes:
        print(f"restorer: {note}", file=sys.stderr)
